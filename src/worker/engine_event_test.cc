// SPDX-License-Identifier: Apache-2.0
#include "worker/engine_event.h"

#include <gtest/gtest.h>

namespace aipg::worker {
namespace {

std::string chunk_of(std::string_view text, Usage usage = Usage::keep) {
  const auto document = parse_engine_object(text);
  SecretBytes out;
  append_chunk(out, document.value().root(), "public-name", usage);
  return std::string(out.reveal_text());
}

Error error_of(std::string_view text) { return parse_engine_object(text).error(); }

std::optional<std::pair<std::uint64_t, std::uint64_t>> usage_of(std::string_view text) {
  const auto document = parse_engine_object(text);
  const auto tokens = find_usage(document.value().root());
  if (!tokens) return std::nullopt;
  return std::pair(tokens->in, tokens->out);
}

TEST(EngineEvent, RefusesWhatIsNoObject) {
  EXPECT_EQ(error_of("[]"), (Error{"engine_event", "object", 0}));
  EXPECT_EQ(error_of("{"), (Error{"engine_event", "json", 0}));
}

TEST(EngineEvent, RefusesAnAttestationOfTheEnginesOwn) {
  EXPECT_EQ(error_of(R"({"attestation":""})"), (Error{"engine_event", "attestation", 0}));
  EXPECT_EQ(error_of(R"({"\u0061ttestation":null})"), (Error{"engine_event", "attestation", 0}));
}

TEST(EngineEvent, StripsMembersThatOpenAiDoesNotHave) {
  EXPECT_EQ(chunk_of(R"({"id":"x","timings":{"predicted_ms":1},"choices":[],"__verbose":{},"usage":null})"),
            R"({"id":"x","choices":[],"usage":null})");
}

TEST(EngineEvent, SaysOurNameOfTheModel) {
  EXPECT_EQ(chunk_of(R"({"model":"/srv/model.gguf"})"), R"({"model":"public-name"})");
}

TEST(EngineEvent, DropsUsageThatNobodyAskedFor) {
  EXPECT_EQ(chunk_of(R"({"usage":{"prompt_tokens":1},"id":"x"})", Usage::drop), R"({"id":"x"})");
}

TEST(EngineEvent, IsOneLine) { EXPECT_EQ(chunk_of("{\"choices\":[\r\n 1,\n2]}"), R"({"choices":[   1, 2]})"); }

TEST(EngineEvent, FindsUsageOfEveryApi) {
  EXPECT_EQ(usage_of(R"({"usage":{"prompt_tokens":3,"completion_tokens":5}})"), std::pair(3UL, 5UL));
  EXPECT_EQ(usage_of(R"({"response":{"usage":{"input_tokens":3,"output_tokens":5}}})"), std::pair(3UL, 5UL));
  EXPECT_EQ(usage_of(R"({"message":{"usage":{"input_tokens":3}}})"), std::pair(3UL, 0UL));
  EXPECT_EQ(usage_of(R"({"usage":null})"), std::nullopt);
  EXPECT_EQ(usage_of(R"({"usage":{"prompt_tokens":-1}})"), std::pair(0UL, 0UL));
}

TEST(EngineEvent, KnowsTheEventThatOnlyReportsUsage) {
  const auto only = [](std::string_view text) { return is_usage_only(parse_engine_object(text).value().root()); };
  EXPECT_TRUE(only(R"({"choices":[],"usage":{}})"));
  EXPECT_FALSE(only(R"({"choices":[{}],"usage":{}})"));
  EXPECT_FALSE(only(R"({"choices":[],"usage":null})"));
  EXPECT_FALSE(only(R"({"error":{},"usage":{}})"));
}

TEST(EngineEvent, MergesUsageOfTwoEvents) {
  Tokens tokens;
  merge(tokens, Tokens{.in = 9, .out = 1});
  merge(tokens, std::nullopt);
  merge(tokens, Tokens{.in = 0, .out = 7});
  EXPECT_EQ(tokens.in, 9U);
  EXPECT_EQ(tokens.out, 7U);
}

}  // namespace
}  // namespace aipg::worker
