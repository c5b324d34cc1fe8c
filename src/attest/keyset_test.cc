// SPDX-License-Identifier: Apache-2.0
#include "attest/keyset.h"

#include <gtest/gtest.h>

#include "codec/base64.h"

namespace aipg::attest {
namespace {

const Instant kStart{1'795'000'000'000};

Keyset good(milliseconds life = std::chrono::minutes(60)) {
  return make_keyset("w-01", kStart, kStart + life, {{1, Bytes(32, 7)}, {2, Bytes(1216, 8)}}, ByteArray<32>{9});
}

// The good document with one piece of its text replaced.
std::string replaced(std::string_view from, std::string_view to) {
  std::string text = to_text(good().bytes);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string_view refusal(std::string_view text) {
  const auto result = parse_keyset(as_bytes(text));
  return result ? "accepted" : result.error().code.view();
}

TEST(Keyset, ReadsBackWhatItWrote) {
  const Keyset made = good();
  const auto read = parse_keyset(made.bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->id, made.id);
  EXPECT_EQ(read->worker_id, "w-01");
  EXPECT_EQ(read->not_before, kStart);
  EXPECT_EQ(read->not_after, made.not_after);
  EXPECT_EQ(read->receipt_key, made.receipt_key);
  ASSERT_EQ(read->keys.size(), 2U);
  EXPECT_EQ(read->find_suite(2)->public_key, Bytes(1216, 8));
  EXPECT_EQ(read->find_kid(made.keys[1].kid), &read->keys[1]);
  EXPECT_EQ(read->find_suite(3), nullptr);
  EXPECT_EQ(read->find_kid(Hash256{}), nullptr);
}

TEST(Keyset, RefusesTextThatIsNotCanonical) { EXPECT_EQ(refusal(replaced(":", ": ")), "not_canonical"); }

TEST(Keyset, RefusesMembersNobodyKnows) {
  EXPECT_EQ(refusal(replaced(R"("v":1)", R"("u":1,"v":1)")), "json_unknown_field");
  EXPECT_EQ(refusal(replaced(R"("suite":1)", R"("suite":1,"x":1)")), "json_unknown_field");
}

TEST(Keyset, AllowsAnExtension) { EXPECT_EQ(refusal(replaced(R"("keys")", R"("ext":{"a":1},"keys")")), "accepted"); }

TEST(Keyset, RefusesAMissingMember) {
  EXPECT_EQ(refusal(replaced(R"("worker_id":"w-01")", R"("x":1)")), "json_missing_field");
}

TEST(Keyset, RefusesAnotherFormatOrAProtocolItCannotSpeak) {
  EXPECT_EQ(refusal(replaced(R"("v":1)", R"("v":2)")), "keyset_version");
  EXPECT_EQ(refusal(replaced(R"("versions":[1])", R"("versions":[2])")), "keyset_version");
  EXPECT_EQ(refusal(replaced(R"("versions":[1])", R"("versions":[])")), "keyset_version");
  EXPECT_EQ(refusal(replaced(R"("versions":[1])", R"("versions":[1,256])")), "keyset_version");
  EXPECT_EQ(refusal(replaced(R"("versions":[1])", R"("versions":[1,2])")), "accepted");
}

TEST(Keyset, RefusesUnknownRepeatedOrMissizedSuites) {
  EXPECT_EQ(refusal(replaced(R"("suite":2)", R"("suite":3)")), "keyset_suite");
  EXPECT_EQ(refusal(replaced(R"("suite":2)", R"("suite":1)")), "keyset_suite");
  EXPECT_EQ(parse_keyset(make_keyset("w", kStart, kStart + seconds(1), {{1, Bytes(31, 7)}}, {}).bytes).error().code,
            Literal("keyset_suite"));
  EXPECT_EQ(
      parse_keyset(make_keyset("w", kStart, kStart + seconds(1), {{1, Bytes(32, 7)}, {1, Bytes(32, 8)}}, {}).bytes)
          .error()
          .code,
      Literal("keyset_suite"));
  EXPECT_EQ(parse_keyset(make_keyset("w", kStart, kStart + seconds(1), {}, {}).bytes).error().code,
            Literal("keyset_suite"));
}

TEST(Keyset, LastsAtMostSixtyFiveMinutes) {
  EXPECT_TRUE(parse_keyset(good(kMaxKeysetLife).bytes));
  EXPECT_EQ(parse_keyset(good(kMaxKeysetLife + milliseconds(1)).bytes).error().code, Literal("keyset_window"));
  EXPECT_EQ(parse_keyset(good(milliseconds(0)).bytes).error().code, Literal("keyset_window"));
  EXPECT_EQ(parse_keyset(good(milliseconds(-1)).bytes).error().code, Literal("keyset_window"));
}

TEST(Keyset, RefusesWorkerIdsOutsideItsAlphabet) {
  for (const char* id : {"", "W-01", "w_01", "w 01", "w.01"}) {
    EXPECT_EQ(refusal(replaced("w-01", id)), "json_wrong_type") << id;
  }
}

TEST(Keyset, RefusesEveryTruncation) {
  const Bytes bytes = good().bytes;
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(parse_keyset(ByteView(bytes).first(n))) << n;
}

}  // namespace
}  // namespace aipg::attest
