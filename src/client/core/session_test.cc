// SPDX-License-Identifier: Apache-2.0
// The session against a gateway and workers in this process. What decides is
// what reached the inference path: `inferences` counts it.
#include "client/core/session.h"

#include <gtest/gtest.h>

#include "client/core/failure_text.h"
#include "client/scripted_network_test.h"

namespace aipg::client {
namespace {

using Kind = Failure::Kind;
using SessionTest = ScriptedNetwork;

bool has_failed(const attest::Verdict& verdict, std::string_view code) {
  return std::ranges::any_of(verdict.findings, [&](const attest::Finding& finding) {
    return finding.code.view() == code && finding.severity == attest::Severity::failed;
  });
}

// Nothing but public questions reached the gateway, and the refusal says why.
void expect_nothing_sent(const ScriptedNetwork& network, std::string_view code) {
  EXPECT_EQ(network.inferences, 0);
  ASSERT_FALSE(network.result.has_value());
  const Failure& failure = network.result.error();
  EXPECT_EQ(failure.kind, Kind::no_candidate);
  EXPECT_FALSE(failure.prompt_sent);
  ASSERT_FALSE(failure.verdicts.empty());
  for (const Candidate& candidate : failure.verdicts) {
    EXPECT_FALSE(candidate.appraisal.verdict.accepted);
    EXPECT_FALSE(candidate.appraisal.worker.has_value());
    EXPECT_TRUE(has_failed(candidate.appraisal.verdict, code)) << code;
  }
}

TEST_F(SessionTest, BringsAnAnswerWithAProofOfIt) {
  ScriptedWorker& worker = add(1);
  ask();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->status, 200U);
  EXPECT_EQ(seen.content, kAnswerBody);
  EXPECT_EQ(result->worker.entry.worker_id, "w-1");
  EXPECT_EQ(worker.opened, std::vector<std::string>{std::string(kBody)});
  const attest::Verdict verdict = attest::verify_attestation(
      result->attestation, policy(), attest::BoundExchange{as_bytes(kBody), 200, as_bytes(seen.content)});
  EXPECT_TRUE(verdict.accepted) << attest::to_text(verdict, false);
}

TEST_F(SessionTest, JudgesAnAnswersAttestationByItsOwnPolicy) {
  add(1);
  const auto mine = session(policy());
  ask(*mine);
  ASSERT_TRUE(result.has_value());
  const attest::BoundExchange good{as_bytes(kBody), 200, as_bytes(seen.content)};
  EXPECT_TRUE(mine->verify(result->attestation, good).accepted);
  EXPECT_TRUE(mine->verify(result->attestation, std::nullopt).accepted);
  EXPECT_TRUE(has_failed(mine->verify(result->attestation, attest::BoundExchange{as_bytes(kBody), 200, as_bytes("{}")}),
                         "answer_bound"));
  add(2);
  attest::Policy other = policy();
  other.expected_workload = Hash256{7};
  EXPECT_FALSE(session(other)->verify(result->attestation, good).accepted);
}

TEST_F(SessionTest, ShowsTheGatewayNothingOfTheQuestion) {
  add(1);
  ask();
  ASSERT_EQ(received.size(), 1U);
  EXPECT_FALSE(as_text(received[0]).contains("canary"));
  EXPECT_TRUE(as_text(received[0]).starts_with("AIPGSEAL"));
  EXPECT_EQ(authorization, "Bearer grid_key");
}

TEST_F(SessionTest, StreamsAsPiecesArrive) {
  add(1);
  inference = [this](net::Exchange& exchange, Bytes wire, int) -> net::Task<void> {
    const Bytes sealed = worker_of(wire)->answer(wire, "text/event-stream", {"data: 1\n\n", "data: 2\n\n"});
    co_await begin_answer(exchange);
    for (std::size_t at = 0; at < sealed.size(); at += 100) {
      (void)co_await exchange.write_body(ByteView(sealed).subspan(at, std::min<std::size_t>(100, sealed.size() - at)));
    }
    (void)co_await exchange.finish();
  };
  const auto mine = session(policy());
  ask(*mine, R"({"model":"test-model","messages":[],"stream":true})");
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(seen.content, "data: 1\n\ndata: 2\n\n");
}

TEST_F(SessionTest, AsksForTheSameConstantRateWhenItSealsAnew) {
  add(1);
  inference = [this](net::Exchange& exchange, Bytes wire, int number) -> net::Task<void> {
    if (number == 1) co_return co_await refuse(exchange, api::ErrorCode::worker_key_expired);
    co_await send(exchange, honest_answer(wire));
  };
  SessionOptions options{policy(), "grid_key", 2, seal::Padding::p2(4)};
  Session mine(std::move(options), clock, rng);
  ask(mine);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(seen.content, kAnswerBody);
  ASSERT_EQ(received.size(), 2U);
  for (const Bytes& wire : received) EXPECT_EQ((*seal::parse_preamble(wire))->routing.padding, seal::Padding::p2(4));
}

TEST_F(SessionTest, SealsToTwoWorkersWithTheHighestSuite) {
  add(1);
  add(2);
  add(3);
  ask();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(seen.recipients, 2U);
  EXPECT_EQ(seen.suite, 2U);
}

TEST_F(SessionTest, TakesTheHighestSuiteThatAllRecipientsHave) {
  add(1);
  add(2, Suites::x25519_only);
  ask();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(seen.recipients, 2U);
  EXPECT_EQ(seen.suite, 1U);
}

TEST_F(SessionTest, LeavesOutWorkersWithoutPostQuantumKeysWhereThePolicyAsksForThem) {
  add(1);
  add(2, Suites::x25519_only);
  attest::Policy strict = policy();
  strict.require_pq = true;
  const auto mine = session(strict);
  ask(*mine);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(seen.recipients, 1U);
  EXPECT_EQ(seen.suite, 2U);
}

TEST_F(SessionTest, PrefersPostQuantumWorkersWhereItIsToldTo) {
  add(1);
  add(2, Suites::x25519_only);
  Session mine({.policy = policy(), .api_key = "grid_key", .recipients = 2, .prefer_pq = true}, clock, rng);
  ask(mine);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(seen.recipients, 1U);
  EXPECT_EQ(seen.suite, 2U);
}

TEST_F(SessionTest, TakesOthersWherePostQuantumIsPreferredAndNobodyHasIt) {
  add(1, Suites::x25519_only);
  add(2, Suites::x25519_only);
  Session mine({.policy = policy(), .api_key = "grid_key", .recipients = 2, .prefer_pq = true}, clock, rng);
  ask(mine);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(seen.recipients, 2U);
  EXPECT_EQ(seen.suite, 1U);
}

TEST_F(SessionTest, SaysWhoseAnswerItIsBeforeTheFirstOfIt) {
  for (std::uint8_t number = 1; number <= 3; ++number) add(number);
  ask();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(seen.worker, result->worker.entry.worker_id);
}

// --- nothing is sent before a candidate was accepted -----------------------------

TEST_F(SessionTest, SendsNothingToAWorkloadThatThePolicyDoesNotKnow) {
  add(1);
  attest::Policy other = policy();
  other.releases[0].workload_hash[0] ^= 1;
  const auto mine = session(other);
  ask(*mine);
  expect_nothing_sent(*this, "workload_unbound");
}

TEST_F(SessionTest, SendsNothingToASimulatorUnderVendorRoots) {
  add(1);
  attest::Policy strict = policy();
  strict.roots = &attest::VendorRoots::builtin();
  const auto mine = session(strict);
  ask(*mine);
  EXPECT_EQ(inferences, 0);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, Kind::no_candidate);
}

TEST_F(SessionTest, SendsNothingWhenTheGatewayShowsAnotherWorkersEvidence) {
  add(1);
  ScriptedWorker other(9);
  attest::Policy both = policy();
  auto roots = attest::root_set(both.roots);
  const auto& others = attest::root_set(other.machine.policy.roots);
  roots.intel.insert(roots.intel.end(), others.intel.begin(), others.intel.end());
  roots.nvidia_device.insert(roots.nvidia_device.end(), others.nvidia_device.begin(), others.nvidia_device.end());
  roots.nvidia_rim.insert(roots.nvidia_rim.end(), others.nvidia_rim.begin(), others.nvidia_rim.end());
  both.roots = attest::SimulatedRoots(roots);
  edit_evidence = [&](api::ChallengeAnswer& answer) {
    for (auto& evidence : answer.evidence) {
      // The right nonce, the wrong keyset.
      other.machine.tree = workers[0]->machine.tree;
      evidence.bundle = other.machine.bundle().bytes;
    }
  };
  const auto mine = session(both);
  ask(*mine);
  expect_nothing_sent(*this, "directory_keyset");
}

TEST_F(SessionTest, SendsNothingWhenTheGatewayCallsAWorkerByAnotherName) {
  add(1);
  edit_directory = [](api::Directory& directory) { directory.entries[0].worker_id = "w-grander"; };
  ask();
  expect_nothing_sent(*this, "directory_worker");
}

TEST_F(SessionTest, SendsNothingWhenTheGatewayRenamesAWorkerThatItKnows) {
  add(1);
  const auto mine = session(policy());
  ask(*mine);
  ASSERT_TRUE(result.has_value());
  inferences = 0;
  edit_directory = [](api::Directory& directory) { directory.entries[0].worker_id = "w-grander"; };
  clock.advance(milliseconds(31'000));  // the directory is fetched anew, the evidence is not
  ask(*mine);
  expect_nothing_sent(*this, "directory_worker");
}

TEST_F(SessionTest, SendsNothingOnEvidenceOverAnotherNonce) {
  add(1);
  edit_evidence = [this](api::ChallengeAnswer& answer) {
    answer.evidence = {workers[0]->evidence(crypto::sha256(as_bytes("a nonce of the gateway")))};
  };
  ask();
  expect_nothing_sent(*this, "freshness_path");
}

TEST_F(SessionTest, SendsNothingWhenNoEvidenceComes) {
  add(1);
  edit_evidence = [](api::ChallengeAnswer& answer) { answer.evidence.clear(); };
  ask();
  expect_nothing_sent(*this, "challenge_unanswered");
}

TEST_F(SessionTest, SendsNothingForAModelThatIsNotInTheManifest) {
  add(1);
  edit_directory = [](api::Directory& directory) { directory.entries[0].models[0].name = "grander-model"; };
  const auto mine = session(policy());
  ask(*mine, R"({"model":"grander-model","messages":[]})");
  expect_nothing_sent(*this, "directory_model");
}

TEST_F(SessionTest, SaysWhichWorkersLackPostQuantumKeys) {
  add(1, Suites::x25519_only);
  attest::Policy strict = policy();
  strict.require_pq = true;
  const auto mine = session(strict);
  ask(*mine);
  expect_nothing_sent(*this, "directory_suite");
  EXPECT_EQ(challenges, 0);
}

TEST_F(SessionTest, SaysWhichModelsThereAreWhenNobodyOffersThisOne) {
  add(1);
  const auto mine = session(policy());
  ask(*mine, R"({"model":"unknown","messages":[]})");
  EXPECT_EQ(inferences, 0);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, Kind::no_candidate);
  EXPECT_EQ(result.error().api, api::ErrorCode::model_not_found);
  EXPECT_EQ(result.error().reason, "test-model");
}

TEST_F(SessionTest, SaysOnWhichPathsTheModelIsWhereItIsNotOnThisOne) {
  add(1);
  const auto mine = session(policy());
  ask(*mine, R"({"model":"test-model","input":"a question"})", "/v1/responses");
  EXPECT_EQ(inferences, 0);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().api, api::ErrorCode::model_not_found);
  EXPECT_EQ(result.error().other_paths, "/v1/chat/completions");
  const std::string said = explain(result.error(), {});
  EXPECT_NE(said.find("not on this path of the API; those are: /v1/chat/completions\n"), std::string::npos) << said;
  ask(*mine, R"({"model":"unknown","input":"a question"})", "/v1/responses");
  EXPECT_EQ(result.error().other_paths, "");
}

TEST_F(SessionTest, AsksNobodyAboutABodyThatWorkersRefuse) {
  add(1);
  const auto mine = session(policy());
  ask(*mine, R"({"model":"test-model","messages":[],"kv_transfer_params":{}})");
  EXPECT_EQ(directories + challenges + inferences, 0);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, Kind::inner);
  EXPECT_EQ(result.error().inner->parameter, "kv_transfer_params");
}

TEST_F(SessionTest, UsesTheWorkersThatWereAcceptedAndNoOther) {
  ScriptedWorker& good = add(1);
  attest::Policy only_first = policy();
  ScriptedWorker& bad = add(2);
  const auto mine = session(only_first);
  ask(*mine);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(seen.recipients, 1U);
  EXPECT_EQ(good.opened.size(), 1U);
  EXPECT_TRUE(bad.opened.empty());
}

// --- answers that are not whole -----------------------------------------------------

TEST_F(SessionTest, RefusesAnAnswerWithOneBitChanged) {
  add(1);
  inference = [this](net::Exchange& exchange, Bytes wire, int) {
    Bytes answer = honest_answer(wire);
    answer[answer.size() / 2] ^= 1;
    return send(exchange, std::move(answer));
  };
  ask();
  EXPECT_EQ(inferences, 1);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, Kind::broken_answer);
  EXPECT_EQ(result.error().error.code, Literal("response_open_failed"));
  EXPECT_TRUE(result.error().prompt_sent);
}

TEST_F(SessionTest, RefusesAnAnswerCutAfterItsFirstChunk) {
  add(1);
  inference = [this](net::Exchange& exchange, Bytes wire, int) -> net::Task<void> {
    const Bytes answer = honest_answer(wire);
    co_await begin_answer(exchange);
    (void)co_await exchange.write_body(ByteView(answer).first(answer.size() - 10));
    exchange.abort();
  };
  ask();
  EXPECT_EQ(inferences, 1);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, Kind::broken_answer);
  EXPECT_EQ(result.error().error.code, Literal("response_truncated"));
  EXPECT_EQ(seen.content, kAnswerBody);
}

TEST_F(SessionTest, RefusesAnAnswerThatEndsProperlyWithoutItsLastChunk) {
  add(1);
  inference = [this](net::Exchange& exchange, Bytes wire, int) {
    Bytes answer = honest_answer(wire);
    answer.resize(answer.size() - 10);
    return send(exchange, std::move(answer));
  };
  ask();
  EXPECT_EQ(inferences, 1);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().error.code, Literal("response_truncated"));
}

TEST_F(SessionTest, RefusesWhatNobodySealed) {
  add(1);
  inference = [](net::Exchange& exchange, Bytes, int) { return send(exchange, Bytes(500, 'x')); };
  ask();
  EXPECT_EQ(inferences, 1);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, Kind::broken_answer);
  EXPECT_EQ(result.error().error.code, Literal("response_malformed"));
}

TEST_F(SessionTest, RefusesA200ThatIsNotASealedAnswer) {
  add(1);
  inference = [this](net::Exchange& exchange, Bytes wire, int) -> net::Task<void> {
    const Bytes answer = honest_answer(wire);
    (void)co_await exchange.respond(200, "application/json", as_text(answer));
  };
  ask();
  EXPECT_EQ(inferences, 1);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, Kind::broken_answer);
  EXPECT_EQ(result.error().error.where, Literal("content_type"));
}

// --- once more, and no more than once -------------------------------------------------

TEST_F(SessionTest, SealsAnewOnceAfterAKeyExpired) {
  add(1);
  inference = [this](net::Exchange& exchange, Bytes wire, int number) {
    return number == 1 ? refuse(exchange, api::ErrorCode::worker_key_expired) : send(exchange, honest_answer(wire));
  };
  ask();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(inferences, 2);
  EXPECT_EQ(challenges, 2);
  EXPECT_EQ(directories, 2);
  EXPECT_EQ(seen.verified, 2);
  EXPECT_NE(received[0], received[1]);
}

// Others there are, and none of them as good.
TEST_F(SessionTest, SealsAnewUnderNoLowerSuite) {
  add(1);
  add(2, Suites::x25519_only);
  inference = [this](net::Exchange& exchange, Bytes wire, int number) {
    return number == 1 ? refuse(exchange, api::ErrorCode::worker_key_expired) : send(exchange, honest_answer(wire));
  };
  Session mine({.policy = policy(), .api_key = "grid_key", .recipients = 2, .prefer_pq = true}, clock, rng);
  ask(mine);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(inferences, 2);
  EXPECT_EQ(seen.suite, 2U);
  EXPECT_EQ(result->worker.entry.worker_id, "w-1");
}

// Nor when the other is said to be as good, or the first not to be there any more.
TEST_F(SessionTest, SealsNothingAnewUnderALowerSuite) {
  add(1);
  add(2, Suites::x25519_only);
  inference = [](net::Exchange& exchange, Bytes, int) { return refuse(exchange, api::ErrorCode::worker_key_expired); };
  for (const bool lies : {false, true}) {
    Session mine({.policy = policy(), .api_key = "grid_key", .recipients = 2, .prefer_pq = true}, clock, rng);
    inferences = 0;
    edit_directory = [&](api::Directory& directory) {
      if (inferences == 0) return;
      std::erase_if(directory.entries, [](const auto& entry) { return entry.worker_id == "w-1"; });
      if (lies) directory.entries[0].suites = {1, 2};
    };
    ask(mine);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(inferences, 1);
    EXPECT_EQ(seen.suite, 2U);
    ASSERT_EQ(result.error().verdicts.size(), 1U);
    EXPECT_EQ(result.error().verdicts[0].appraisal.verdict.first_failed()->code, Literal("directory_suite"));
  }
}

// One of the two may be as good as ever, and others' requests shall not all go to the third.
TEST_F(SessionTest, SealsAnewToOthersAndKeepsThoseItSealedToInVain) {
  for (std::uint8_t worker = 1; worker <= 3; ++worker) add(worker);
  const auto mine = session(policy());
  inference = [this](net::Exchange& exchange, Bytes wire, int number) {
    return number == 1 ? refuse(exchange, api::ErrorCode::worker_key_expired) : send(exchange, honest_answer(wire));
  };
  ask(*mine);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(inferences, 2);
  EXPECT_EQ(seen.recipients, 1U);
  EXPECT_EQ(challenges, 2);
  EXPECT_EQ(mine->known().size(), 3U);
}

// A client that stays does not notice that a worker was replaced since it verified it.
TEST_F(SessionTest, SealsAnewOnceWhenARememberedWorkerIsGone) {
  add(1);
  add(2);
  const auto mine = session(policy());
  edit_directory = [&](api::Directory& directory) {
    std::erase_if(directory.entries, [&](const auto& entry) { return entry.worker_id != "w-1"; });
  };
  ask(*mine);
  ASSERT_TRUE(result.has_value());
  edit_directory = [&](api::Directory& directory) {
    std::erase_if(directory.entries, [&](const auto& entry) { return entry.worker_id != "w-2"; });
  };
  inference = [this](net::Exchange& exchange, Bytes wire, int number) {
    return number == 2 ? refuse(exchange, api::ErrorCode::no_confidential_worker) : send(exchange, honest_answer(wire));
  };
  ask(*mine);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->worker.entry.worker_id, "w-2");
  EXPECT_EQ(inferences, 3);
  // Freshly verified, the same refusal is final.
  inference = [](net::Exchange& exchange, Bytes, int) {
    return refuse(exchange, api::ErrorCode::no_confidential_worker);
  };
  const auto fresh = session(policy());
  ask(*fresh);
  EXPECT_FALSE(result.has_value());
  EXPECT_EQ(inferences, 4);
}

// Those that a remembered directory names may have ended while it was remembered.
TEST_F(SessionTest, LooksAgainWhenNobodyInARememberedDirectoryWillDo) {
  add(1);
  ScriptedWorker& second = add(2);
  const auto mine = session(policy());
  const auto only = [this](std::string_view name) {
    edit_directory = [name](api::Directory& directory) {
      std::erase_if(directory.entries, [&](const auto& entry) { return entry.worker_id != name; });
    };
  };
  only("w-1");
  ask(*mine);
  ASSERT_TRUE(result.has_value());
  clock.set_wall(clock.now() + std::chrono::minutes(11));  // the candidate is over, the directory is not
  second.machine.now = clock.now();
  edit_evidence = [&](api::ChallengeAnswer& answer) {
    std::erase_if(answer.evidence, [&](const auto& each) { return each.keyset_id != second.machine.keyset.id; });
  };
  only("w-2");
  ask(*mine);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->worker.entry.worker_id, "w-2");
  EXPECT_EQ(directories, 2);
}

TEST_F(SessionTest, GivesUpWhenTheKeyExpiredAgain) {
  for (const api::ErrorCode code :
       {api::ErrorCode::worker_key_expired, api::ErrorCode::attestation_stale, api::ErrorCode::request_expired}) {
    workers.clear();
    add(1);
    inferences = 0;
    inference = [code](net::Exchange& exchange, Bytes, int) { return refuse(exchange, code); };
    ask();
    EXPECT_EQ(inferences, 2);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind, Kind::refused);
    EXPECT_EQ(result.error().api, code);
    EXPECT_TRUE(result.error().prompt_sent);
  }
}

TEST_F(SessionTest, SealsAnewOnceWhenTheConnectionIsLostBeforeTheAnswer) {
  add(1);
  inference = [this](net::Exchange& exchange, Bytes wire, int number) -> net::Task<void> {
    if (number == 2) co_return co_await send(exchange, honest_answer(wire));
    co_await begin_answer(exchange);
    (void)co_await exchange.write_body(as_bytes("AIPGOPEN"));
    exchange.abort();
  };
  ask();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(inferences, 2);
}

TEST_F(SessionTest, DoesNotRepeatAfterOtherRefusals) {
  for (const api::ErrorCode code :
       {api::ErrorCode::no_confidential_worker, api::ErrorCode::invalid_api_key, api::ErrorCode::unsupported_suite,
        api::ErrorCode::upstream_lost, api::ErrorCode::sealing_required}) {
    workers.clear();
    add(1);
    inferences = 0;
    inference = [code](net::Exchange& exchange, Bytes, int) { return refuse(exchange, code); };
    ask();
    EXPECT_EQ(inferences, 1);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().api, code);
  }
}

TEST_F(SessionTest, VerifiesAnewBeforeItSealsAnew) {
  add(1);
  inference = [this](net::Exchange& exchange, Bytes, int) {
    edit_evidence = [](api::ChallengeAnswer& answer) { answer.evidence.clear(); };
    return refuse(exchange, api::ErrorCode::worker_key_expired);
  };
  ask();
  EXPECT_EQ(inferences, 1);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, Kind::no_candidate);
  EXPECT_TRUE(result.error().prompt_sent);  // the first time
}

// --- the gateway ------------------------------------------------------------------------

TEST_F(SessionTest, SaysWhenTheGatewayCannotBeReached) {
  add(1);
  run([](ScriptedNetwork& self) -> net::Task<void> { co_await self.server->drain(milliseconds(0)); }(*this));
  ask();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, Kind::unreachable);
  EXPECT_FALSE(result.error().prompt_sent);
  EXPECT_FALSE(result.error().reason.empty());
}

TEST_F(SessionTest, ClosesTheConnectionWhenCancelled) {
  add(1);
  bool gone = false;
  const auto mine = session(policy());
  inference = [&](net::Exchange& exchange, Bytes wire, int) -> net::Task<void> {
    net::Event noticed(runtime);
    exchange.on_gone([&] {
      gone = true;
      noticed.notify_all();
    });
    const Bytes answer = honest_answer(wire);
    co_await begin_answer(exchange);
    (void)co_await exchange.write_body(ByteView(answer).first(answer.size() - 10));
    while (!gone) co_await noticed.wait();
  };
  seen.on_piece = [&] { gateway->cancel(); };
  ask(*mine);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, Kind::cancelled);
  run([](ScriptedNetwork& self) -> net::Task<void> { co_await self.server->drain(milliseconds(10'000)); }(*this));
  EXPECT_TRUE(gone);
}

// --- what was verified before -------------------------------------------------------------

TEST_F(SessionTest, AsksForEvidenceOnceUntilItEnds) {
  add(1);
  const auto mine = session(policy());
  int told = 0;
  mine->on_verified([&](const Candidate&) { ++told; });
  ask(*mine);
  ask(*mine);
  EXPECT_EQ(challenges, 1);
  EXPECT_EQ(told, 1);
  EXPECT_EQ(inferences, 2);
  clock.advance(std::chrono::minutes(10));
  workers[0]->machine.now = clock.now();
  ask(*mine);
  EXPECT_EQ(challenges, 2);
  EXPECT_TRUE(result.has_value());
}

TEST_F(SessionTest, RemembersEvidenceThatItAppraisesAgain) {
  ScriptedWorker& worker = add(1);
  const auto first = session(policy());
  ask(*first);
  const Candidate known = result->worker;
  const auto remember = [&](Session& session, Bytes bundle) {
    session.remember(std::move(bundle), known.freshness, known.entry, known.appraisal.verdict.at);
  };

  const auto second = session(policy());
  remember(*second, to_bytes(known.bundle));
  ask(*second);
  EXPECT_TRUE(result.has_value());
  EXPECT_EQ(challenges, 1);

  Bytes changed = to_bytes(known.bundle);
  changed[changed.size() / 2] ^= 1;
  const auto third = session(policy());
  remember(*third, changed);
  ask(*third);
  EXPECT_TRUE(result.has_value());
  EXPECT_EQ(challenges, 2);

  attest::Policy other = policy();
  other.releases.clear();
  const auto fourth = session(other);
  remember(*fourth, to_bytes(known.bundle));
  ask(*fourth);
  EXPECT_FALSE(result.has_value());
  EXPECT_EQ(worker.opened.size(), 3U);
}

TEST_F(SessionTest, ListsEveryWorkerWithItsVerdict) {
  for (std::uint8_t number = 1; number <= 4; ++number) add(number);
  attest::Policy known = policy();
  add(5);
  const auto mine = session(known);
  std::vector<std::string> accepted, refused;
  run([](Session& asked, Gateway& through, std::vector<std::string>& yes,
         std::vector<std::string>& no) -> net::Task<void> {
    const auto all = co_await asked.candidates(through, {{}, {}, 0, false}, true);
    if (!all) co_return;
    for (const Candidate& candidate : *all) {
      (candidate.appraisal.worker ? yes : no).push_back(candidate.entry.worker_id);
    }
  }(*mine, *gateway, accepted, refused));
  EXPECT_EQ(accepted.size(), 4U);
  EXPECT_EQ(refused, std::vector<std::string>{"w-5"});
  EXPECT_EQ(challenges, 2);
  EXPECT_EQ(inferences, 0);
}

}  // namespace
}  // namespace aipg::client
