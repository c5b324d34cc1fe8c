// SPDX-License-Identifier: Apache-2.0
#include "codec/base64.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace aipg::codec {
namespace {

TEST(Base64, WritesTheExamplesOfRfc4648) {
  const std::pair<std::string_view, std::string_view> examples[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [plain, encoded] : examples) {
    EXPECT_EQ(to_base64(as_bytes(plain)), encoded);
    EXPECT_EQ(from_base64(encoded).value(), to_bytes(plain));
  }
}

TEST(Base64, UrlFormHasItsOwnAlphabetAndNoPadding) {
  const Bytes bytes{0xfb, 0xff, 0xfe, 0xff};
  EXPECT_EQ(to_base64(bytes), "+//+/w==");
  EXPECT_EQ(to_base64url(bytes), "-__-_w");
  EXPECT_EQ(from_base64url("-__-_w").value(), bytes);
}

// Digit by digit, as RFC 4648 puts it.
std::string digit_by_digit(const Bytes& bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t bit = 0; bit < bytes.size() * 8; bit += 6) {
    unsigned digit = 0;
    for (std::size_t i = bit; i < bit + 6; ++i) {
      const bool set = i < bytes.size() * 8 && (bytes[i / 8] >> (7 - i % 8) & 1) != 0;
      digit = digit << 1 | (set ? 1 : 0);
    }
    out += kDigits[digit];
  }
  return out.append((4 - out.size() % 4) % 4, '=');
}

TEST(Base64, WritesEveryLengthDigitByDigit) {
  Bytes bytes;
  for (unsigned n = 0; n < 300; ++n) {
    EXPECT_EQ(to_base64(bytes), digit_by_digit(bytes)) << n;
    EXPECT_EQ(from_base64(to_base64(bytes)).value(), bytes) << n;
    bytes.push_back(static_cast<std::uint8_t>(n * 151 + 7));
  }
}

TEST(Base64, WritesEveryDigitInEveryPlaceOfABlock) {
  for (unsigned place = 0; place < 16; ++place) {
    for (unsigned value = 0; value < 64; ++value) {
      Bytes bytes(40);
      const unsigned bit = place * 6;
      for (unsigned i = 0; i < 6; ++i) {
        const unsigned set = value >> (5 - i) & 1;
        bytes[(bit + i) / 8] |= static_cast<std::uint8_t>(set << (7 - (bit + i) % 8));
      }
      std::string expected = digit_by_digit(bytes);
      EXPECT_EQ(to_base64(bytes), expected) << place << " " << value;
      expected.resize(expected.find_last_not_of('=') + 1);
      std::ranges::replace(expected, '+', '-');
      std::ranges::replace(expected, '/', '_');
      EXPECT_EQ(to_base64url(bytes), expected) << place << " " << value;
    }
  }
}

TEST(Base64, RefusesWhatIsNotCanonical) {
  for (std::string_view bad : {"Zg", "Zg=", "Zg===", "Z===", "=", "====", "Zm9v====", "Zm9vZg==\n",
                               "Zm9v\nZg=", "Zh==", "Zm9=", "Z=g=", "Zg==Zg==", "Zm-_", " Zm9v", "Zm9\0"}) {
    const auto decoded = from_base64(bad);
    ASSERT_FALSE(decoded.has_value()) << bad;
    EXPECT_EQ(decoded.error().code, Literal("invalid_base64")) << bad;
  }
}

TEST(Base64, UrlFormRefusesWhatIsNotCanonical) {
  for (std::string_view bad : {"Z", "A", "AAAAA", "Zg==", "Zm8=", "Zh", "Zm9", "Zm9vY", "Zm+/", "Zm 9v"}) {
    const auto decoded = from_base64url(bad);
    ASSERT_FALSE(decoded.has_value()) << bad;
    EXPECT_EQ(decoded.error().code, Literal("invalid_base64")) << bad;
  }
}

TEST(Base64, NamesTheOffsetOfAForeignCharacter) { EXPECT_EQ(from_base64("Zm9vZ!==").error().offset, 5U); }

}  // namespace
}  // namespace aipg::codec
