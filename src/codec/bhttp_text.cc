// SPDX-License-Identifier: Apache-2.0
#include "codec/bhttp_text.h"

#include <algorithm>

namespace aipg::codec::bhttp {
namespace {

bool is_token_character(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kMarks.find(c) != std::string_view::npos;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

std::size_t varint_bytes_for(std::uint64_t value) {
  if (value < 1ULL << 6) return 1;
  if (value < 1ULL << 14) return 2;
  if (value < 1ULL << 30) return 4;
  if (value < 1ULL << 62) return 8;
  __builtin_trap();
}

std::optional<std::uint64_t> varint_value(ByteView whole) {
  std::uint64_t value = whole[0] & 0x3f;
  for (std::uint8_t b : whole.subspan(1)) value = value << 8 | b;
  if (varint_bytes_for(value) != whole.size()) return std::nullopt;
  return value;
}

bool is_token(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_token_character); }

bool is_field_name(std::string_view name) {
  return is_token(name) && std::ranges::none_of(name, [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_field_value(std::string_view value) {
  return std::ranges::none_of(value, is_control) && !value.starts_with(' ') && !value.ends_with(' ');
}

}  // namespace aipg::codec::bhttp
