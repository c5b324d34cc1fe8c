// SPDX-License-Identifier: Apache-2.0
#include "base/hex.h"

namespace aipg {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

constexpr std::uint8_t kForeign = 0xff;

// Without branches and tables, so that many digits are read at once.
std::uint8_t value_of(char c) {
  const auto digit = static_cast<std::uint8_t>(c - '0'), letter = static_cast<std::uint8_t>((c | 0x20) - 'a');
  return digit < 10 ? digit : letter < 6 ? static_cast<std::uint8_t>(letter + 10) : kForeign;
}

std::size_t first_foreign(std::string_view text) {
  const auto at = std::ranges::find_if(text, [](char c) { return value_of(c) == kForeign; });
  return static_cast<std::size_t>(at - text.begin());
}

}  // namespace

std::string to_hex(ByteView bytes) {
  std::string out(bytes.size() * 2, '0');
  char* to = out.data();
  for (const std::uint8_t b : bytes) {
    *to++ = kDigits[b >> 4];
    *to++ = kDigits[b & 15];
  }
  return out;
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return fail("invalid_hex", "length", text.size());
  Bytes out(text.size() / 2);
  std::uint8_t seen = 0;
  const char* from = text.data();
  for (std::uint8_t& byte : out) {
    const std::uint8_t high = value_of(from[0]), low = value_of(from[1]);
    seen |= high | low;
    byte = static_cast<std::uint8_t>(high << 4 | low);
    from += 2;
  }
  if (seen > 15) return fail("invalid_hex", "digit", first_foreign(text) / 2 * 2);
  return out;
}

std::string short_hex(ByteView bytes) {
  constexpr std::size_t kShown = 6;
  std::string out;
  for (std::size_t i = 0; i < std::min(bytes.size(), kShown); i += 2) {
    out += to_hex(bytes.subspan(i, std::min<std::size_t>(2, bytes.size() - i))) + " ";
  }
  return out + "…";
}

}  // namespace aipg
