// SPDX-License-Identifier: Apache-2.0
#include "worker/stream_end.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aipg::worker {
namespace {

bool said(std::string_view path, const std::vector<std::string>& events) {
  StreamEnd end(path);
  for (const std::string& event : events) end.see(codec::json::parse(event).value().root());
  return end.said();
}

constexpr std::string_view kChat = "/v1/chat/completions";

TEST(StreamEnd, IsAReasonOfEveryChoiceThatBegan) {
  const std::string begun = R"({"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]})";
  const std::string other = R"({"choices":[{"index":1,"delta":{"content":"b"}}]})";
  const std::string stop = R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})";
  const std::string other_stop = R"({"choices":[{"index":1,"delta":{},"finish_reason":"length"}]})";
  const std::string usage = R"({"choices":[],"usage":{"prompt_tokens":1}})";
  EXPECT_FALSE(said(kChat, {}));
  EXPECT_FALSE(said(kChat, {usage})) << "nothing was said at all";
  EXPECT_FALSE(said(kChat, {begun}));
  EXPECT_TRUE(said(kChat, {begun, stop}));
  EXPECT_TRUE(said(kChat, {begun, stop, usage}));
  EXPECT_TRUE(said(kChat, {begun, stop, begun})) << "what follows a reason does not undo it";
  EXPECT_FALSE(said(kChat, {begun, other, stop}));
  EXPECT_TRUE(said(kChat, {begun, other, stop, other_stop}));
}

TEST(StreamEnd, TakesAChoiceWithoutAnIndexForTheFirst) {
  EXPECT_TRUE(said("/v1/completions", {R"({"choices":[{"text":"a"}]})", R"({"choices":[{"finish_reason":"stop"}]})"}));
}

TEST(StreamEnd, RemembersOfAnEnginesChoicesNoMoreThanThereMayBe) {
  EXPECT_FALSE(
      said(kChat, {R"({"choices":[{"index":99999}]})", R"({"choices":[{"index":0,"finish_reason":"stop"}]})"}));
  EXPECT_TRUE(
      said(kChat, {R"({"choices":[{"index":99999}]})", R"({"choices":[{"index":88888,"finish_reason":"x"}]})"}));
}

TEST(StreamEnd, OfOtherApisIsTheirLastEvent) {
  EXPECT_FALSE(said("/v1/messages", {R"({"type":"message_start"})", R"({"type":"message_delta"})"}));
  EXPECT_TRUE(said("/v1/messages", {R"({"type":"message_start"})", R"({"type":"message_stop"})"}));
  EXPECT_TRUE(said("/v1/messages", {R"({"type":"error","error":{}})"}));
  EXPECT_FALSE(said("/v1/responses", {R"({"type":"response.created"})"}));
  for (const char* last : {"response.completed", "response.incomplete", "response.failed"}) {
    EXPECT_TRUE(said("/v1/responses", {std::string(R"({"type":")") + last + "\"}"}));
  }
}

TEST(StreamEnd, OfOneApiIsNoneOfAnother) {
  EXPECT_FALSE(said(kChat, {R"({"type":"message_stop"})"}));
  EXPECT_FALSE(said("/v1/messages", {R"({"choices":[{"index":0,"finish_reason":"stop"}]})"}));
}

}  // namespace
}  // namespace aipg::worker
