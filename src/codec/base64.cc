// SPDX-License-Identifier: Apache-2.0
#include "codec/base64.h"

#include "codec/base64_blocks.h"

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

// Without padding.
std::string encode(ByteView bytes, std::string_view digits) {
  const std::size_t rest = bytes.size() % 3;
  const std::size_t size = bytes.size() / 3 * 4 + (rest == 0 ? 0 : rest + 1);
  const auto write = [&](char* out, std::size_t) {
    char* next = out;
    const auto put = [&](std::uint32_t bits) { *next++ = digits[bits & 63]; };
    std::size_t i = encode_base64_blocks(bytes, out, digits[62], digits[63]);
    next += i / 3 * 4;
    for (; bytes.size() - i >= 3; i += 3) {
      const std::uint32_t three = static_cast<std::uint32_t>(bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2]);
      for (const unsigned shift : {18U, 12U, 6U, 0U}) put(three >> shift);
    }
    if (rest == 0) return size;
    const std::uint32_t last = static_cast<std::uint32_t>(bytes[i] << 16 | (rest == 2 ? bytes[i + 1] << 8 : 0));
    put(last >> 18);
    put(last >> 12);
    if (rest == 2) put(last >> 6);
    return size;
  };
  std::string out;
  out.resize_and_overwrite(size, write);
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
  std::string out = encode(bytes, kStandard);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

Result<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return fail("invalid_base64", "length", text.size());
  if (text.ends_with('=')) text.remove_suffix(1);
  if (text.ends_with('=')) text.remove_suffix(1);
  return decode(text, kStandardValues);
}

std::string to_base64url(ByteView bytes) { return encode(bytes, kUrl); }

Result<Bytes> from_base64url(std::string_view text) { return decode(text, kUrlValues); }

}  // namespace aipg::codec
