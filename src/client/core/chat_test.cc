// SPDX-License-Identifier: Apache-2.0
#include "client/core/chat.h"

#include <gtest/gtest.h>

#include "client/core/request_plan.h"

namespace aipg::client {
namespace {

std::string body(const ChatQuestion& question) {
  const auto out = chat_body(question);
  return out ? std::string(out->reveal_text()) : std::string(out.error().code.view());
}

std::string safe(std::string_view text) {
  SecretBytes out;
  append_for_terminal(out, text);
  return std::string(out.reveal_text());
}

TEST(ChatBody, IsWhatTheApiTakes) {
  EXPECT_EQ(body({.model = "m", .system = {}, .prompt = "say \"hi\"\n", .temperature = {}}),
            R"({"model":"m","messages":[{"role":"user","content":"say \"hi\"\n"}],"stream":true})");
  const std::string whole =
      body({.model = "m", .system = "short", .prompt = "é", .stream = false, .max_tokens = 20, .temperature = 0.5});
  EXPECT_EQ(whole, R"({"model":"m","messages":[{"role":"system","content":"short"},{"role":"user","content":"é"}],)"
                   R"("max_tokens":20,"temperature":0.5,"stream":false})");
  EXPECT_TRUE(plan_request("/v1/chat/completions", whole, seal::Padding::p1).has_value());
}

TEST(ChatBody, RefusesWhatIsNotUtf8) {
  EXPECT_EQ(body({.model = "m", .system = {}, .prompt = "\xff", .temperature = {}}), "chat_not_utf8");
}

TEST(ChatPiece, HasTheTextOfAStreamsEventAndOfAWholeAnswer) {
  EXPECT_EQ(read_chat(R"({"choices":[{"delta":{"content":"Pa\n"}}]})").text.reveal_text(), "Pa\n");
  EXPECT_EQ(read_chat(R"({"choices":[{"message":{"content":"Paris"}}]})").text.reveal_text(), "Paris");
}

TEST(ChatPiece, IsEmptyForWhatHasNoText) {
  for (std::string_view json : {"", "[DONE]", "[]", "{}", R"({"choices":[]})", R"({"choices":[{"delta":{}}]})",
                                R"({"choices":[{"delta":{"content":null}}]})", R"({"choices":[1]})"}) {
    const ChatPiece piece = read_chat(json);
    EXPECT_TRUE(piece.text.empty()) << json;
    EXPECT_FALSE(piece.error.has_value()) << json;
  }
}

TEST(ChatPiece, SaysWhyAnAnswerEnded) {
  EXPECT_TRUE(read_chat(R"({"choices":[{"delta":{},"finish_reason":"length"}]})").length);
  EXPECT_FALSE(read_chat(R"({"choices":[{"delta":{},"finish_reason":"stop"}]})").length);
  EXPECT_EQ(read_chat(R"({"error":{"message":"out of memory"}})").error, "out of memory");
}

TEST(TerminalText, LosesWhatSteersATerminal) {
  EXPECT_EQ(safe("a\x1b[31mb\r\x07\x7f\tc\n"), "a[31mb\tc\n");
  EXPECT_EQ(safe("\xc2\x9b"
                 "31m\xc2\xa0 é"),
            "31m\xc2\xa0 é");
}

TEST(TerminalText, LosesWhatIsNoUtf8SoThatNothingDroppedJoinsTwoHalves) {
  EXPECT_EQ(safe("\xc2\x01\x9b"
                 "31m"),
            "31m");
  EXPECT_EQ(safe("\xc2\x7f\x9b"
                 "31m"),
            "31m");
  EXPECT_EQ(safe("\x9b"
                 "31m a\xc2"),
            "31m a");
}

}  // namespace
}  // namespace aipg::client
