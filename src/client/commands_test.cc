// SPDX-License-Identifier: Apache-2.0
// What the commands say, and what `aipg verify` decides, on evidence of a
// simulated machine.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "attest/verdict_meanings.h"
#include "base/hex.h"
#include "client/chat_output.h"
#include "client/core/failure_text.h"
#include "client/core/outgoing_answer.h"
#include "client/core/policy_file.h"
#include "client/core/verdict_line.h"
#include "client/core/verify_input.h"
#include "client/policy_command.h"
#include "client/scripted_network_test.h"
#include "client/verify_command.h"
#include "client/whole_file.h"
#include "client/workers_command.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "tee/simulated_collateral.h"

namespace aipg::client {
namespace {

using program::ExitCode;

Candidate accepted_candidate(ScriptedWorker& worker) {
  const attest::Appraisal appraisal = worker.machine.appraise();
  return {worker.entry(), appraisal, worker.machine.bundle().bytes, *worker.machine.freshness};
}

Candidate refused_candidate(ScriptedWorker& worker) {
  worker.machine.policy.releases.clear();
  return accepted_candidate(worker);
}

// --- failures -----------------------------------------------------------------------

TEST(FailureText, SaysWhatHappenedWhatDidNotAndWhatToDo) {
  ScriptedWorker worker(1);
  Failure failure;
  failure.kind = Failure::Kind::no_candidate;
  failure.verdicts = {refused_candidate(worker)};
  EXPECT_EQ(explain(failure, {"http://g", "test-model", {}}),
            "No confidential worker for test-model right now. Nothing was sent.\n"
            "  1 worker offers it and was refused here:\n"
            "    w-1  workload_unbound: neither image nor workload is known\n"
            "  judged by the strict defaults: no policy is named (AIPG_POLICY, --policy)\n"
            "  try   aipg workers --model test-model --why\n"
            "(no_confidential_worker)\n");
}

TEST(FailureText, SaysThatTheGatewayIsNotThere) {
  Failure failure;
  failure.kind = Failure::Kind::unreachable;
  failure.reason = "connection refused";
  EXPECT_EQ(explain(failure, {"http://g", "m", {}}),
            "The gateway http://g cannot be reached: connection refused. Nothing was sent.\n"
            "  try   --gateway or AIPG_BASE_URL name another; `aipg up` runs one on this machine\n"
            "(gateway_unreachable)\n");
  EXPECT_EQ(exit_code(failure), ExitCode::cannot_read);
}

TEST(FailureText, NamesTheMemberOfABodyThatIsRefused) {
  Failure failure;
  failure.kind = Failure::Kind::inner;
  failure.inner = seal::InnerError{400, "unsupported_parameter", "priority", "It cannot be set."};
  EXPECT_EQ(explain(failure, {"http://g", "m", {}}),
            "The request is not one that a worker takes. Nothing was sent.\n  priority: It cannot be set.\n"
            "(unsupported_parameter)\n");
}

TEST(FailureText, DoesNotLetABrokenAnswerPass) {
  Failure failure;
  failure.kind = Failure::Kind::broken_answer;
  failure.prompt_sent = true;
  failure.error = {"receipt_mismatch", "pr", 0};
  const std::string text = explain(failure, {"http://g", "m", {}});
  EXPECT_TRUE(text.starts_with("The answer is not what a verified worker sealed.")) << text;
  EXPECT_TRUE(text.ends_with("(receipt_mismatch/pr)\n")) << text;
}

TEST(FailureText, SaysWhyAWholeAnswerCannotBeUsed) {
  Failure failure;
  failure.kind = Failure::Kind::unfit_answer;
  failure.prompt_sent = true;
  std::set<std::string> texts;
  for (const Literal code :
       {Literal("insertion_not_object"), Literal("answer_has_attestation"), Literal("insertion_no_event"),
        Literal("sse_event_too_large"), Literal("answer_too_large")}) {
    failure.error = {code, {}, 0};
    const std::string text = explain(failure, {"http://g", "m", {}});
    EXPECT_TRUE(text.starts_with("The answer cannot be used: it ")) << text;
    EXPECT_TRUE(text.ends_with("\n(" + std::string(code.view()) + ")\n")) << text;
    texts.insert(text.substr(0, text.rfind('(')));
  }
  EXPECT_EQ(texts.size(), 5U);
}

TEST(FailureText, NeverAdvisesToTurnACheckOff) {
  for (const auto kind :
       {Failure::Kind::unreachable, Failure::Kind::refused, Failure::Kind::no_candidate, Failure::Kind::inner,
        Failure::Kind::broken_answer, Failure::Kind::unfit_answer, Failure::Kind::cancelled}) {
    Failure failure;
    failure.kind = kind;
    failure.api = api::ErrorCode::worker_key_expired;
    const std::string text = explain(failure, {"http://g", "m", {}});
    for (const char* word : {"disable", "skip", "insecure", "--no-", "turn off"}) {
      EXPECT_FALSE(text.contains(word)) << text;
    }
  }
}

// --- workers ----------------------------------------------------------------------------

TEST(WorkersText, IsATableThatSaysWhySomeAreRefused) {
  ScriptedWorker good(1), bad(2);
  const std::vector<Candidate> workers{accepted_candidate(good), refused_candidate(bad)};
  const std::string text = workers_text(workers, true, good.machine.now + seconds(4));
  EXPECT_EQ(text,
            "WORKER  MODEL       VERDICT   LEVEL         SUITES          $/M IN / OUT   EVIDENCE\n"
            "w-1     test-model  accepted  L0 SIMULATED  X25519, X-Wing  $0.00 / $0.00  4 s\n"
            "w-2     test-model  refused   -             X25519, X-Wing  $0.00 / $0.00  4 s\n"
            "\n"
            "why some were refused\n"
            "  w-2  workload  workload_unbound: neither image nor workload is known\n");
}

TEST(WorkersJson, HoldsEveryVerdict) {
  ScriptedWorker good(1), bad(2);
  const std::string text = workers_json({accepted_candidate(good), refused_candidate(bad)});
  const auto document = codec::json::parse(text);
  ASSERT_TRUE(document.has_value());
  ASSERT_EQ(document->root().size(), 2U);
  EXPECT_EQ((*document->root().begin()).find("verdict")->find("accepted")->boolean(), true);
}

// --- output -------------------------------------------------------------------------------

std::string file_text(std::FILE* file) {
  EXPECT_EQ(std::fseek(file, 0, SEEK_SET), 0);
  std::string out(65'536, '\0');
  out.resize(std::fread(out.data(), 1, out.size(), file));
  return out;
}

struct OutputFiles {
  ~OutputFiles() {
    std::fclose(out);
    std::fclose(err);
  }
  std::FILE* out = std::tmpfile();
  std::FILE* err = std::tmpfile();
};

const attest::AttestationText kProof({.evidence = to_bytes("{}"), .freshness = {}, .receipt = "a.b.c"});
constexpr std::string_view kStream =
    "data: {\"choices\":[{\"delta\":{\"content\":\"Par\"}}]}\n\n"
    "data: {\"choices\":[{\"delta\":{\"content\":\"is.\"}}]}\n\n"
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

TEST(ChatOutput, ShowsTextAsItStreams) {
  OutputFiles files;
  const ManualClock clock({0});
  ChatOutput output(ChatForm::text, {files.out, files.err, false}, false, clock, {});
  output.on_head(200, {{"content-type", "text/event-stream"}});
  output.on_content(as_bytes(kStream.substr(0, 60)));
  EXPECT_EQ(file_text(files.out), "Par");
  output.on_content(as_bytes(kStream.substr(60)));
  ASSERT_TRUE(output.finish(kProof));
  EXPECT_EQ(file_text(files.out), "Paris.\n");
}

TEST(ChatOutput, SaysWhatWasVerifiedOnOneLineBesideTheAnswer) {
  for (const ChatForm form : {ChatForm::text, ChatForm::json}) {
    OutputFiles files;
    ScriptedWorker worker(1);
    const Candidate candidate = accepted_candidate(worker);
    const ManualClock clock(candidate.appraisal.verdict.at + seconds(41));
    ChatOutput output(form, {files.out, files.err, false}, false, clock, {});
    const std::vector<SharedCandidate> sealed_to{std::make_shared<const Candidate>(candidate)};
    output.on_verified(sealed_to, 2);
    EXPECT_EQ(file_text(files.err), simulated_line(sealed_to) + "\n" + verdict_line(sealed_to, clock.now()) + "\n");
    EXPECT_EQ(file_text(files.out), "");
  }
}

TEST(ChatOutput, PutsTheAttestationIntoAStreamThatCanBeBoundAgain) {
  OutputFiles files;
  const ManualClock clock({0});
  ChatOutput output(ChatForm::json, {files.out, files.err, false}, true, clock, {});
  output.on_head(200, {{"content-type", "text/event-stream"}});
  output.on_content(as_bytes(kStream));
  ASSERT_TRUE(output.finish(kProof));
  EXPECT_TRUE(file_text(files.out).contains(R"("finish_reason":"stop"}],"attestation":")" + kProof.whole() + "\"}"));
  EXPECT_EQ(as_text(output.whole()), kStream);
}

TEST(ChatOutput, PutsTheAttestationIntoAWholeAnswer) {
  OutputFiles files;
  const ManualClock clock({0});
  ChatOutput output(ChatForm::json, {files.out, files.err, false}, false, clock, {});
  output.on_head(200, {{"content-type", "application/json"}});
  output.on_content(as_bytes(kAnswerBody));
  ASSERT_TRUE(output.finish(kProof));
  EXPECT_EQ(file_text(files.out),
            R"({"choices":[{"message":{"content":"Paris."}}],"attestation":")" + kProof.whole() + "\"}");
}

TEST(ChatOutput, LeavesOutWhatSteersATerminalInEveryForm) {
  const std::string body =
      "{\"choices\":[{\"message\":{\"content\":\"a\xc2\x9b"
      "31mb\"}}]}";
  for (const bool terminal : {true, false}) {
    for (const ChatForm form : {ChatForm::json, ChatForm::text}) {
      OutputFiles files;
      const ManualClock clock({0});
      ChatOutput output(form, {files.out, files.err, terminal}, false, clock, {});
      output.on_head(200, {{"content-type", "application/json"}});
      output.on_content(as_bytes(body));
      ASSERT_TRUE(output.finish(kProof));
      EXPECT_EQ(file_text(files.out).contains("\xc2\x9b"), !terminal);
      EXPECT_EQ(file_text(files.out).contains("a31mb"), terminal);
    }
  }
}

TEST(ChatOutput, HoldsNoAnswerWithoutEnd) {
  const Bytes much(1 << 20, 'x');
  for (const char* type : {"application/json", "text/event-stream"}) {
    OutputFiles files;
    const ManualClock clock({0});
    ChatOutput output(ChatForm::text, {files.out, files.err, false}, true, clock, {});
    output.on_head(200, {{"content-type", type}});
    for (std::size_t sent = 0; sent <= kMaxHeldAnswerBytes; sent += much.size() + 2) {
      output.on_content(much);
      output.on_content(as_bytes("\n\n"));
    }
    const auto finished = output.finish(kProof);
    ASSERT_FALSE(finished) << type;
    EXPECT_EQ(finished.error().code, Literal("answer_too_large")) << type;
    EXPECT_TRUE(output.whole().empty()) << type;
  }
}

TEST(ChatOutput, FailsOnAStreamWithNoPlaceForTheAttestation) {
  const std::string first(kStream.substr(0, kStream.find("\n\n") + 2));
  for (const auto& [stream, code] : {std::pair(first, Literal("insertion_no_event")),
                                     std::pair(std::string(kStream.substr(0, 60)), Literal("insertion_not_object"))}) {
    OutputFiles files;
    const ManualClock clock({0});
    ChatOutput output(ChatForm::json, {files.out, files.err, false}, false, clock, {});
    output.on_head(200, {{"content-type", "text/event-stream"}});
    output.on_content(as_bytes(stream));
    EXPECT_EQ(output.finish(kProof).error().code, code) << stream;
  }
}

// --- verify --------------------------------------------------------------------------------

// An exchange with a worker of today, its proof in files.
class VerifyCommand : public ScriptedNetwork {
 public:
  void SetUp() override {
    ScriptedWorker& worker = add(1);
    ask();
    ASSERT_TRUE(result.has_value());
    const tee::SimulatedPki& pki = worker.machine.pki;
    attest::tdx::Collateral collateral = tee::make_collateral(tee::good_collateral(worker.machine.now), pki.intel);
    collateral.pck_crl_issuer_chain = {pki.pck_chain[1], pki.pck_chain[2]};
    keep("collateral.json", tee::combined_json(collateral));
    attestation = attest::write_attestation(result->attestation);
    keep("proof.json", attestation);
    keep("proof.b64", codec::to_base64(as_bytes(attestation)));
    keep("question.json", kBody);
    keep("answer.json", seen.content);
    keep("policy.toml", write_policy(policy()));
    keep("evidence.json", as_text(result->attestation.evidence));
    std::string inside = seen.content;
    inside.insert(inside.size() - 1, ",\"attestation\":\"" + codec::to_base64(as_bytes(attestation)) + "\"");
    keep("attested.json", inside);
  }
  void keep(std::string_view name, std::string_view text) const {
    std::filesystem::create_directories(std::filesystem::path(folder.file(name)).parent_path());
    ASSERT_TRUE(write_whole(folder.file(name), as_bytes(text), Readable::by_owner));
  }
  // Exit code, and what was printed in `out`.
  ExitCode verify(std::vector<std::string> args) {
    args.insert(args.end(), {"--policy", folder.file("policy.toml")});
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const ExitCode code = verify_command(args);
    out = testing::internal::GetCapturedStdout();
    err = testing::internal::GetCapturedStderr();
    return code;
  }
  [[nodiscard]] std::string file(std::string_view name) const { return folder.file(name); }

  net::TemporaryFolder folder;
  std::string attestation, out, err;
};

TEST_F(VerifyCommand, AcceptsAnAttestationAndSaysWhatIsNotBound) {
  for (const char* name : {"proof.json", "proof.b64"}) {
    EXPECT_EQ(verify({file(name)}), ExitCode::done) << out << err;
    EXPECT_TRUE(out.starts_with("SIMULATED hardware (L0)")) << out;
    EXPECT_TRUE(out.contains("answer not bound")) << out;
  }
}

TEST_F(VerifyCommand, BindsQuestionAndAnswer) {
  EXPECT_EQ(verify({file("proof.json"), "--question", file("question.json"), "--answer", file("answer.json"), "-v"}),
            ExitCode::done);
  EXPECT_TRUE(out.contains("answer_bound")) << out;
  EXPECT_TRUE(out.contains("question_bound")) << out;
  EXPECT_FALSE(out.contains("not bound")) << out;
}

TEST_F(VerifyCommand, BindsAnAnswerThatCarriesItsAttestation) {
  EXPECT_EQ(verify({file("attested.json"), "--question", file("question.json"), "-v"}), ExitCode::done);
  EXPECT_TRUE(out.contains("answer_bound")) << out;
  EXPECT_EQ(verify({file("proof.json"), "--answer", file("attested.json")}), ExitCode::done);
}

TEST_F(VerifyCommand, RefusesAnotherAnswer) {
  keep("answer.json", R"({"choices":[]})");
  EXPECT_EQ(verify({file("proof.json"), "--answer", file("answer.json")}), ExitCode::refused);
  EXPECT_TRUE(out.starts_with("REJECTED")) << out;
  EXPECT_TRUE(out.contains("answer_bound")) << out;
}

TEST_F(VerifyCommand, JudgesABundleAtAnInstant) {
  EXPECT_EQ(verify({file("evidence.json"), "--at", "2026-11-22T12:30:00Z", "--json"}), ExitCode::done) << out;
  EXPECT_TRUE(out.contains("freshness_unproven")) << out;
  EXPECT_EQ(verify({file("evidence.json"), "--at", "2026-11-22T14:00:00Z"}), ExitCode::refused);
  EXPECT_TRUE(out.contains("keyset_expired")) << out;
}

TEST_F(VerifyCommand, JudgesAQuoteAlone) {
  const auto bundle = attest::parse_bundle(result->attestation.evidence);
  const std::vector<std::string> args{"--tdx-quote", file("quote.bin"),     "--collateral", file("collateral.json"),
                                      "--at",        "2026-11-22T12:00:00Z"};
  keep("quote.bin", as_text(bundle->quote));
  EXPECT_EQ(verify(args), ExitCode::done) << out;
  EXPECT_TRUE(out.contains("tcb        UpToDate, patches up to 2026-08-13")) << out;
  keep("quote.bin", to_hex(bundle->quote) + "\n");
  EXPECT_EQ(verify(args), ExitCode::done) << "hexadecimal" << out;
  keep("quote.bin", as_text(ByteView(bundle->quote).first(100)));
  EXPECT_EQ(verify(args), ExitCode::refused);
}

TEST_F(VerifyCommand, AQuoteWithoutCollateralIsForPoliciesThatDoNotAskForIt) {
  const auto bundle = attest::parse_bundle(result->attestation.evidence);
  keep("quote.bin", as_text(bundle->quote));
  EXPECT_EQ(verify({"--tdx-quote", file("quote.bin"), "--at", "2026-11-22T12:00:00Z"}), ExitCode::refused);
  EXPECT_TRUE(out.contains("collateral_missing")) << out;
  attest::Policy relaxed = policy();
  EXPECT_TRUE(relaxed.rules.set("collateral_missing", attest::RuleMode::warn));
  keep("policy.toml", write_policy(relaxed));
  EXPECT_EQ(verify({"--tdx-quote", file("quote.bin"), "--at", "2026-11-22T12:00:00Z"}), ExitCode::done);
  EXPECT_TRUE(out.contains("– collateral_missing")) << "the verdict says what was relaxed\n" << out;
}

TEST_F(VerifyCommand, AFolderOfCollateralGivesWhatIsRecognised) {
  const auto bundle = attest::parse_bundle(result->attestation.evidence);
  keep("quote.bin", as_text(bundle->quote));
  keep("collateral/readme.txt", "not collateral");
  keep("collateral/intel.json", as_text(read_whole(file("collateral.json"), 1 << 20)->reveal()));
  const std::vector<std::string> args{"--tdx-quote", file("quote.bin"), "--at", "2026-11-22T12:00:00Z", "--collateral"};
  const auto with = [&](const char* name) {
    std::vector<std::string> out_args = args;
    out_args.push_back(file(name));
    return out_args;
  };
  EXPECT_EQ(verify(with("collateral")), ExitCode::done) << out << err;
  EXPECT_EQ(verify(with("collateral/readme.txt")), ExitCode::cannot_read) << "a file that is named must be one";
  EXPECT_TRUE(err.ends_with("(endorsement_unknown)\n")) << err;
}

TEST_F(VerifyCommand, PinsTheReportDataAndTheWorkload) {
  const auto bundle = attest::parse_bundle(result->attestation.evidence);
  keep("quote.bin", as_text(bundle->quote));
  EXPECT_EQ(verify({"--tdx-quote", file("quote.bin"), "--collateral", file("collateral.json"), "--at",
                    "2026-11-22T12:00:00Z", "--report-data", std::string(128, '0')}),
            ExitCode::refused);
  EXPECT_TRUE(out.contains("tdx_report_data")) << out;
  EXPECT_EQ(verify({file("proof.json"), "--workload-hash", std::string(64, '0')}), ExitCode::refused);
  EXPECT_TRUE(out.contains("workload_not_expected")) << out;
  EXPECT_EQ(verify({file("proof.json"), "--workload-hash", "00"}), ExitCode::usage);
}

TEST_F(VerifyCommand, JudgesUnderTheRootsOfAFolderAtL0Only) {
  const attest::Policy simulated = policy();
  const attest::RootSet& set = attest::root_set(simulated.roots);
  keep("quote.bin", as_text(attest::parse_bundle(result->attestation.evidence)->quote));
  keep("roots/any name.der", as_text(set.intel.front()));
  keep("roots/readme.txt", "not a certificate");
  std::vector<std::string> args{"--tdx-quote", file("quote.bin"),      "--collateral", file("collateral.json"),
                                "--at",        "2026-11-22T12:00:00Z", "--roots",      file("roots")};
  EXPECT_EQ(verify(args), ExitCode::usage) << "the policy names some itself";
  keep("policy.toml", "");
  EXPECT_EQ(verify(args), ExitCode::done) << out << err;
  EXPECT_TRUE(out.starts_with("SIMULATED hardware (L0)")) << out;
  EXPECT_TRUE(out.contains("\nroots      1 from " + file("roots") + ", not all of them the vendors'")) << out;
  args.back() = file("nowhere");
  EXPECT_EQ(verify(args), ExitCode::cannot_read);
  keep("none/readme.txt", "not a certificate");
  args.back() = file("none");
  EXPECT_EQ(verify(args), ExitCode::usage);
  EXPECT_TRUE(err.ends_with("(policy_roots)\n")) << err;
}

TEST_F(VerifyCommand, RefusesARootThatNothingTellsTheVendorOf) {
  keep("policy.toml", "");
  keep("quote.bin", as_text(attest::parse_bundle(result->attestation.evidence)->quote));
  keep("roots/some.der", as_text(workers.front()->machine.pki.pck_chain.front()));
  const std::vector<std::string> args{"--tdx-quote", file("quote.bin"), "--roots", file("roots")};
  EXPECT_EQ(verify(args), ExitCode::usage);
  EXPECT_TRUE(err.contains("call the file intel_")) << err;
  std::filesystem::rename(file("roots/some.der"), file("roots/intel_some.der"));
  EXPECT_EQ(verify(args), ExitCode::refused) << "it is a root now, but not this quote's";
}

TEST_F(VerifyCommand, RefusesUnderTheStrictDefaults) {
  keep("policy.toml", "");
  EXPECT_EQ(verify({file("proof.json")}), ExitCode::refused);
}

TEST_F(VerifyCommand, SaysWhatItCannotRead) {
  EXPECT_EQ(verify({file("missing.json")}), ExitCode::cannot_read);
  keep("other.json", R"({"v":"something else"})");
  EXPECT_EQ(verify({file("other.json")}), ExitCode::cannot_read);
  EXPECT_TRUE(err.ends_with("(verify_input)\n")) << err;
  keep("policy.toml", "minimum_level = 1");
  EXPECT_EQ(verify({file("proof.json")}), ExitCode::usage);
}

TEST_F(VerifyCommand, TakesOneThingAtATime) {
  EXPECT_EQ(verify({}), ExitCode::usage);
  EXPECT_EQ(verify({file("proof.json"), "--tdx-quote", file("x")}), ExitCode::usage);
  EXPECT_EQ(verify({"--gpu-report", file("x")}), ExitCode::usage);
  EXPECT_EQ(verify({file("proof.json"), "--at", "2026-11-22T12:00:00Z"}), ExitCode::usage);
  EXPECT_EQ(verify({file("evidence.json"), "--at", "yesterday"}), ExitCode::usage);
}

// A check that was asked for is never left out in silence.
TEST_F(VerifyCommand, RefusesFlagsThatItWouldIgnore) {
  const std::string hash(64, '0'), data(128, '0');
  EXPECT_EQ(verify({"--tdx-quote", file("proof.json"), "--nonce", hash}), ExitCode::usage);
  EXPECT_TRUE(err.ends_with("(invalid_option)\n")) << err;
  EXPECT_EQ(verify({"--nras-token", file("proof.json"), "--report-data", data}), ExitCode::usage);
  EXPECT_EQ(verify({"--snp-report", file("proof.json"), "--workload-hash", hash}), ExitCode::usage);
  EXPECT_EQ(verify({"--tdx-quote", file("proof.json"), "--answer", file("answer.json")}), ExitCode::usage);
  EXPECT_EQ(verify({file("proof.json"), "--nonce", hash}), ExitCode::usage);
}

// --- policies -------------------------------------------------------------------------

// Exit code, and what was printed.
std::pair<ExitCode, std::string> policy_says(const std::vector<std::string>& args) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const ExitCode code = policy_command(args);
  std::string out = testing::internal::GetCapturedStdout();
  return {code, out + testing::internal::GetCapturedStderr()};
}

TEST(PolicyCommand, ExplainsEveryRuleThatCanBeRelaxed) {
  for (const std::string_view name : attest::kReadyPolicies) {
    const auto [code, text] = policy_says({"explain", std::string(name)});
    EXPECT_EQ(code, ExitCode::done) << text;
    for (const attest::RelaxableRule& rule : attest::relaxable_rules()) {
      EXPECT_TRUE(text.contains(" " + std::string(rule.code.view()) + " ")) << rule.code.view();
    }
    EXPECT_EQ(text.contains("\nwarn "), name != "network") << text;
  }
}

TEST(PolicyCommand, SaysInWordsWhatEachRuleIsAbout) {
  for (const attest::RelaxableRule& rule : attest::relaxable_rules()) {
    EXPECT_FALSE(attest::meaning_of(rule.code).empty()) << rule.code.view();
  }
}

TEST(PolicyCommand, PrintsAFileThatItThenTakes) {
  const net::TemporaryFolder folder;
  const auto [made, text] = policy_says({"new", "vendor"});
  EXPECT_EQ(made, ExitCode::done);
  ASSERT_TRUE(write_whole(folder.file("policy.toml"), as_bytes(text), Readable::by_owner));
  const auto [code, said] = policy_says({"check", folder.file("policy.toml")});
  EXPECT_EQ(code, ExitCode::done) << said;
  EXPECT_TRUE(said.starts_with("policy vendor: ")) << said;
}

TEST(PolicyCommand, SaysWhyAFileIsNone) {
  const net::TemporaryFolder folder;
  ASSERT_TRUE(write_whole(folder.file("policy.toml"), as_bytes("[rules]\ntdx_bedug = \"warn\"\n"), Readable::by_owner));
  const auto [code, said] = policy_says({"check", folder.file("policy.toml")});
  EXPECT_EQ(code, ExitCode::usage);
  EXPECT_TRUE(said.contains("tdx_debug")) << "a name nearby\n" << said;
  EXPECT_EQ(policy_says({"check"}).first, ExitCode::usage);
  EXPECT_EQ(policy_says({"new", "lenient"}).first, ExitCode::usage);
  EXPECT_EQ(policy_says({"explain", folder.file("missing.toml")}).first, ExitCode::cannot_read);
}

}  // namespace
}  // namespace aipg::client
