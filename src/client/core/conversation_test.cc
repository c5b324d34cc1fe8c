// SPDX-License-Identifier: Apache-2.0
#include "client/core/conversation.h"

#include <gtest/gtest.h>

namespace aipg::client {
namespace {

constexpr Hash256 kSalt{1}, kOtherSalt{2};

Turn turn(std::string_view question, std::string_view answer) {
  Turn out;
  out.model = "m";
  out.question = SecretBytes(as_bytes(question));
  out.answer = SecretBytes(as_bytes(answer));
  return out;
}

std::string body(const Conversation& conversation, std::string_view question) {
  const auto out = conversation.body(question);
  return out ? std::string(out->reveal_text()) : std::string(out.error().code.view());
}

TEST(Conversation, AsksWithEverythingBefore) {
  Conversation conversation({.model = "m", .stream = true, .max_tokens = 7, .temperature = 0.5}, kSalt);
  conversation.set_system("be brief");
  conversation.keep(turn("one?", "1"));
  conversation.keep(turn("two?", "2"));
  EXPECT_EQ(body(conversation, "three?"),
            R"({"model":"m","messages":[{"role":"system","content":"be brief"},)"
            R"({"role":"user","content":"one?"},{"role":"assistant","content":"1"},)"
            R"({"role":"user","content":"two?"},{"role":"assistant","content":"2"},)"
            R"({"role":"user","content":"three?"}],"max_tokens":7,"temperature":0.5,"stream":true})");
}

TEST(Conversation, RefusesAQuestionThatIsNotUtf8) {
  const Conversation conversation({.model = "m"}, kSalt);
  EXPECT_EQ(body(conversation, "\xff"), "chat_not_utf8");
}

TEST(Conversation, RefusesAnEarlierAnswerThatIsNotUtf8) {
  Conversation conversation({.model = "m"}, kSalt);
  conversation.keep(turn("one?", "\xc3"));
  EXPECT_EQ(body(conversation, "two?"), "chat_not_utf8");
}

TEST(Conversation, TakesItsLastTurnBack) {
  Conversation conversation({.model = "m"}, kSalt);
  EXPECT_FALSE(conversation.take_back().has_value());
  conversation.keep(turn("one?", "1"));
  conversation.keep(turn("two?", "2"));
  const auto last = conversation.take_back();
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->question.reveal_text(), "two?");
  EXPECT_EQ(conversation.turns().size(), 1U);
}

TEST(Conversation, KeepsItsSaltUntilItBeginsAnew) {
  Conversation conversation({.model = "m"}, kSalt);
  conversation.set_system("be brief");
  conversation.keep(turn("one?", "1"));
  EXPECT_EQ(conversation.salt(), kSalt);
  conversation.clear(kOtherSalt);
  EXPECT_EQ(conversation.salt(), kOtherSalt);
  EXPECT_TRUE(conversation.turns().empty());
  EXPECT_EQ(conversation.model(), "m");
  EXPECT_EQ(conversation.system(), "be brief");
}

}  // namespace
}  // namespace aipg::client
