// SPDX-License-Identifier: Apache-2.0
// The inside of JSON strings: where one ends, and what it says. Private to the
// JSON reader and writer. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aipg::codec::json {

// How many bytes `text` begins with that are ASCII and stand for themselves in a string: no quote, backslash or control
// character.
[[nodiscard]] std::size_t plain_prefix(std::string_view text);

enum class StringFault : std::uint8_t { none, syntax, utf8 };

struct ScannedString {
  std::size_t bytes = 0;  // up to the closing quote, or to the fault
  StringFault fault = StringFault::none;
  bool has_escapes = false;
};

// `text` starts behind an opening quote. Refuses control characters, unknown
// escapes, lone surrogates, malformed UTF-8, and a string without an end.
[[nodiscard]] ScannedString scan_string(std::string_view text);

// Appends what `scanned`, the inside of a string that scan_string() took, says.
void append_unescaped(std::string& out, std::string_view scanned);

}  // namespace aipg::codec::json
