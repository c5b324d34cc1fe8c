// SPDX-License-Identifier: Apache-2.0
#include "program/in_quotes.h"

#include "base/hex.h"
#include "codec/utf8.h"

namespace aipg::program {
namespace {

// C0 and DEL; C1, which terminals obey in its two-byte form as well; line and paragraph separator.
bool is_control(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  if (sequence.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7f;
  if (sequence.size() == 2) return byte(0) == 0xc2 && byte(1) < 0xa0;
  return sequence == "\u2028" || sequence == "\u2029";
}

unsigned code_point_of_control(std::string_view sequence) {
  if (sequence.size() < 3) return static_cast<unsigned char>(sequence.back());
  return sequence == "\u2028" ? 0x2028 : 0x2029;
}

void append_sequence(std::string& out, std::string_view sequence) {
  if (sequence == "\"" || sequence == "\\") {
    out += '\\';
    out += sequence;
  } else if (sequence == "\n") {
    out += "\\n";
  } else if (is_control(sequence)) {
    const unsigned code_point = code_point_of_control(sequence);
    out +=
        "\\u" + to_hex(ByteArray<2>{static_cast<std::uint8_t>(code_point >> 8), static_cast<std::uint8_t>(code_point)});
  } else {
    out += sequence;
  }
}

}  // namespace

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::size_t n = codec::utf8_sequence_bytes(text);
    if (n == 0) {
      out += "\\ufffd";
    } else {
      append_sequence(out, text.substr(0, n));
    }
    text.remove_prefix(n == 0 ? 1 : n);
  }
  out += '"';
  return out;
}

}  // namespace aipg::program
