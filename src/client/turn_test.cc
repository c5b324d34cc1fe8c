// SPDX-License-Identifier: Apache-2.0
// Turns of a conversation against a gateway and workers in this process.
#include "client/turn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "client/core/outgoing_answer.h"
#include "client/scripted_network_test.h"

namespace aipg::client {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

// What a terminal would be given.
class Screen {
 public:
  Screen() : file_(open_memstream(&text_, &size_)) {}
  ~Screen() {
    std::fclose(file_);
    std::free(text_);  // NOLINT(cppcoreguidelines-no-malloc): the library's
  }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  [[nodiscard]] std::FILE* file() const { return file_; }
  // What came since the last time.
  [[nodiscard]] std::string take() {
    std::fflush(file_);
    std::string out(text_ + taken_, size_ - taken_);
    taken_ = size_;
    return out;
  }

 private:
  char* text_ = nullptr;
  std::size_t size_ = 0, taken_ = 0;
  std::FILE* file_;
};

std::string event(std::string_view content) {
  return "data: {\"choices\":[{\"delta\":{\"content\":\"" + std::string(content) + "\"}}]}\n\n";
}

class TurnTest : public ScriptedNetwork {
 public:
  void SetUp() override {
    add(1);
    mine = session(policy());
  }

  // What came of asking this; what was shown is in `shown`.
  std::optional<Unanswered> say(std::string_view question, Conversation& in) {
    std::optional<Unanswered> out;
    TurnOutput output(runtime, clock, terminal, [this] { gateway->cancel(); });
    run([](TurnTest& self, Conversation& all, std::string_view text, TurnOutput& to,
           std::optional<Unanswered>& result) -> net::Task<void> {
      result = co_await ask_turn(*self.mine, *self.gateway, all, text, to, {"http://g", "test-model", {}});
    }(*this, in, question, output, out));
    was_cut = output.cut_by_length();
    shown = screen.take();
    return out;
  }
  std::optional<Unanswered> say(std::string_view question) { return say(question, conversation); }

  // The worker answers with a stream of these pieces.
  void stream(const std::vector<std::string>& pieces) {
    inference = [this, pieces](net::Exchange& exchange, Bytes wire, int) -> net::Task<void> {
      co_await send(exchange, workers[0]->answer(wire, "text/event-stream", pieces));
    };
  }
  [[nodiscard]] const ScriptedWorker& worker() const { return *workers[0]; }

  Conversation conversation{{.model = "test-model"}, Hash256{1}};
  std::string shown;
  bool was_cut = false;

  Screen screen;
  TurnOutput::Terminal terminal{.out = screen.file(), .look = {}};
  std::unique_ptr<Session> mine;
};

TEST_F(TurnTest, SaysWhatWasVerifiedBeforeTheFirstWordOfEachAnswer) {
  stream({event("Pa"), event("ris."), "data: [DONE]\n\n"});
  EXPECT_FALSE(say("what is it?").has_value());
  EXPECT_THAT(shown, MatchesRegex("SIMULATED hardware [^\n]*\nverified: Hopper GPU, TDX, workload [0-9a-f]{4}…, L0, "
                                  "just now\nParis\\.\n"));
  clock.advance(seconds(41));
  workers[0]->machine.now = clock.now();
  EXPECT_FALSE(say("and again?").has_value());
  EXPECT_THAT(shown, MatchesRegex("verified: Hopper GPU, TDX, workload [0-9a-f]{4}…, L0, 41 s ago\nParis\\.\n"));
}

TEST_F(TurnTest, KeepsAWholeAnswerAndAsksWithIt) {
  EXPECT_FALSE(say("what is it?").has_value());
  ASSERT_EQ(conversation.turns().size(), 1U);
  const Turn& turn = conversation.turns()[0];
  EXPECT_EQ(turn.answer.reveal_text(), "Paris.");
  EXPECT_EQ(turn.exchanged.answer_body.reveal_text(), kAnswerBody);
  EXPECT_EQ(turn.exchanged.question_body.reveal_text(), worker().opened[0]);
  const attest::BoundExchange exchange{turn.exchanged.question_body.reveal(), 200, turn.exchanged.answer_body.reveal()};
  EXPECT_TRUE(mine->verify(turn.exchanged.answer.attestation, exchange).accepted);
  EXPECT_FALSE(say("are you sure?").has_value());
  EXPECT_THAT(worker().opened[1], HasSubstr(R"({"role":"user","content":"what is it?"},)"
                                            R"({"role":"assistant","content":"Paris."},)"
                                            R"({"role":"user","content":"are you sure?"})"));
}

TEST_F(TurnTest, SharesACacheSaltWithItsConversationOnly) {
  Conversation other({.model = "test-model"}, Hash256{2});
  EXPECT_FALSE(say("one").has_value());
  EXPECT_FALSE(say("two", other).has_value());
  EXPECT_FALSE(say("three").has_value());
  conversation.clear(Hash256{3});
  EXPECT_FALSE(say("four").has_value());
  EXPECT_THAT(worker().salts, testing::ElementsAre(Hash256{1}, Hash256{2}, Hash256{1}, Hash256{3}));
}

TEST_F(TurnTest, LetsNoAnswerSteerTheTerminal) {
  stream({event("a\\u001b[31mb\\u009b2Jc\\rd\\u0007\\te\\n"), "data: [DONE]\n\n"});
  EXPECT_FALSE(say("paint").has_value());
  EXPECT_THAT(shown, testing::EndsWith("\na[31mb2Jcd\te\n"));
  EXPECT_EQ(conversation.turns()[0].answer.reveal_text(), "a\x1b[31mb\u009b2Jc\rd\x07\te\n") << "kept as it was said";
}

TEST_F(TurnTest, LetsNoReasonOfAnEngineSteerTheTerminal) {
  stream({"data: {\"error\":{\"message\":\"out of\\u001b[2J memory\"}}\n\n"});
  const auto unanswered = say("hello");
  ASSERT_TRUE(unanswered.has_value());
  EXPECT_EQ(unanswered->text, "The engine failed while it answered.\n  out of[2J memory\n(engine_error)\n");
  EXPECT_TRUE(conversation.turns().empty());
}

TEST_F(TurnTest, SendsNothingThatIsNotUtf8) {
  const auto unanswered = say("\xff");
  ASSERT_TRUE(unanswered.has_value());
  EXPECT_EQ(unanswered->text, "The question is not text in UTF-8. Nothing was sent.\n(chat_not_utf8)\n");
  EXPECT_EQ(inferences, 0);
}

TEST_F(TurnTest, KeepsNoAnswerOfAnUnverifiedWorker) {
  workers[0]->machine.policy.releases.clear();
  attest::Policy strict = policy();
  strict.releases.clear();
  mine = session(strict);
  const auto unanswered = say("hello");
  ASSERT_TRUE(unanswered.has_value());
  EXPECT_FALSE(unanswered->cancelled);
  EXPECT_THAT(unanswered->text, StartsWith("No confidential worker for test-model right now. Nothing was sent.\n"));
  EXPECT_EQ(inferences, 0);
  EXPECT_EQ(shown, "") << "nothing is called verified that was not";
}

TEST_F(TurnTest, KeepsNoAnswerThatWasCut) {
  inference = [this](net::Exchange& exchange, Bytes wire, int) -> net::Task<void> {
    Bytes answer = workers[0]->answer(wire, "text/event-stream", {event("half"), event("rest")});
    answer.resize(answer.size() - 10);
    co_await send(exchange, std::move(answer));
  };
  const auto unanswered = say("hello");
  ASSERT_TRUE(unanswered.has_value());
  EXPECT_THAT(unanswered->text, testing::EndsWith("(response_truncated)\n"));
  EXPECT_THAT(shown, testing::EndsWith("\nhalfrest\n")) << "its line is ended";
  EXPECT_TRUE(conversation.turns().empty());
}

TEST_F(TurnTest, KeepsNoAnswerWithAnEventThatIsTooLarge) {
  std::vector<std::string> pieces(kMaxSseEventBytes / 16'000 + 1, std::string(16'000, 'x'));
  pieces.front() = "data: " + pieces.front();
  stream(pieces);
  const auto unanswered = say("hello");
  ASSERT_TRUE(unanswered.has_value());
  EXPECT_EQ(unanswered->text, "The answer cannot be read.\n(sse_event_too_large)\n");
  EXPECT_TRUE(conversation.turns().empty());
}

TEST_F(TurnTest, KeepsNoAnswerWithoutEnd) {
  stream(std::vector<std::string>(kMaxHeldAnswerBytes / 16'000 + 1, ":" + std::string(15'997, ' ') + "\n\n"));
  const auto unanswered = say("hello");
  ASSERT_TRUE(unanswered.has_value());
  EXPECT_EQ(unanswered->text, "The answer cannot be read.\n(answer_too_large)\n");
  EXPECT_TRUE(conversation.turns().empty());
}

TEST_F(TurnTest, KeepsNoAnswerThatWasCancelledAndGoesOn) {
  inference = [this](net::Exchange& exchange, Bytes wire, int) -> net::Task<void> {
    const Bytes answer = workers[0]->answer(wire, "text/event-stream", {event("never"), event("whole")});
    co_await begin_answer(exchange);
    (void)co_await exchange.write_body(ByteView(answer).first(answer.size() - 10));
    gateway->cancel();
    co_await runtime.sleep(milliseconds(1));
  };
  const auto unanswered = say("hello");
  ASSERT_TRUE(unanswered.has_value());
  EXPECT_TRUE(unanswered->cancelled);
  EXPECT_THAT(unanswered->text, StartsWith("cancelled"));
  EXPECT_TRUE(conversation.turns().empty());
  gateway->renew();
  inference = nullptr;
  EXPECT_FALSE(say("again").has_value());
  EXPECT_EQ(conversation.turns().size(), 1U);
  EXPECT_THAT(worker().opened.back(), Not(HasSubstr("hello")));
}

TEST_F(TurnTest, SendsNothingWhenCancelledBeforeAnythingIsSent) {
  edit_evidence = [this](api::ChallengeAnswer&) { gateway->cancel(); };
  const auto unanswered = say("hello");
  ASSERT_TRUE(unanswered.has_value());
  EXPECT_TRUE(unanswered->cancelled);
  EXPECT_EQ(unanswered->text, "cancelled; nothing was sent\n");
  EXPECT_EQ(inferences, 0);
}

TEST_F(TurnTest, SaysThatAnAnswerWasCutByItsLimit) {
  stream({event("a"), "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}]}\n\n"});
  EXPECT_FALSE(say("hello").has_value());
  EXPECT_TRUE(was_cut);
  stream({event("a")});
  EXPECT_FALSE(say("hello").has_value());
  EXPECT_FALSE(was_cut);
}

TEST_F(TurnTest, IsCancelledWhenTheTerminalIsGone) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> full(std::fopen("/dev/full", "w"), std::fclose);
  ASSERT_NE(full, nullptr);
  terminal.out = full.get();
  const auto unanswered = say("hello");
  ASSERT_TRUE(unanswered.has_value());
  EXPECT_TRUE(unanswered->cancelled);
  EXPECT_EQ(inferences, 0) << "nobody would read it";
}

TEST_F(TurnTest, DimsTheVerdictWhereThereAreColours) {
  terminal.look.colour = true;
  terminal.told_simulated = true;
  EXPECT_FALSE(say("hello").has_value());
  EXPECT_THAT(shown, StartsWith("\x1b[2mverified: "));
  EXPECT_THAT(shown, testing::EndsWith("just now\x1b[0m\nParis.\n"));
}

TEST_F(TurnTest, ListsTheModelsThatAreOfferedOnce) {
  add(2);
  Outcome<std::vector<std::string>> models = std::unexpected(Failure{});
  run([](TurnTest& self, Outcome<std::vector<std::string>>& out) -> net::Task<void> {
    out = co_await offered_models(*self.mine, *self.gateway);
  }(*this, models));
  ASSERT_TRUE(models.has_value());
  EXPECT_THAT(*models, testing::ElementsAre("test-model"));
}

}  // namespace
}  // namespace aipg::client
