// SPDX-License-Identifier: Apache-2.0
#include "codec/json_string.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>

#include "base/secret.h"
#include "codec/json.h"
#include "codec/utf8.h"

namespace aipg::codec::json {
namespace {

// Words of eight bytes are looked at, whose lowest byte is to be the first.
static_assert(std::endian::native == std::endian::little);
constexpr std::uint64_t kOnes = 0x0101010101010101, kHigh = 0x8080808080808080;

bool is_plain(char c) {
  const auto b = static_cast<unsigned char>(c);
  return b >= 0x20 && b < 0x80 && b != '"' && b != '\\';
}

// Marks have the high bit of a byte set. A borrow can only spoil bytes above one that is set already, so that the
// lowest mark is right.
std::size_t lowest(std::uint64_t marks) { return static_cast<std::size_t>(std::countr_zero(marks)) / 8; }

// A mark where a byte is not ASCII that stands for itself: a quote, a backslash, below 0x20 or above 0x7f.
std::uint64_t marks_of_special(std::uint64_t word) {
  const std::uint64_t quote = word ^ (kOnes * '"');
  const std::uint64_t backslash = word ^ (kOnes * '\\');
  const std::uint64_t marks =
      ((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash) | ((word - kOnes * 0x20) & ~word) | word;
  return marks & kHigh;
}

std::uint64_t marks_of_backslash(std::uint64_t word) {
  const std::uint64_t backslash = word ^ (kOnes * '\\');
  return (backslash - kOnes) & ~backslash & kHigh;
}

// Copies up to the first backslash, or to the end; how many bytes. There is as much room behind `to`.
std::size_t copy_plain(char* to, std::string_view text) {
  std::size_t n = 0;
  for (; text.size() - n >= 8; n += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + n, 8);
    std::memcpy(to + n, &word, 8);
    if (const std::uint64_t marks = marks_of_backslash(word); marks != 0) return n + lowest(marks);
  }
  for (; n < text.size() && text[n] != '\\'; ++n) to[n] = text[n];
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

// What a backslash before each character stands for; 0 where it stands for nothing, or for more than one character.
constexpr auto kEscaped = [] {
  std::array<char, 256> out{};
  out['"'] = '"', out['\\'] = '\\', out['/'] = '/';
  out['b'] = '\b', out['f'] = '\f', out['n'] = '\n', out['r'] = '\r', out['t'] = '\t';
  return out;
}();

Escape read_escape(std::string_view text) {
  if (text.size() < 2) return {};
  const auto escaped = static_cast<unsigned char>(kEscaped[static_cast<unsigned char>(text[1])]);
  if (escaped != 0) return {2, escaped};
  return text[1] == 'u' ? unicode_escape(text) : Escape{};
}

}  // namespace

std::size_t plain_prefix(std::string_view text) {
  std::size_t n = 0;
  for (; text.size() - n >= 8; n += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + n, 8);
    if (const std::uint64_t marks = marks_of_special(word); marks != 0) return n + lowest(marks);
  }
  while (n < text.size() && is_plain(text[n])) ++n;
  return n;
}

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
  std::size_t end = out.size();
  out.resize(end + scanned.size());  // no escape takes less room than what it stands for
  while (!scanned.empty()) {
    const std::size_t plain = copy_plain(out.data() + end, scanned);
    end += plain;
    scanned.remove_prefix(plain);
    if (scanned.empty()) break;
    const Escape escape = read_escape(scanned);
    end += put_utf8(out.data() + end, escape.code_point);
    scanned.remove_prefix(escape.bytes);
  }
  wipe(MutableByteView(reinterpret_cast<std::uint8_t*>(out.data()), out.size()).subspan(end));  // words copied too far
  out.resize(end);
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
