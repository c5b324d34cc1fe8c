// SPDX-License-Identifier: Apache-2.0
#include "worker/assembler.h"

#include <gtest/gtest.h>

#include "worker/engine_event.h"

namespace aipg::worker {
namespace {

class AssemblerTest : public ::testing::Test {
 protected:
  // The first error, or success.
  static Result<void> add(Assembler& assembler, std::initializer_list<std::string_view> events) {
    for (const std::string_view event : events) {
      AIPG_TRY(const auto document, parse_engine_object(event));
      AIPG_CHECK(assembler.add(document.root()));
    }
    return {};
  }
  static std::string chat(std::initializer_list<std::string_view> events) {
    Assembler assembler(Assembler::Kind::chat, "m");
    EXPECT_TRUE(add(assembler, events));
    const SecretBytes whole = assembler.finish();
    EXPECT_TRUE(parse_engine_object(whole.reveal_text())) << whole.reveal_text();
    return std::string(whole.reveal_text());
  }
  static std::string completion(std::initializer_list<std::string_view> events) {
    Assembler assembler(Assembler::Kind::completion, "m");
    EXPECT_TRUE(add(assembler, events));
    return std::string(assembler.finish().reveal_text());
  }
  static Literal place_of_error(std::string_view event, Assembler::Kind kind = Assembler::Kind::chat) {
    Assembler assembler(kind, "m");
    const auto added = add(assembler, {event});
    EXPECT_FALSE(added);
    EXPECT_EQ(added.error().code.view(), "engine_event");
    return added.error().where;
  }
};

TEST_F(AssemblerTest, JoinsContentRoleFinishAndUsage) {
  EXPECT_EQ(
      chat(
          {R"({"id":"c1","created":5,"model":"/x.gguf","system_fingerprint":"b1","choices":[{"index":0,"delta":{"role":"assistant","content":null},"finish_reason":null}]})",
           R"({"id":"c1","choices":[{"index":0,"delta":{"content":"Par"},"finish_reason":null}]})",
           R"({"id":"c1","choices":[{"index":0,"delta":{"content":"is \"\u00e9\""},"finish_reason":null}]})",
           R"({"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})",
           R"({"id":"c1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}})"}),
      R"({"id":"c1","object":"chat.completion","created":5,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Paris \"\u00e9\""},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2},"system_fingerprint":"b1"})");
}

TEST_F(AssemblerTest, KeepsChoicesApart) {
  EXPECT_EQ(
      chat(
          {R"({"choices":[{"index":1,"delta":{"content":"b"}}]})",
           R"({"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"B"},"finish_reason":"length"}]})"}),
      R"({"object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"a"},"logprobs":null,"finish_reason":null},{"index":1,"message":{"role":"assistant","content":"bB"},"logprobs":null,"finish_reason":"length"}]})");
}

TEST_F(AssemblerTest, JoinsToolCallsByIndex) {
  EXPECT_EQ(
      chat(
          {R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t0","type":"function","function":{"name":"f","arguments":""}}]}}]})",
           R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"t1","type":"function","function":{"name":"g","arguments":"{}"}}]}}]})",
           R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}}]}}]})",
           R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]},"finish_reason":"tool_calls"}]})"}),
      R"({"object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"t0","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"t1","type":"function","function":{"name":"g","arguments":"{}"}}]},"logprobs":null,"finish_reason":"tool_calls"}]})");
}

TEST_F(AssemblerTest, JoinsReasoningAndRefusal) {
  EXPECT_EQ(
      chat({R"({"choices":[{"index":0,"delta":{"reasoning_content":"h"}}]})",
            R"({"choices":[{"index":0,"delta":{"reasoning_content":"m","refusal":"no"}}]})"}),
      R"({"object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":"no","reasoning_content":"hm"},"logprobs":null,"finish_reason":null}]})");
}

TEST_F(AssemblerTest, JoinsLogprobsOfChat) {
  EXPECT_EQ(
      chat(
          {R"({"choices":[{"index":0,"delta":{"content":"a"},"logprobs":{"content":[{"token":"a"}],"refusal":null}}]})",
           R"({"choices":[{"index":0,"delta":{"content":"b"},"logprobs":{"content":[{"token":"b"},{"token":"c"}],"refusal":null}}]})"}),
      R"({"object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"ab"},"logprobs":{"content":[{"token":"a"},{"token":"b"},{"token":"c"}],"refusal":null},"finish_reason":null}]})");
}

TEST_F(AssemblerTest, JoinsTextOfCompletions) {
  EXPECT_EQ(
      completion(
          {R"({"id":"x","choices":[{"index":0,"text":"one ","logprobs":{"tokens":["one "],"text_offset":[0]}}]})",
           R"({"choices":[{"index":0,"text":"two","logprobs":{"tokens":["two"],"text_offset":[4]},"finish_reason":"stop"}]})"}),
      R"({"id":"x","object":"text_completion","model":"m","choices":[{"index":0,"text":"one two","logprobs":{"text_offset":[0,4],"tokens":["one ","two"]},"finish_reason":"stop"}]})");
}

TEST_F(AssemblerTest, IsCompleteWhenEveryChoiceHasFinished) {
  Assembler assembler(Assembler::Kind::chat, "m");
  EXPECT_FALSE(assembler.complete());
  ASSERT_TRUE(
      add(assembler, {R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"},{"index":1,"delta":{}}]})"}));
  EXPECT_FALSE(assembler.complete());
  ASSERT_TRUE(add(assembler, {R"({"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]})"}));
  EXPECT_TRUE(assembler.complete());
}

TEST_F(AssemblerTest, RefusesEventsOfAnotherShape) {
  EXPECT_EQ(place_of_error(R"({"choices":{}})").view(), "choices");
  EXPECT_EQ(place_of_error(R"({"choices":[{"delta":{}}]})").view(), "index");
  EXPECT_EQ(place_of_error(R"({"choices":[{"index":99999,"delta":{}}]})").view(), "index");
  EXPECT_EQ(place_of_error(R"({"choices":[{"index":0,"delta":[]}]})").view(), "delta");
  EXPECT_EQ(place_of_error(R"({"choices":[{"index":0,"delta":{"content":7}}]})").view(), "text");
  EXPECT_EQ(place_of_error(R"({"choices":[{"index":0,"delta":{"tool_calls":{}}}]})").view(), "tool_calls");
  EXPECT_EQ(place_of_error(R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":1}]}}]})").view(),
            "function");
  EXPECT_EQ(place_of_error(R"({"choices":[{"index":0,"delta":{},"logprobs":1}]})").view(), "logprobs");
  EXPECT_EQ(place_of_error(R"({"choices":[{"index":0,"delta":{},"finish_reason":1}]})").view(), "finish_reason");
}

TEST_F(AssemblerTest, RefusesAnAnswerOverItsLimit) {
  Assembler assembler(Assembler::Kind::completion, "m");
  const std::string event = R"({"choices":[{"index":0,"text":")" + std::string(1U << 20, 'x') + R"("}]})";
  Result<void> added;
  for (std::size_t i = 0; added && i <= kMaxAnswerBytes >> 20; ++i) added = add(assembler, {event});
  EXPECT_EQ(added.error().code.view(), "engine_answer_too_large");
}

TEST_F(AssemblerTest, CountsWhatKeepingAPieceCosts) {
  std::string calls;
  for (int i = 0; i < 1'024; ++i) calls += (i == 0 ? R"({"index":)" : R"(,{"index":)") + std::to_string(i) + "}";
  Assembler assembler(Assembler::Kind::chat, "m");
  Result<void> added;
  std::size_t bytes = 0;
  for (int i = 0; added && i < 1'024; ++i) {
    const std::string event =
        R"({"choices":[{"index":)" + std::to_string(i) + R"(,"delta":{"tool_calls":[)" + calls + "]}}]}";
    bytes += event.size();
    added = add(assembler, {event});
  }
  ASSERT_FALSE(added) << "a million objects from " << bytes << " bytes";
  EXPECT_EQ(added.error().code.view(), "engine_answer_too_large");
}

}  // namespace
}  // namespace aipg::worker
