// SPDX-License-Identifier: Apache-2.0
#include "codec/json_string.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "codec/json.h"
#include "codec/utf8.h"

namespace aipg::codec::json {
namespace {

bool is_plain(char c) {
  const auto b = static_cast<unsigned char>(c);
  return b >= 0x20 && b < 0x80 && b != '"' && b != '\\';
}

// True when all eight bytes are ASCII that stands for itself. Each term has the
// high bit of a byte set where the byte is a quote, a backslash, below 0x20 or
// above 0x7f; a borrow can only spoil bytes above one that is set already.
bool all_plain(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHigh = 0x8080808080808080;
  const std::uint64_t quote = word ^ (kOnes * '"');
  const std::uint64_t backslash = word ^ (kOnes * '\\');
  const std::uint64_t marks =
      ((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash) | ((word - kOnes * 0x20) & ~word) | word;
  return (marks & kHigh) == 0;
}

std::size_t plain_prefix(std::string_view text) {
  std::size_t n = 0;
  for (; text.size() - n >= 8; n += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + n, 8);
    if (!all_plain(word)) break;
  }
  while (n < text.size() && is_plain(text[n])) ++n;
  return n;
}

// The four digits of \uXXXX, `text` starting at the backslash.
std::optional<std::uint32_t> code_unit(std::string_view text) {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return std::nullopt;
  std::uint32_t value = 0;
  for (char c : text.substr(2, 4)) {
    std::uint32_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<std::uint32_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<std::uint32_t>(c - 'a' + 10);
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<std::uint32_t>(c - 'A' + 10);
    } else {
      return std::nullopt;
    }
    value = value << 4 | digit;
  }
  return value;
}

bool is_high_surrogate(std::uint32_t unit) { return unit >= 0xd800 && unit <= 0xdbff; }
bool is_low_surrogate(std::uint32_t unit) { return unit >= 0xdc00 && unit <= 0xdfff; }

struct Escape {
  std::size_t bytes = 0;  // 0: none that is allowed
  std::uint32_t code_point = 0;
};

Escape unicode_escape(std::string_view text) {
  const auto unit = code_unit(text);
  if (!unit || is_low_surrogate(*unit)) return {};
  if (!is_high_surrogate(*unit)) return {6, *unit};
  const auto low = code_unit(text.substr(6));
  if (!low || !is_low_surrogate(*low)) return {};
  return {12, 0x10000 + ((*unit - 0xd800) << 10) + (*low - 0xdc00)};
}

Escape read_escape(std::string_view text) {
  if (text.size() < 2) return {};
  switch (text[1]) {
    case '"':
      return {2, '"'};
    case '\\':
      return {2, '\\'};
    case '/':
      return {2, '/'};
    case 'b':
      return {2, '\b'};
    case 'f':
      return {2, '\f'};
    case 'n':
      return {2, '\n'};
    case 'r':
      return {2, '\r'};
    case 't':
      return {2, '\t'};
    case 'u':
      return unicode_escape(text);
    default:
      return {};
  }
}

}  // namespace

ScannedString scan_string(std::string_view text) {
  ScannedString out;
  for (;;) {
    out.bytes += plain_prefix(text.substr(out.bytes));
    const std::string_view rest = text.substr(out.bytes);
    std::size_t taken = 0;
    if (rest.empty()) {
      out.fault = StringFault::syntax;
    } else if (rest[0] == '"') {
      return out;
    } else if (rest[0] == '\\') {
      out.has_escapes = true;
      taken = read_escape(rest).bytes;
      if (taken == 0) out.fault = StringFault::syntax;
    } else if (static_cast<unsigned char>(rest[0]) < 0x20) {
      out.fault = StringFault::syntax;
    } else {
      taken = utf8_sequence_bytes(rest);
      if (taken == 0) out.fault = StringFault::utf8;
    }
    if (out.fault != StringFault::none) return out;
    out.bytes += taken;
  }
}

void append_unescaped(std::string& out, std::string_view scanned) {
  while (!scanned.empty()) {
    const std::size_t plain = std::min(scanned.find('\\'), scanned.size());
    out += scanned.substr(0, plain);
    scanned.remove_prefix(plain);
    if (scanned.empty()) return;
    const Escape escape = read_escape(scanned);
    append_utf8(out, escape.code_point);
    scanned.remove_prefix(escape.bytes);
  }
}

std::string quote(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  out.reserve(text.size() + 2);
  for (char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "\\u00";
          out += kHex[static_cast<unsigned char>(c) >> 4];
          out += kHex[static_cast<unsigned char>(c) & 15];
        } else {
          out += c;
        }
    }
  }
  out += '"';
  return out;
}

}  // namespace aipg::codec::json
