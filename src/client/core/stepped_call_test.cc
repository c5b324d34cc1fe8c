// SPDX-License-Identifier: Apache-2.0
// A session that is driven step by step, without a socket: what is asked for,
// in which order, and what comes of each kind of reply.
#include "client/core/stepped_call.h"

#include <gtest/gtest.h>

#include "client/core/session.h"
#include "client/scripted_network_test.h"

namespace aipg::client {
namespace {

using Done = SteppedCall::Done;
using Pause = SteppedCall::Pause;
using Read = SteppedCall::Read;
using Send = SteppedCall::Send;
using Step = SteppedCall::Step;

class SteppedCallTest : public testing::Test {
 protected:
  SteppedCallTest() : session({policy(), "grid_key", 1}, clock, rng) {}

  [[nodiscard]] attest::Policy policy() const {
    attest::Policy out;
    out.roots = worker.machine.policy.roots;
    out.releases = worker.machine.policy.releases;
    out.minimum_level = attest::Level::l0;
    return out;
  }

  [[nodiscard]] SteppedCall ask() {
    return SteppedCall([this](Gateway& gateway) -> net::Task<void> {
      result = co_await session.ask(gateway, {.body = as_bytes(kBody), .cache_salt = std::nullopt}, seen);
    });
  }

  // What an honest gateway answers.
  [[nodiscard]] Bytes answer_to(const Gateway::Request& request) {
    asked.push_back(request.target);
    if (request.target == api::kDirectoryPath) {
      api::Directory directory;
      directory.number = 1;
      directory.entries = {worker.entry()};
      return to_bytes(api::write_directory(directory));
    }
    if (request.target == api::kChallengePath) {
      const auto challenge = api::parse_challenge_request(as_text(request.body));
      return to_bytes(api::write_challenge_answer({{worker.evidence(challenge->nonce)}}));
    }
    return worker.answer(request.body, "application/json", {std::string(kAnswerBody)});
  }
  [[nodiscard]] static std::string type_of(const Gateway::Request& request) {
    const bool sealed = request.target == kChatPath;
    return sealed ? std::string(seal::kResponseContentType) : "application/json";
  }

  // Answers one request in pieces of this size.
  [[nodiscard]] Step serve(SteppedCall& call, const Step& step, std::size_t piece) {
    const Bytes body = answer_to(std::get<Send>(step).request);
    Step next = call.answered(200, type_of(std::get<Send>(step).request));
    for (std::size_t at = 0; at < body.size() && std::holds_alternative<Read>(next); at += piece) {
      next = call.piece(ByteView(body).subspan(at, std::min(piece, body.size() - at)));
    }
    return std::holds_alternative<Read>(next) ? call.ended() : next;
  }
  // Until the sealed request is to be sent.
  [[nodiscard]] Step up_to_the_question(SteppedCall& call) {
    Step step = call.start();
    while (std::get<Send>(step).request.target != kChatPath) step = serve(call, step, 1000);
    return step;
  }

  ScriptedWorker worker{1};
  ManualClock clock{*parse_instant("2026-11-22T12:00:01Z")};
  crypto::SystemRng rng;
  Session session;
  SeenAnswer seen;
  std::vector<std::string> asked;
  Outcome<Answer> result = std::unexpected(Failure{});
};

TEST_F(SteppedCallTest, AsksForWhatASessionNeedsAndBringsTheAnswer) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{100}, std::size_t{1} << 20}) {
    SteppedCall call = ask();
    seen.content.clear();
    Step step = call.start();
    while (!std::holds_alternative<Done>(step)) step = serve(call, step, piece);
    ASSERT_TRUE(result) << piece;
    EXPECT_EQ(seen.content, kAnswerBody);
  }
  // The second and third time nothing but the question.
  const std::string chat(kChatPath);
  EXPECT_EQ(asked, (std::vector<std::string>{std::string(api::kDirectoryPath), std::string(api::kChallengePath), chat,
                                             chat, chat}));
}

TEST_F(SteppedCallTest, SaysHowLongASmallAnswerMayTake) {
  SteppedCall call = ask();
  EXPECT_GT(std::get<Send>(call.start()).limit, milliseconds(0));
  SteppedCall other = ask();
  const Step step = up_to_the_question(other);
  EXPECT_EQ(std::get<Send>(step).limit, milliseconds(0));
}

TEST_F(SteppedCallTest, EndsWithTheReasonWhenThereIsNoGateway) {
  SteppedCall call = ask();
  (void)call.start();
  EXPECT_TRUE(std::holds_alternative<Done>(call.failed("http_connect", "connection refused")));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Failure::Kind::unreachable);
  EXPECT_EQ(result.error().reason, "connection refused");
  EXPECT_FALSE(result.error().prompt_sent);
}

TEST_F(SteppedCallTest, TellsACutAnswerFromAWholeOne) {
  SteppedCall call = ask();
  const Step question = up_to_the_question(call);
  const Bytes body = answer_to(std::get<Send>(question).request);
  (void)call.answered(200, std::string(seal::kResponseContentType));
  (void)call.piece(ByteView(body).first(body.size() - 1));
  EXPECT_TRUE(std::holds_alternative<Done>(call.ended()));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Failure::Kind::broken_answer);
  EXPECT_TRUE(result.error().prompt_sent);
}

TEST_F(SteppedCallTest, SealsAnewOnceWhenTheGatewaySaysThatTheKeyIsOver) {
  SteppedCall call = ask();
  Step step = up_to_the_question(call);
  step = call.answered(api::info(api::ErrorCode::worker_key_expired).status, "application/json");
  const std::string refusal = api::error_body(api::ErrorCode::worker_key_expired);
  (void)call.piece(as_bytes(refusal));
  step = call.ended();
  while (!std::holds_alternative<Done>(step)) step = serve(call, step, 1000);
  EXPECT_TRUE(result);
  EXPECT_EQ(std::ranges::count(asked, std::string(api::kChallengePath)), 2);
}

TEST_F(SteppedCallTest, SendsNothingOnceItIsCancelled) {
  SteppedCall call = ask();
  Step step = call.start();
  step = serve(call, step, 1000);
  call.cancel();
  step = serve(call, step, 1000);
  EXPECT_TRUE(std::holds_alternative<Done>(step));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Failure::Kind::cancelled);
  EXPECT_FALSE(result.error().prompt_sent);
}

TEST_F(SteppedCallTest, MayBeGivenUpAtEveryStep) {
  for (int steps = 0; steps < 4; ++steps) {
    SteppedCall call = ask();
    Step step = call.start();
    for (int i = 0; i < steps && !std::holds_alternative<Done>(step); ++i) step = serve(call, step, 1000);
  }
}

TEST_F(SteppedCallTest, WaitsForTheNextDirectoryWhenEverybodyInItIsGone) {
  SteppedCall call = ask();
  Step step = call.start();
  step = serve(call, step, 1000);  // the directory
  asked.clear();
  step = call.answered(200, "application/json");
  const std::string nobody = api::write_challenge_answer({});
  (void)call.piece(as_bytes(nobody));
  step = call.ended();
  EXPECT_GT(std::get<Pause>(step).duration, milliseconds(0));
  step = call.paused();
  while (!std::holds_alternative<Done>(step)) step = serve(call, step, 1000);
  EXPECT_TRUE(result);
}

TEST_F(SteppedCallTest, TrapsOnAReplyThatWasNotAskedFor) {
  SteppedCall call = ask();
  (void)call.start();
  EXPECT_DEATH((void)call.piece(as_bytes("{}")), "");
  EXPECT_DEATH((void)call.paused(), "");
  EXPECT_DEATH((void)call.start(), "");
}

}  // namespace
}  // namespace aipg::client
