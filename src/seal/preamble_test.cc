// SPDX-License-Identifier: Apache-2.0
#include "seal/preamble.h"

#include <gtest/gtest.h>

#include "seal/seal_fixture.h"

namespace aipg::seal {
namespace {

using fixture::Suite;
using fixture::Worker;

constexpr std::size_t kVersionOffset = 8, kSuiteOffset = 9, kRoutingLengthOffset = 67;

Bytes sealed_to_two(Suite suite) {
  Worker one(1), two(2);
  return fixture::must_seal(fixture::request_to({&one, &two}, suite)).wire;
}

TEST(Preamble, IsReadOutOfALongerInput) {
  for (Suite suite : {Suite::x25519, Suite::xwing}) {
    const Bytes wire = sealed_to_two(suite);
    const auto read = parse_preamble(wire);
    ASSERT_TRUE(read && *read);
    const Preamble& preamble = **read;
    EXPECT_EQ(preamble.suite, static_cast<std::uint16_t>(suite));
    EXPECT_EQ(preamble.routing, fixture::chat_routing());
    EXPECT_EQ(preamble.recipients.size(), 2U);
    EXPECT_EQ(preamble.recipients[1].enc.size(), crypto::hpke::enc_bytes(suite));
    EXPECT_EQ(preamble.expires_ms, static_cast<std::uint64_t>(fixture::kNow.ms) + 120'000);
    EXPECT_TRUE(equal(preamble.bytes, ByteView(wire).first(preamble.bytes.size())));
    EXPECT_EQ(wire[preamble.aad_prefix - 1], 2);
    EXPECT_LE(preamble.bytes.size(), kMaxPreambleBytes);
  }
}

TEST(Preamble, AsksForMoreAtEveryProperPrefix) {
  const Bytes wire = sealed_to_two(Suite::xwing);
  const std::size_t whole = (*parse_preamble(wire))->bytes.size();
  for (std::size_t n = 0; n < whole; ++n) {
    const auto read = parse_preamble(ByteView(wire).first(n));
    ASSERT_TRUE(read) << n;
    ASSERT_FALSE(read->has_value()) << n;
  }
  EXPECT_TRUE(parse_preamble(ByteView(wire).first(whole))->has_value());
}

struct Edit {
  const char* why;
  std::function<void(Bytes&, std::size_t count_at)> apply;
  std::string_view code, where;
};

TEST(Preamble, RefusesEachBrokenRule) {
  const Edit edits[] = {
      {"magic", [](Bytes& in, std::size_t) { in[0] = 'a'; }, "malformed_seal", "magic"},
      {"response magic", [](Bytes& in, std::size_t) { in[4] = 'O'; }, "malformed_seal", "magic"},
      {"version 0", [](Bytes& in, std::size_t) { in[kVersionOffset] = 0; }, "unsupported_version", ""},
      {"version 2", [](Bytes& in, std::size_t) { in[kVersionOffset] = 2; }, "unsupported_version", ""},
      {"suite 0", [](Bytes& in, std::size_t) { in[kSuiteOffset + 1] = 0; }, "unsupported_suite", ""},
      {"suite 0x0102", [](Bytes& in, std::size_t) { in[kSuiteOffset] = 1; }, "unsupported_suite", ""},
      {"routing_len", [](Bytes& in, std::size_t) { in[kRoutingLengthOffset] = 5; }, "malformed_seal", "routing_len"},
      {"routing", [](Bytes& in, std::size_t) { in[kRoutingLengthOffset + 2] = '['; }, "malformed_seal", "routing"},
      {"count 0", [](Bytes& in, std::size_t at) { in[at] = 0; }, "malformed_seal", "count"},
      {"count 4", [](Bytes& in, std::size_t at) { in[at] = 4; }, "malformed_seal", "count"},
      {"a kid twice",
       [](Bytes& in, std::size_t at) { std::copy_n(in.begin() + at + 1, 32, in.begin() + at + 1 + 112); },
       "malformed_seal", "recipient"},
      {"malformed before suite",
       [](Bytes& in, std::size_t at) {
         in[kSuiteOffset + 1] = 9;
         in[at] = 0;
       },
       "malformed_seal", "count"},
  };
  const Bytes wire = sealed_to_two(Suite::x25519);
  const std::size_t count_at = (*parse_preamble(wire))->aad_prefix - 1;
  for (const Edit& edit : edits) {
    Bytes edited = wire;
    edit.apply(edited, count_at);
    const auto read = parse_preamble(edited);
    ASSERT_FALSE(read) << edit.why;
    EXPECT_EQ(read.error().code.view(), edit.code) << edit.why;
    EXPECT_EQ(read.error().where.view(), edit.where) << edit.why;
  }
}

TEST(Preamble, RefusesAWrongStartAtItsFirstByte) {
  EXPECT_EQ(parse_preamble(as_bytes("GET /")).error().where.view(), "magic");
  EXPECT_EQ(parse_preamble(as_bytes("AIPGSEAL\x02")).error().code.view(), "unsupported_version");
}

TEST(ResponsePreamble, SurvivesWriting) {
  const ResponsePreamble made = make_response_preamble({1, 2}, {3, 4});
  const auto read = parse_response_preamble(made.bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->kid, made.kid);
  EXPECT_EQ(read->nonce, made.nonce);
  EXPECT_EQ(read->bytes, made.bytes);
}

TEST(ResponsePreamble, RefusesOtherMagicVersionAndSize) {
  auto bytes = to_bytes(make_response_preamble({}, {}).bytes);
  EXPECT_EQ(parse_response_preamble(ByteView(bytes).first(72)).error().code.view(), "malformed_seal");
  bytes[8] = 2;
  EXPECT_EQ(parse_response_preamble(bytes).error().code.view(), "unsupported_version");
  bytes[8] = 1;
  bytes[7] = 'L';
  EXPECT_EQ(parse_response_preamble(bytes).error().code.view(), "malformed_seal");
  bytes[7] = 'N';
  bytes.push_back(0);
  EXPECT_EQ(parse_response_preamble(bytes).error().code.view(), "malformed_seal");
}

}  // namespace
}  // namespace aipg::seal
