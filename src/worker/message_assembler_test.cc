// SPDX-License-Identifier: Apache-2.0
#include "worker/message_assembler.h"

#include <gtest/gtest.h>

#include "worker/engine_event.h"

namespace aipg::worker {
namespace {

using Events = std::vector<std::string_view>;

constexpr std::string_view kStart =
    R"({"type":"message_start","message":{"id":"m1","role":"assistant","content":[],"model":"/x.gguf","stop_reason":null,"usage":{"input_tokens":5,"output_tokens":1}}})";
constexpr std::string_view kText =
    R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})";
constexpr std::string_view kStopBlock = R"({"type":"content_block_stop","index":0})";
constexpr std::string_view kEnd =
    R"({"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":9}})";
constexpr std::string_view kStop = R"({"type":"message_stop"})";

Result<void> add(Assembly& assembly, const Events& events) {
  for (const std::string_view event : events) {
    AIPG_TRY(const auto document, parse_engine_object(event));
    AIPG_CHECK(assembly.add(document.root()));
  }
  return {};
}

std::string message(const Events& events) {
  MessageAssembler assembler("m");
  const auto added = add(assembler, events);
  EXPECT_TRUE(added) << added.error().where.view();
  EXPECT_TRUE(assembler.complete());
  return assembler.complete() ? std::string(assembler.finish().reveal_text()) : "";
}

Error error_of(const Events& events) {
  MessageAssembler assembler("m");
  const auto added = add(assembler, events);
  EXPECT_FALSE(added);
  return added ? Error{} : added.error();
}
Literal place_of_error(const Events& events) {
  const Error error = error_of(events);
  EXPECT_EQ(error.code, Literal("engine_event"));
  return error.where;
}

TEST(MessageAssembler, JoinsTextAndEndUnderOurName) {
  EXPECT_EQ(
      message({kStart, R"({"type":"ping"})", kText,
               R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Par"}})",
               R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"is \"\u00e9\""}})",
               kStopBlock, kEnd, kStop}),
      R"({"id":"m1","role":"assistant","content":[{"type":"text","text":"Paris \"\u00e9\""}],"model":"m","stop_reason":"end_turn","usage":{"input_tokens":5,"output_tokens":9},"stop_sequence":null})");
}

TEST(MessageAssembler, DecodesAToolsInput) {
  const std::string whole = message(
      {kStart, kText, kStopBlock,
       R"({"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}})",
       R"({"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":""}})",
       R"({"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\\n\":"}})",
       R"({"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":" [1]}"}})",
       R"({"type":"content_block_stop","index":1})", kEnd, kStop});
  EXPECT_NE(whole.find(R"({"type":"tool_use","id":"t","name":"f","input":{"a\n": [1]}}])"), std::string::npos) << whole;
}

TEST(MessageAssembler, AToolWithoutInputKeepsTheEmptyOne) {
  const std::string whole = message(
      {kStart,
       R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}})",
       kStopBlock, kEnd, kStop});
  EXPECT_NE(whole.find(R"("input":{}}])"), std::string::npos) << whole;
}

TEST(MessageAssembler, JoinsThinkingSignatureAndCitations) {
  const std::string whole =
      message({kStart, R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"h"}})",
               R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"m"}})",
               R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s="}})",
               R"({"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{"c":1}}})",
               R"({"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{"c":2}}})",
               kStopBlock, kEnd, kStop});
  EXPECT_NE(whole.find(R"([{"type":"thinking","thinking":"hm","signature":"s=","citations":[{"c":1},{"c":2}]}])"),
            std::string::npos)
      << whole;
}

TEST(MessageAssembler, SaysThatTheEngineFailed) {
  EXPECT_EQ(error_of({kStart, R"({"type":"error"})"}).code, Literal("engine_failed"));
}

TEST(MessageAssembler, RefusesWhatIsOutOfOrder) {
  EXPECT_EQ(place_of_error({kText}), Literal("before the message"));
  EXPECT_EQ(place_of_error({kStart, kStart}), Literal("second message"));
  EXPECT_EQ(place_of_error({kStart, kText, kText}), Literal("second block"));
  EXPECT_EQ(place_of_error({kStart, kStopBlock}), Literal("block"));
  EXPECT_EQ(place_of_error({kStart, kText, kStopBlock, kStopBlock}), Literal("block"));
  EXPECT_EQ(place_of_error({kStart, kText, kEnd, kStop}), Literal("early end"));
  EXPECT_EQ(place_of_error({kStart, kStop}), Literal("early end"));
  EXPECT_EQ(place_of_error({kStart, kEnd, kStop, kEnd}), Literal("after the end"));
}

TEST(MessageAssembler, RefusesEventsOfAnotherShape) {
  EXPECT_EQ(place_of_error({kStart, R"({"type":"no_such"})"}), Literal("type"));
  EXPECT_EQ(place_of_error({R"({"type":"message_start","message":1})"}), Literal("message"));
  EXPECT_EQ(place_of_error({kStart, R"({"type":"content_block_start","index":1024,"content_block":{}})"}),
            Literal("index"));
  EXPECT_EQ(place_of_error({kStart, R"({"type":"content_block_start","index":0})"}), Literal("content_block"));
  for (const std::string_view delta :
       {R"({"type":"content_block_delta","index":0})",
        R"({"type":"content_block_delta","index":0,"delta":{"type":"no_such"}})",
        R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":1}})"}) {
    EXPECT_EQ(place_of_error({kStart, kText, delta}), Literal("delta")) << delta;
  }
}

TEST(MessageAssembler, RefusesAToolInputThatIsNoObject) {
  for (const std::string_view input : {R"({"type":"input_json_delta","partial_json":"[1]"})",
                                       R"({"type":"input_json_delta","partial_json":"{\"a\":"})"}) {
    const std::string delta = R"({"type":"content_block_delta","index":0,"delta":)" + std::string(input) + "}";
    EXPECT_EQ(place_of_error({kStart, kText, delta, kStopBlock}), Literal("input")) << input;
  }
}

TEST(MessageAssembler, NamesOfTheEnginesDoNotBecomeSyntax) {
  const std::string whole =
      message({kStart, R"({"type":"message_delta","delta":{"stop\n\",\"attestation\":\"x":1}})", kStop});
  EXPECT_EQ(whole.find('\n'), std::string::npos);
  const auto document = parse_engine_object(whole);
  ASSERT_TRUE(document) << whole;
  EXPECT_TRUE(document->root().find("stop\n\",\"attestation\":\"x"));
}

TEST(MessageAssembler, RefusesAnAttestationOfTheEngines) {
  EXPECT_EQ(place_of_error({R"({"type":"message_start","message":{"attestation":"x"}})"}), Literal("attestation"));
  EXPECT_EQ(place_of_error({kStart, R"({"type":"message_delta","delta":{"attestation":"x"}})"}),
            Literal("attestation"));
  const std::string whole =
      message({kStart, R"({"type":"content_block_start","index":0,"content_block":{"type":"text","attestation":"x"}})",
               kStopBlock, kEnd, kStop});
  EXPECT_NE(whole.find(R"("attestation":"x"}])"), std::string::npos) << "deeper it is text like any other";
}

TEST(MessageAssembler, WritesEachMemberOnce) {
  const std::string whole =
      message({R"({"type":"message_start","message":{"id":"m"}})",
               R"({"type":"message_delta","delta":{"content":1,"model":2,"usage":3,"id":"n"}})", kStop});
  EXPECT_EQ(whole, R"({"id":"n","model":"m","content":[],"usage":3})");
}

}  // namespace
}  // namespace aipg::worker
