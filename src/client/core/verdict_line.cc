// SPDX-License-Identifier: Apache-2.0
#include "client/core/verdict_line.h"

#include "base/hex.h"

namespace aipg::client {
namespace {

// "Intel TDX (quote v4), FMSPC …" is an Intel TDX. Evidence may have said it: only printable ASCII reaches a terminal.
std::string name_of(std::string description) {
  description.resize(std::min(description.find(','), description.size()));
  description.resize(std::min(description.find(" ("), description.size()));
  for (char& c : description) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return description;
}

std::string devices(const std::vector<std::string>& all) {
  if (all.empty()) return {};
  const std::string count = all.size() == 1 ? "" : std::to_string(all.size()) + " × ";
  return count + name_of(all.front()) + ", ";
}

std::string workload(const std::string& hex) {
  const auto bytes = from_hex(hex);
  return bytes ? short_hex(*bytes) : name_of(hex);
}

// Everything but when.
std::string what(const attest::Verdict& verdict) {
  const attest::Identity& seen = verdict.identity;
  const std::string level = verdict.level ? std::string(attest::to_text(*verdict.level)) : "no level";
  return devices(seen.devices) + name_of(seen.cpu) + ", workload " + workload(seen.workload) + ", " + level;
}

std::string age(milliseconds since) {
  const auto seconds_ago = since.count() / 1000;
  if (seconds_ago < 1) return "just now";
  if (seconds_ago < 60) return std::to_string(seconds_ago) + " s ago";
  return std::to_string(seconds_ago / 60) + " min ago";
}

std::string line(std::string_view who, const attest::Verdict& verdict, Instant now) {
  // Simulated hardware is checked as any other, and proves nothing: its level says so.
  return "verified: " + std::string(who) + what(verdict) + ", " + age(now - verdict.at);
}

}  // namespace

std::string verdict_line(const std::vector<Candidate>& sealed_to, Instant now) {
  const auto verdict = [](const Candidate& candidate) -> const attest::Verdict& { return candidate.appraisal.verdict; };
  if (sealed_to.empty()) return {};
  const attest::Verdict& oldest = verdict(
      *std::ranges::min_element(sealed_to, {}, [&](const Candidate& candidate) { return verdict(candidate).at; }));
  if (sealed_to.size() == 1) return line({}, oldest, now);
  const bool alike =
      std::ranges::all_of(sealed_to, [&](const Candidate& each) { return what(verdict(each)) == what(oldest); });
  if (alike) return line(std::to_string(sealed_to.size()) + " workers, each ", oldest, now);
  std::string out;
  for (const Candidate& each : sealed_to) {
    out += (out.empty() ? "" : "\n") + line(name_of(each.entry.worker_id) + " is ", verdict(each), now);
  }
  return out;
}

std::vector<std::pair<Hash256, Instant>> verdict_key(const std::vector<Candidate>& sealed_to) {
  std::vector<std::pair<Hash256, Instant>> out;
  for (const Candidate& each : sealed_to) out.emplace_back(each.entry.keyset_id, each.appraisal.verdict.at);
  std::ranges::sort(out);
  return out;
}

}  // namespace aipg::client
