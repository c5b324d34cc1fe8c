// SPDX-License-Identifier: Apache-2.0
#include "worker/response_assembler.h"

#include <gtest/gtest.h>

#include "worker/engine_event.h"

namespace aipg::worker {
namespace {

// Of the last event.
Result<void> add(Assembly& assembly, std::initializer_list<std::string_view> events) {
  for (const std::string_view event : events) {
    AIPG_TRY(const auto document, parse_engine_object(event));
    AIPG_CHECK(assembly.add(document.root()));
  }
  return {};
}

Error error_of(std::initializer_list<std::string_view> events) {
  ResponseAssembler assembler("m");
  const auto added = add(assembler, events);
  EXPECT_FALSE(added);
  return added ? Error{} : added.error();
}

TEST(ResponseAssembler, TakesTheResponseOfItsLastEventUnderOurName) {
  ResponseAssembler assembler("m");
  ASSERT_TRUE(add(assembler, {R"({"type":"response.created","response":{"id":"r","status":"in_progress"}})",
                              R"({"type":"response.output_text.delta","delta":"Par"})"}));
  EXPECT_FALSE(assembler.complete());
  ASSERT_TRUE(add(assembler, {R"({"type":"response.completed",
    "response":{"id":"r","model":"/x.gguf","status":"completed","output":[{"text":"Par\u00e9"}]}})"}));
  EXPECT_TRUE(assembler.complete());
  EXPECT_EQ(assembler.finish().reveal_text(),
            R"({"id":"r","model":"m","status":"completed","output":[{"text":"Par\u00e9"}]})");
}

TEST(ResponseAssembler, AnAnswerThatReachedItsBoundIsAnAnswer) {
  ResponseAssembler assembler("m");
  ASSERT_TRUE(add(assembler, {R"({"type":"response.incomplete","response":{"status":"incomplete"}})"}));
  EXPECT_EQ(assembler.finish().reveal_text(), R"({"status":"incomplete","model":"m"})");
}

TEST(ResponseAssembler, SaysThatTheEngineFailed) {
  EXPECT_EQ(error_of({R"({"type":"response.failed","response":{}})"}).code, Literal("engine_failed"));
  EXPECT_EQ(error_of({R"({"type":"error","message":"at /x.cc"})"}).code, Literal("engine_failed"));
}

TEST(ResponseAssembler, RefusesEventsOfAnotherShape) {
  EXPECT_EQ(error_of({R"({"response":{}})"}).where, Literal("type"));
  EXPECT_EQ(error_of({R"({"type":"response.completed","response":[]})"}).where, Literal("response"));
  EXPECT_EQ(error_of({R"({"type":"response.completed","response":{"attestation":"x"}})"}).where,
            Literal("attestation"));
  EXPECT_EQ(error_of({R"({"type":"response.completed","response":{}})", R"({"type":"ping"})"}).where,
            Literal("after the end"));
}

}  // namespace
}  // namespace aipg::worker
