// SPDX-License-Identifier: Apache-2.0
#include "client/core/verdict_line.h"

#include <algorithm>

namespace aipg::client {
namespace {

constexpr std::size_t kWorkloadDigits = 4;

const attest::Verdict& verdict_of(const SharedCandidate& candidate) { return candidate->appraisal.verdict; }

// "Intel TDX (quote v4), FMSPC …" is a TDX. Evidence may have said it: only printable ASCII reaches a terminal.
std::string name_of(std::string_view description) {
  description = description.substr(0, description.find(','));
  description = description.substr(0, description.find(" ("));
  for (const std::string_view maker : {"NVIDIA ", "Intel ", "AMD "}) {
    if (description.starts_with(maker)) description.remove_prefix(maker.size());
  }
  std::string out(description);
  for (char& c : out) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return out;
}

std::string devices(const std::vector<std::string>& all) {
  if (all.empty()) return {};
  const std::string count = all.size() == 1 ? "" : std::to_string(all.size()) + " × ";
  return count + name_of(all.front()) + ", ";
}

// Everything but when.
std::string what(const attest::Verdict& verdict) {
  const attest::Identity& seen = verdict.identity;
  const std::string level = verdict.level ? std::string(attest::to_text(*verdict.level)) : "no level";
  return devices(seen.devices) + name_of(seen.cpu) + ", workload " +
         name_of(std::string_view(seen.workload).substr(0, kWorkloadDigits)) + "…, " + level;
}

std::string age(milliseconds since) {
  const auto seconds_ago = since.count() / 1000;
  if (seconds_ago < 1) return "just now";
  if (seconds_ago < 60) return std::to_string(seconds_ago) + " s ago";
  return std::to_string(seconds_ago / 60) + " min ago";
}

std::string what_and_when(const attest::Verdict& verdict, Instant now) {
  return what(verdict) + ", " + age(now - verdict.at);
}

}  // namespace

std::string verdict_line(const std::vector<SharedCandidate>& sealed_to, Instant now) {
  if (sealed_to.empty()) return {};
  const attest::Verdict& oldest = verdict_of(*std::ranges::min_element(
      sealed_to, {}, [](const SharedCandidate& candidate) { return verdict_of(candidate).at; }));
  const bool alike = std::ranges::all_of(
      sealed_to, [&](const SharedCandidate& each) { return what(verdict_of(each)) == what(oldest); });
  if (alike) {
    const std::string count = sealed_to.size() == 1 ? "" : std::to_string(sealed_to.size()) + " workers, each ";
    return "verified: " + count + what_and_when(oldest, now);
  }
  std::string out;
  for (const SharedCandidate& each : sealed_to) {
    out += (out.empty() ? "verified: " : "; ") + name_of(each->entry.worker_id) + " is " +
           what_and_when(verdict_of(each), now);
  }
  return out;
}

std::string simulated_line(const std::vector<SharedCandidate>& sealed_to) {
  const auto simulated =
      std::ranges::find_if(sealed_to, [](const SharedCandidate& candidate) { return verdict_of(candidate).simulated; });
  return simulated == sealed_to.end() ? "" : attest::headline(verdict_of(*simulated));
}

}  // namespace aipg::client
