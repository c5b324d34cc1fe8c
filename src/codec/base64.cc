// SPDX-License-Identifier: Apache-2.0
#include "codec/base64.h"

#include <endian.h>

#include <cstring>

namespace aipg::codec {
namespace {

constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kForeign = 0xff, kNoDigit = 0xc0;  // the bits that no digit's value has

using Values = std::array<std::uint8_t, 256>;

constexpr Values values_of(std::string_view alphabet) {
  Values values{};
  values.fill(kForeign);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}

constexpr Values kStandardValues = values_of(kStandard);
constexpr Values kUrlValues = values_of(kUrl);

// Two digits for every 12 bits: attestations are long, and each answer has one.
using Pairs = std::array<std::array<char, 2>, 4096>;

constexpr Pairs pairs_of(std::string_view alphabet) {
  Pairs pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {alphabet[i >> 6], alphabet[i & 63]};
  return pairs;
}

constexpr Pairs kStandardPairs = pairs_of(kStandard);
constexpr Pairs kUrlPairs = pairs_of(kUrl);

// Without padding.
std::string encode(ByteView bytes, const Pairs& pairs) {
  const std::size_t rest = bytes.size() % 3;
  std::string out(bytes.size() / 3 * 4 + (rest == 0 ? 0 : rest + 1), '\0');
  char* next = out.data();
  const auto put = [&](std::uint64_t twelve_bits) {
    std::memcpy(next, pairs[twelve_bits & 4095].data(), 2);
    next += 2;
  };
  std::size_t i = 0;
  for (; bytes.size() - i >= 8; i += 6) {
    std::uint64_t eight = 0;  // of which six are taken
    std::memcpy(&eight, &bytes[i], 8);
    const std::uint64_t six = be64toh(eight) >> 16;
    put(six >> 36);
    put(six >> 24);
    put(six >> 12);
    put(six);
  }
  for (; bytes.size() - i >= 3; i += 3) {
    const std::uint32_t three = static_cast<std::uint32_t>(bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2]);
    put(three >> 12);
    put(three);
  }
  if (rest == 0) return out;
  const std::uint32_t last = static_cast<std::uint32_t>(bytes[i] << 16 | (rest == 2 ? bytes[i + 1] << 8 : 0));
  next = std::ranges::copy(pairs[last >> 12], next).out;
  if (rest == 2) *next = pairs[last & 4095].front();
  return out;
}

// Without padding.
Result<Bytes> decode(std::string_view text, const Values& values) {
  if (text.size() % 4 == 1) return fail("invalid_base64", "length", text.size());
  Bytes out(text.size() * 6 / 8);
  std::size_t i = 0;
  std::uint8_t* next = out.data();
  // Whole groups; the first that is not all digits is left for the loop below, which says where.
  for (; text.size() - i >= 4; i += 4) {
    const ByteView four = as_bytes(text.substr(i, 4));
    const std::uint32_t a = values[four[0]], b = values[four[1]], c = values[four[2]], d = values[four[3]];
    if (((a | b | c | d) & kNoDigit) != 0) break;
    const std::uint32_t three = a << 18 | b << 12 | c << 6 | d;
    *next++ = static_cast<std::uint8_t>(three >> 16);
    *next++ = static_cast<std::uint8_t>(three >> 8);
    *next++ = static_cast<std::uint8_t>(three);
  }
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (; i < text.size(); ++i) {
    const std::uint8_t value = values[static_cast<std::uint8_t>(text[i])];
    if (value == kForeign) return fail("invalid_base64", "character", i);
    bits = bits << 6 | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      *next++ = static_cast<std::uint8_t>(bits >> held);
    }
  }
  if ((bits & ((1U << held) - 1)) != 0) return fail("invalid_base64", "unused_bits", text.size());
  return out;
}

}  // namespace

std::string to_base64(ByteView bytes) {
  std::string out = encode(bytes, kStandardPairs);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

Result<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return fail("invalid_base64", "length", text.size());
  if (text.ends_with('=')) text.remove_suffix(1);
  if (text.ends_with('=')) text.remove_suffix(1);
  return decode(text, kStandardValues);
}

std::string to_base64url(ByteView bytes) { return encode(bytes, kUrlPairs); }

Result<Bytes> from_base64url(std::string_view text) { return decode(text, kUrlValues); }

}  // namespace aipg::codec
