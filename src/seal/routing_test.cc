// SPDX-License-Identifier: Apache-2.0
#include "seal/routing.h"

#include <gtest/gtest.h>

#include "codec/bhttp.h"
#include "seal/receipt.h"

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

std::string letters(std::size_t count, std::string_view end = {}) {
  std::string out;
  out.append(count, 'm').append(end);
  return out;
}

// `model` as JSON has it.
std::string with_model_at_p2_1(const std::string& model) {
  std::string text = replaced("p1", "p2:1");
  return text.replace(text.find("smollm2"), 7, model);
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

TEST(Routing, HasOneSpellingForEachRate) {
  for (const unsigned kib : {1U, 2U, 4U, 8U, 16U, 32U, 64U}) {
    const auto read = parse_routing(as_bytes(replaced("p1", "p2:" + std::to_string(kib))));
    ASSERT_TRUE(read) << kib;
    EXPECT_EQ(read->padding, Padding::p2(kib));
    EXPECT_EQ(parse_routing(as_bytes(write_routing(*read))), *read);
  }
}

TEST(Routing, TakesLongModelsAtARateThatHasRoomForTheirReceipt) {
  EXPECT_TRUE(parse_routing(as_bytes(with_model_at_p2_1(letters(64)))));
  EXPECT_TRUE(parse_routing(as_bytes(with_model_at_p2_1(letters(62, R"(\")")))));
  Routing routing = valid();
  routing.model = std::string(128, '"');
  routing.padding = Padding::p2(2);
  EXPECT_EQ(parse_routing(as_bytes(write_routing(routing))), routing);
}

TEST(Routing, LeavesRoomInAChunkForAnyReceipt) {
  constexpr std::uint64_t kLargest = 9'007'199'254'740'991;  // of canonical JSON
  const auto key = crypto::Ed25519PrivateKey::from_seed(Secret32(ByteArray<32>{5}));
  Receipt receipt;
  receipt.model = std::string(64, 'm');
  receipt.response_chunks = kLargest;
  receipt.tokens_in = receipt.tokens_out = kLargest / 32 * 32;
  receipt.duration_ms = kLargest / 100 * 100;
  receipt.issued = Instant{static_cast<std::int64_t>(kLargest)};
  for (const char* model : {"", R"("\\")"}) {
    receipt.model.replace(0, std::string_view(model).size() * 2, model);  // as long as before in JSON
    const Bytes end = codec::bhttp::write_response_end({{"aipg-receipt", sign_receipt(receipt, key)}});
    EXPECT_LE(end.size(), most_response_content(Padding::p2(1)));
  }
  receipt.model = std::string(128, '"');
  const Bytes end = codec::bhttp::write_response_end({{"aipg-receipt", sign_receipt(receipt, key)}});
  EXPECT_LE(end.size(), most_response_content(Padding::p2(2)));
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
      {"another padding", replaced("p1", "p3"), "padding"},
      {"a capital", replaced("p1", "P2:2"), "padding"},
      {"a rate without its number", replaced("p1", "p2"), "padding"},
      {"a rate that is no power of two", replaced("p1", "p2:3"), "padding"},
      {"a rate over 64 KiB", replaced("p1", "p2:128"), "padding"},
      {"a rate with a leading zero", replaced("p1", "p2:02"), "padding"},
      {"p2:1 with a long model", with_model_at_p2_1(letters(65)), "padding"},
      {"p2:1 with a model that is long in JSON", with_model_at_p2_1(letters(62, R"(\\\\)")), "padding"},
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
