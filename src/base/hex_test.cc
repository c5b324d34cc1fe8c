// SPDX-License-Identifier: Apache-2.0
#include "base/hex.h"

#include <gtest/gtest.h>

namespace aipg {
namespace {

TEST(Hex, RoundTripsEveryByte) {
  Bytes all(256);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(from_hex(to_hex(all)).value(), all);
}

TEST(Hex, ReadsUpperCase) { EXPECT_EQ(from_hex("AbCD").value(), (Bytes{0xab, 0xcd})); }

TEST(Hex, RefusesOddLengthAndForeignCharacters) {
  EXPECT_EQ(from_hex("abc").error().code, Literal("invalid_hex"));
  EXPECT_EQ(from_hex("0x12").error().code, Literal("invalid_hex"));
  EXPECT_EQ(from_hex("12 4").error().code, Literal("invalid_hex"));
}

TEST(Hex, ShortFormShowsThePrefixOnly) {
  EXPECT_EQ(short_hex(Bytes{0x3f, 0x9a, 0x71, 0xc2, 0x0d, 0x4e, 0xff, 0xff}), "3f9a 71c2 0d4e …");
}

}  // namespace
}  // namespace aipg
