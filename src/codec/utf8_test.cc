// SPDX-License-Identifier: Apache-2.0
#include "codec/utf8.h"

#include <gtest/gtest.h>

namespace aipg::codec {
namespace {

bool is_scalar(std::uint32_t c) { return c < 0xd800 || (c > 0xdfff && c <= 0x10ffff); }

TEST(Utf8, TakesEveryScalarValueInItsOwnForm) {
  for (std::uint32_t c = 0; c <= 0x10ffff; ++c) {
    if (!is_scalar(c)) continue;
    std::string text(4, '\0');
    text.resize(put_utf8(text.data(), c));
    ASSERT_EQ(utf8_sequence_bytes(text), text.size()) << c;
  }
}

TEST(Utf8, RefusesOverlongSurrogateAndTooLargeForms) {
  for (std::string_view bad :
       {"\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\x80", "\xbf", "\xff", "\xfe"}) {
    EXPECT_FALSE(is_utf8(bad));
  }
}

TEST(Utf8, RefusesACutSequence) {
  for (std::string_view whole : {"\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
    EXPECT_TRUE(is_utf8(whole));
    for (std::size_t n = 1; n < whole.size(); ++n) EXPECT_FALSE(is_utf8(whole.substr(0, n)));
  }
}

}  // namespace
}  // namespace aipg::codec
