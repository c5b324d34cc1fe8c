// SPDX-License-Identifier: Apache-2.0
#include "client/verify_command.h"

#include <unistd.h>

#include "base/hex.h"
#include "client/collateral_input.h"
#include "client/core/insertion.h"
#include "client/core/verify_input.h"
#include "client/policy_source.h"
#include "client/reference_values.h"
#include "client/root_folder.h"
#include "client/verify_online.h"
#include "client/verify_single.h"
#include "client/whole_file.h"
#include "program/terminal.h"

namespace aipg::client {
namespace {

using attest::Verdict;
using program::Complaint;
using program::ExitCode;
template <typename T>
using Judged = std::expected<T, Complaint>;

constexpr std::string_view kCommand = "aipg verify";
constexpr std::size_t kMaxInputBytes = 256 << 20;

struct VerifySettings {
  std::optional<std::string> file;
  std::string policy, roots, at, question, answer;
  std::uint64_t status = 200;
  std::string workload_hash;
  SingleSettings single;
  CollateralSettings source;
  bool json = false, verbose = false;
};

void declare(program::Options& options, VerifySettings& settings) {
  options.user_file("verify");
  options.example("aipg verify proof.json", "an attestation that `aipg chat --save-attestation` wrote");
  options.example("aipg verify proof.json --question q.json --answer a.json", "and that it belongs to these two");
  options.example("aipg verify answer.json", "an answer with its attestation inside, JSON or event stream");
  options.example("aipg verify --tdx-quote quote.bin --collateral collateral.json --policy vendor",
                  "evidence of other origin, by its vendor's rules");
  options.positional("FILE", &settings.file,
                     "attestation, evidence or answer, told by its content; - is standard input");
  options.group("Judging");
  options
      .text("policy", &settings.policy,
            "what evidence must show: a file, or network (when left out), vendor, chain, azure-vtpm")
      .env("AIPG_POLICY")
      .placeholder("POLICY")
      .suggests({attest::kReadyPolicies.begin(), attest::kReadyPolicies.end()})
      .shared();
  options.text("at", &settings.at, "judge evidence as of then, like 2026-11-22T12:00:00Z; now when left out")
      .placeholder("INSTANT")
      .flag_only();
  options.text("roots", &settings.roots, "certificates to trust instead of those that are compiled in")
      .placeholder("DIR")
      .flag_only();
  options.text("workload_hash", &settings.workload_hash, "the workload that must be running")
      .placeholder("HEX")
      .flag_only();
  options.group("Binding");
  options.text("question", &settings.question, "the body that was sealed").placeholder("FILE").flag_only();
  options.text("answer", &settings.answer, "the answer's body, with or without its attestation")
      .placeholder("FILE")
      .flag_only();
  options.number("status", &settings.status, "the answer's status", 999).flag_only();
  declare_single(options, settings.single);
  declare_collateral_source(options, settings.source);
  options.group("Output");
  options.flag("json", &settings.json, "every finding, as JSON").flag_only();
  options.flag("verbose", &settings.verbose, "list the rules that passed too (-v)").flag_only();
}

Complaint usage(Literal code, std::string happened, std::string next) {
  return {code, std::move(happened), std::move(next), ExitCode::usage};
}

Judged<SecretBytes> read_input(const std::string& path) {
  auto file = read_whole(path, kMaxInputBytes);
  if (file) return *std::move(file);
  return std::unexpected(Complaint{file.error().code, "cannot read " + path, {}, ExitCode::cannot_read});
}

Complaint unrecognised(const std::string& path, const Error& error) {
  if (error.code == Literal("verify_input")) {
    return {error.code, path + " is neither an attestation nor evidence nor an answer with an attestation in it",
            "a raw quote or report is named with --tdx-quote, --snp-report or --gpu-report", ExitCode::cannot_read};
  }
  return {error.code, path + " is not a proper attestation", {}, ExitCode::cannot_read};
}

// The instant of judgement.
Judged<Instant> instant(const VerifySettings& settings) {
  if (settings.at.empty()) return SystemClock().now();
  const auto at = parse_instant(settings.at);
  if (at) return *at;
  return std::unexpected(usage(at.error().code, "--at is not an instant", "write it like 2026-11-22T12:00:00Z"));
}

// As of the receipt, and what has changed since. What vendors publish now is for the second line, unless somebody gave
// files of their own.
Judged<Verdict> judge_exchange(const VerifySettings& settings, const attest::Attestation& attestation,
                               const attest::Policy& policy, const attest::BoundExchange& exchange) {
  const Instant now = SystemClock().now();
  AIPG_TRY(const ReferenceValues reference, load_reference(policy, now, reference_state_folder()));
  AIPG_TRY(std::vector<Bytes> given, read_collateral_files(settings.single.collateral));
  attest::AttestationInputs inputs{std::move(given), reference.get(), now};
  Verdict verdict = attest::verify_attestation(attestation, policy, exchange, inputs);
  const bool unknown = verdict.since && verdict.since->state == attest::Since::State::unknown;
  if (!settings.single.collateral.empty() || verdict.simulated || !(unknown || lacks_collateral(verdict)))
    return verdict;
  inputs.collateral = fetch_for_bundle(attestation.evidence, now, settings.source);
  return attest::verify_attestation(attestation, policy, exchange, inputs);
}

Judged<Verdict> judge_attestation(const VerifySettings& settings, const attest::Attestation& attestation,
                                  std::optional<SecretBytes> answer, const attest::Policy& policy) {
  if (!settings.at.empty()) {
    return std::unexpected(usage("invalid_option", "--at does not go with an attestation",
                                 "it is judged as of its receipt; leave --at out"));
  }
  std::optional<SecretBytes> question;
  if (!settings.question.empty()) {
    AIPG_TRY(question, read_input(settings.question));
  }
  if (!settings.answer.empty()) {
    AIPG_TRY(answer, read_input(settings.answer));
    if (auto separated = separate_attestation(answer->reveal())) answer = std::move(separated->original);
  }
  attest::BoundExchange exchange{std::nullopt, static_cast<unsigned>(settings.status), std::nullopt};
  if (question) exchange.question = question->reveal();
  if (answer) exchange.answer = answer->reveal();
  return judge_exchange(settings, attestation, policy, exchange);
}

Judged<Verdict> judge_bundle(const VerifySettings& settings, ByteView bundle, const attest::Policy& policy) {
  AIPG_TRY(const Instant at, instant(settings));
  AIPG_TRY(const ReferenceValues reference, load_reference(policy, at, reference_state_folder()));
  AIPG_TRY(std::vector<Bytes> given, read_collateral_files(settings.single.collateral));
  attest::AppraisalInputs inputs{std::nullopt, std::move(given), reference.get()};
  Verdict verdict = attest::appraise(bundle, policy, inputs, at).verdict;
  // What somebody chose to give is what is judged; what vendors publish now says nothing about another instant.
  if (!settings.single.collateral.empty() || !settings.at.empty() || !lacks_collateral(verdict)) return verdict;
  inputs.collateral = fetch_for_bundle(bundle, at, settings.source);
  return attest::appraise(bundle, policy, inputs, at).verdict;
}

Judged<Verdict> judge_file(const VerifySettings& settings, const attest::Policy& policy) {
  AIPG_TRY(const SecretBytes file, read_input(*settings.file));
  auto input = recognise(file.reveal());
  if (!input) return std::unexpected(unrecognised(*settings.file, input.error()));
  if (const auto* bundle = std::get_if<EvidenceBundle>(&*input)) {
    return judge_bundle(settings, bundle->bytes, policy);
  }
  if (auto* answer = std::get_if<AttestedAnswer>(&*input)) {
    return judge_attestation(settings, answer->attestation, std::move(answer->answer), policy);
  }
  return judge_attestation(settings, std::get<attest::Attestation>(*input), std::nullopt, policy);
}

Judged<Verdict> judge_by(const VerifySettings& settings, attest::Policy policy) {
  if (settings.file) return judge_file(settings, policy);
  AIPG_TRY(const Instant at, instant(settings));
  return judge_single(settings.single, std::move(policy), at, settings.at.empty() ? &settings.source : nullptr);
}

Judged<Verdict> judge_under_roots(const VerifySettings& settings, attest::Policy policy) {
  if (attest::is_simulated(policy.roots)) {
    return std::unexpected(usage("invalid_option", "the policy names a simulator's roots itself",
                                 "leave --roots out, or take [simulated] out of the policy"));
  }
  AIPG_TRY(const RootFolder roots, read_root_folder(settings.roots));
  roots.apply(policy);
  AIPG_TRY(Verdict verdict, judge_by(settings, std::move(policy)));
  verdict.roots = roots.describe(settings.roots);
  return verdict;
}

Judged<Verdict> judge(const VerifySettings& settings) {
  const std::size_t inputs = (settings.file ? 1 : 0) + settings.single.count();
  if (inputs != 1) {
    return std::unexpected(usage("missing_setting", inputs == 0 ? "there is nothing to verify" : "one thing at a time",
                                 "aipg verify FILE, or one of --tdx-quote, --snp-report, --gpu-report, …"));
  }
  // A flag that would be ignored would look like a check that held.
  if (settings.file && settings.single.has_flags()) {
    return std::unexpected(usage("invalid_option",
                                 "--nonce, --report-data, --runtime-data and --gpu-chain are for single evidence",
                                 "leave them out with FILE"));
  }
  if (!settings.file && !(settings.workload_hash + settings.question + settings.answer).empty()) {
    return std::unexpected(usage("invalid_option", "--workload-hash, --question and --answer go with FILE",
                                 "leave them out with single evidence"));
  }
  AIPG_TRY(attest::Policy policy, load_policy(settings.policy));
  if (!settings.workload_hash.empty()) {
    const auto hash = from_hex(settings.workload_hash);
    if (!hash || hash->size() != Hash256{}.size()) {
      return std::unexpected(usage("invalid_hex", "--workload-hash is not 32 bytes in hex", {}));
    }
    policy.expected_workload = to_array<32>(*hash);
  }
  if (settings.roots.empty()) return judge_by(settings, std::move(policy));
  return judge_under_roots(settings, std::move(policy));
}

// Its first line says what it comes to.
std::string painted(const std::string& text, const Verdict& verdict, const program::Paint& paint) {
  using program::Colour;
  const std::size_t end = std::min(text.find('\n'), text.size());
  const Colour accepted = verdict.simulated ? Colour::doubtful : Colour::good;
  return paint(verdict.accepted ? accepted : Colour::bad, text.substr(0, end)) + text.substr(end);
}

}  // namespace

ExitCode verify_command(const std::vector<std::string>& args) {
  VerifySettings settings;
  program::Options options("aipg verify", "Judges an attestation, an answer that carries one, or evidence.");
  declare(options, settings);
  std::vector<std::string> spelled_out = args;
  std::ranges::replace(spelled_out, std::string("-v"), std::string("--verbose"));
  if (const auto end = options.parse(spelled_out, program::process_environment())) return *end;
  const auto verdict = judge(settings);
  if (!verdict) return program::say(kCommand, verdict.error());
  const std::string text = settings.json ? attest::to_json(*verdict) + "\n"
                                         : painted(attest::to_text(*verdict, settings.verbose), *verdict,
                                                   program::Paint(STDOUT_FILENO, program::process_environment()));
  std::fwrite(text.data(), 1, text.size(), stdout);
  return verdict->accepted ? ExitCode::done : ExitCode::refused;
}

}  // namespace aipg::client
