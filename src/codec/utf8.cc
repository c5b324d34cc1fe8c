// SPDX-License-Identifier: Apache-2.0
#include "codec/utf8.h"

namespace aipg::codec {
namespace {

struct Lead {
  std::size_t bytes;                     // 0: no sequence starts so
  std::uint8_t second_low, second_high;  // what the second byte may be
};

Lead lead_of(std::uint8_t b) {
  if (b < 0x80) return {1, 0, 0};
  if (b >= 0xc2 && b <= 0xdf) return {2, 0x80, 0xbf};
  if (b == 0xe0) return {3, 0xa0, 0xbf};  // below: overlong
  if (b == 0xed) return {3, 0x80, 0x9f};  // above: surrogates
  if (b >= 0xe1 && b <= 0xef) return {3, 0x80, 0xbf};
  if (b == 0xf0) return {4, 0x90, 0xbf};  // below: overlong
  if (b >= 0xf1 && b <= 0xf3) return {4, 0x80, 0xbf};
  if (b == 0xf4) return {4, 0x80, 0x8f};  // above: past U+10FFFF
  return {0, 0, 0};
}

}  // namespace

std::size_t utf8_sequence_bytes(std::string_view text) {
  if (text.empty()) return 0;
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const Lead lead = lead_of(at(0));
  if (lead.bytes <= 1) return lead.bytes;
  if (text.size() < lead.bytes || at(1) < lead.second_low || at(1) > lead.second_high) return 0;
  for (std::size_t i = 2; i < lead.bytes; ++i) {
    if ((at(i) & 0xc0) != 0x80) return 0;
  }
  return lead.bytes;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t n = utf8_sequence_bytes(text);
    if (n == 0) return false;
    text.remove_prefix(n);
  }
  return true;
}

std::size_t put_utf8(char* to, std::uint32_t c) {
  char* at = to;
  const auto put = [&at](std::uint32_t byte) { *at++ = static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | c >> 6);
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3f));
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  }
  return static_cast<std::size_t>(at - to);
}

}  // namespace aipg::codec
