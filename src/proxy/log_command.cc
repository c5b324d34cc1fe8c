// SPDX-License-Identifier: Apache-2.0
#include "proxy/log_command.h"

#include <cstdio>
#include <map>

#include "base/hex.h"
#include "client/connection.h"
#include "client/core/failure_text.h"
#include "client/policy_source.h"
#include "client/reference_values.h"
#include "codec/json.h"
#include "program/options.h"
#include "program/whole_file.h"
#include "proxy/attestation_folder.h"

namespace aipg::proxy {
namespace {

using program::Complaint;
using program::ExitCode;
template <typename T>
using Read = std::expected<T, Complaint>;

constexpr std::string_view kCommand = "aipg log";
constexpr std::size_t kMaxPolicyBytes = 1 << 20;

struct LogSettings {
  std::optional<std::string> folder;
  std::string policy;
  bool json = false;
};

// What one policy judges with. References are read once.
struct Judge {
  attest::Policy policy;
  client::ReferenceValues reference;
};

class Judges {
 public:
  Judges(std::string folder, std::string instead) : folder_(std::move(folder)), instead_(std::move(instead)) {}

  // The one that judged then, or the one that is to judge all.
  [[nodiscard]] Read<const Judge*> of(const KeptAttestation& kept) {
    const std::string file = instead_.empty() ? folder_ + "/" + kept.policy : instead_;
    if (const auto known = judges_.find(file); known != judges_.end()) return &known->second;
    if (instead_.empty()) AIPG_CHECK(check_policy(file, kept.policy));
    AIPG_TRY(attest::Policy policy, client::load_policy(file));
    AIPG_TRY(auto reference, client::load_reference(policy, SystemClock().now(), client::reference_state_folder()));
    return &judges_.emplace(file, Judge{std::move(policy), std::move(reference)}).first->second;
  }

 private:
  // What cannot be read is load_policy()'s to say.
  [[nodiscard]] static Read<void> check_policy(const std::string& file, const std::string& name) {
    const auto content = program::read_whole(file, kMaxPolicyBytes);
    if (!content || is_as_kept(name, content->reveal_text())) return {};
    return std::unexpected(Complaint{"kept_changed", file + " is not the policy that judged then",
                                     "--policy names one to judge by instead", ExitCode::refused});
  }

  std::string folder_, instead_;
  std::map<std::string, Judge> judges_;
};

struct Row {
  const KeptAttestation* kept = nullptr;
  attest::Verdict verdict;
  std::string why;  // it was rejected, or cannot be read
};

Row judge(const KeptAttestation& kept, const std::string& folder, const Judge& by) {
  Row out{&kept, {}, {}};
  const auto file = program::read_whole(folder + "/" + kept.name, attest::kMaxAttestationBytes);
  if (!file) {
    out.why = file.error().code.view();
    return out;
  }
  if (!is_as_kept(kept.name, file->reveal_text())) {
    out.why = "kept_changed: it is not what was kept";
    return out;
  }
  const auto attestation = attest::parse_attestation(file->reveal_text());
  if (!attestation) {
    out.why = std::string(attestation.error().code.view()) + ": it is not what was kept";
    return out;
  }
  out.verdict = attest::verify_attestation(*attestation, by.policy, std::nullopt, {.reference = by.reference.get()});
  if (!out.verdict.accepted) out.why = client::why_refused(out.verdict);
  return out;
}

std::string text_of(const Row& row) {
  const attest::Verdict& verdict = row.verdict;
  const auto workload = from_hex(verdict.identity.workload);
  std::string out = to_text(row.kept->kept) + "  " + (verdict.accepted ? "verified" : "REJECTED");
  if (verdict.level) out += "  " + std::string(attest::to_text(*verdict.level));
  if (verdict.accepted && verdict.simulated) out += " SIMULATED";
  if (!verdict.identity.worker_id.empty()) out += "  " + verdict.identity.worker_id;
  if (workload && !workload->empty()) out += "  workload " + short_hex(*workload);
  out += "\n";
  if (!row.why.empty()) out += "  " + row.kept->name + "\n  " + row.why + "\n";
  return out;
}

std::string json_of(const Row& row) {
  using codec::json::quote;
  const attest::Verdict& verdict = row.verdict;
  return R"({"file":)" + quote(row.kept->name) + R"(,"kept":)" + quote(to_text(row.kept->kept)) + R"(,"policy":)" +
         quote(row.kept->policy) + R"(,"accepted":)" + (verdict.accepted ? "true" : "false") + R"(,"level":)" +
         (verdict.level ? quote(attest::to_text(*verdict.level)) : "null") + R"(,"simulated":)" +
         (verdict.simulated ? "true" : "false") + R"(,"worker":)" + quote(verdict.identity.worker_id) +
         R"(,"workload":)" + quote(verdict.identity.workload) + R"(,"why":)" + quote(row.why) + "}";
}

Complaint no_folder(const std::string& folder) {
  return {"folder_unusable", "cannot read the folder " + folder,
          "name the one that aipg proxy --keep-attestations was given", ExitCode::cannot_read};
}

ExitCode show(const LogSettings& settings, const std::string& folder) {
  const auto all = list_kept(folder);
  if (!all) return program::say(kCommand, no_folder(folder));
  Judges judges(folder, settings.policy);
  std::size_t rejected = 0;
  if (settings.json) std::fputs("[", stdout);
  for (const KeptAttestation& kept : *all) {
    const auto by = judges.of(kept);
    if (!by) return program::say(kCommand, by.error());
    const Row row = judge(kept, folder, **by);
    if (!row.verdict.accepted) ++rejected;
    const bool first = &kept == all->data();
    const std::string line = settings.json ? (first ? "" : ",\n") + json_of(row) : text_of(row);
    std::fwrite(line.data(), 1, line.size(), stdout);
  }
  if (settings.json) {
    std::fputs("]\n", stdout);
  } else {
    std::fprintf(stderr, "%zu kept, %zu verified, %zu rejected\n", all->size(), all->size() - rejected, rejected);
  }
  return rejected == 0 ? ExitCode::done : ExitCode::refused;
}

}  // namespace

ExitCode log_command(const std::vector<std::string>& args) {
  LogSettings settings;
  program::Options options("aipg log", "Lists the attestations that `aipg proxy` kept, and judges each again.");
  options.example("aipg log ~/attestations", "each as of its own time, by the policy that judged it then");
  options.example("aipg log ~/attestations --policy strict.toml", "by another policy");
  options.example("aipg log ~/attestations --json", "for programs; the exit code is 1 when one is rejected");
  options.positional("DIR", &settings.folder, "the folder; AIPG_KEEP_ATTESTATIONS when left out");
  options.group("Judging");
  options.text("policy", &settings.policy, "judge by this one instead: a file, or network")
      .placeholder("POLICY")
      .flag_only();
  options.group("Output");
  options.flag("json", &settings.json, "one array of objects").flag_only();
  const program::Environment environment = program::process_environment();
  if (const auto end = options.parse(args, environment)) return *end;
  if (!settings.folder) {
    const auto named = environment.find("AIPG_KEEP_ATTESTATIONS");
    if (named != environment.end() && !named->second.empty()) settings.folder = named->second;
  }
  if (settings.folder) return show(settings, *settings.folder);
  return program::say(kCommand, {"missing_setting", "no folder is named", "write it as: aipg log DIR"});
}

}  // namespace aipg::proxy
