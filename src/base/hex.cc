// SPDX-License-Identifier: Apache-2.0
#include "base/hex.h"

namespace aipg {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

constexpr std::uint8_t kForeign = 0xff;

constexpr auto kValues = [] {
  std::array<std::uint8_t, 256> out{};
  out.fill(kForeign);
  for (std::uint8_t i = 0; i < 16; ++i) {
    out[static_cast<std::uint8_t>(kDigits[i])] = i;
    if (i > 9) out[static_cast<std::uint8_t>(kDigits[i] - 'a' + 'A')] = i;
  }
  return out;
}();

std::uint8_t value_of(char c) { return kValues[static_cast<std::uint8_t>(c)]; }

}  // namespace

std::string to_hex(ByteView bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (std::uint8_t b : bytes) {
    out += kDigits[b >> 4];
    out += kDigits[b & 15];
  }
  return out;
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return fail("invalid_hex", "length", text.size());
  Bytes out(text.size() / 2);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint8_t high = value_of(text[2 * i]), low = value_of(text[2 * i + 1]);
    if (high == kForeign || low == kForeign) return fail("invalid_hex", "digit", 2 * i);
    out[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
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
