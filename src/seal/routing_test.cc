// SPDX-License-Identifier: Apache-2.0
#include "seal/routing.h"

#include <gtest/gtest.h>

namespace aipg::seal {
namespace {

Routing valid() {
  Routing routing;
  routing.path = "/v1/chat/completions";
  routing.model = "smollm2";
  return routing;
}

constexpr std::string_view kWritten =
    R"({"max_output_tokens":256,"method":"POST","model":"smollm2","padding":"p1","path":"/v1/chat/completions","stream":false})";

std::string replaced(std::string_view from, std::string_view to) {
  std::string text(kWritten);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Routing, IsWrittenCanonically) { EXPECT_EQ(write_routing(valid()), kWritten); }

TEST(Routing, SurvivesWritingWithEveryField) {
  Routing routing = valid();
  routing.stream = true;
  routing.max_output_tokens = 1U << 31;
  routing.padding = Padding::p0;
  routing.max_price = 9'900'000'000'000'000'000U;
  routing.affinity = ByteArray<16>{1, 2, 3};
  const auto read = parse_routing(as_bytes(write_routing(routing)));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, routing);
}

TEST(Routing, AcceptsEveryModelCharacter) {
  Routing routing = valid();
  routing.model = R"(!"\~)";
  EXPECT_EQ(parse_routing(as_bytes(write_routing(routing))), routing);
}

struct Broken {
  const char* why;
  std::string text;
  std::string_view where;
};

TEST(Routing, RefusesEachBrokenRule) {
  const Broken cases[] = {
      {"empty", "", "routing"},
      {"not canonical: space", replaced(":256", ": 256"), "routing"},
      {"not canonical: order", R"({"method":"POST","max_output_tokens":256})", "routing"},
      {"not an object", "[]", "routing"},
      {"unknown member", replaced(R"("stream":false)", R"("stream":false,"tier":1)"), "routing"},
      {"missing member", replaced(R"(,"stream":false)", ""), "routing"},
      {"mistyped member", replaced("false", "\"no\""), "routing"},
      {"another method", replaced("POST", "GET"), "method"},
      {"another path", replaced("/v1/chat/completions", "/v1/files"), "path"},
      {"a query", replaced("completions\"", "completions?a=b\""), "path"},
      {"no model", replaced("smollm2", ""), "model"},
      {"a space in the model", replaced("smollm2", "smol lm"), "model"},
      {"a long model", replaced("smollm2", std::string(129, 'm')), "model"},
      {"few tokens", replaced("256", "128"), "max_output_tokens"},
      {"no power of two", replaced("256", "300"), "max_output_tokens"},
      {"too many tokens", replaced("256", "4294967296"), "routing"},
      {"another padding", replaced("p1", "p2:2"), "padding"},
      {"price as a number", replaced(R"("method")", R"("max_price":5,"method")"), "routing"},
      {"price of three digits", replaced(R"("method")", R"("max_price":"123","method")"), "max_price"},
      {"price with a leading zero", replaced(R"("method")", R"("max_price":"012","method")"), "max_price"},
      {"price over 64 bits", replaced(R"("method")", R"("max_price":"99000000000000000000","method")"), "max_price"},
      {"empty price", replaced(R"("method")", R"("max_price":"","method")"), "max_price"},
      {"short affinity", "{\"affinity\":\"AAAA\"," + std::string(kWritten.substr(1)), "affinity"},
  };
  for (const Broken& each : cases) {
    const auto read = parse_routing(as_bytes(each.text));
    ASSERT_FALSE(read) << each.why;
    EXPECT_EQ(read.error().code.view(), "malformed_seal") << each.why;
    EXPECT_EQ(read.error().where.view(), each.where) << each.why;
  }
}

TEST(Routing, RefusesMoreThanAKibibyte) {
  const std::string text = "{\"affinity\":\"" + std::string(1024, 'A') + "\"}";
  EXPECT_EQ(parse_routing(as_bytes(text)).error().code.view(), "malformed_seal");
}

TEST(Routing, RoundsOutputTokensUpToAPowerOfTwo) {
  EXPECT_EQ(round_output_tokens(0), 256U);
  EXPECT_EQ(round_output_tokens(256), 256U);
  EXPECT_EQ(round_output_tokens(257), 512U);
  EXPECT_EQ(round_output_tokens(0xFFFFFFFF), 1U << 31);
}

}  // namespace
}  // namespace aipg::seal
