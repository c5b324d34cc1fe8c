// SPDX-License-Identifier: Apache-2.0
// Well-formed UTF-8 as Unicode's table 3-7 has it: no overlong forms, no
// surrogates, nothing above U+10FFFF. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aipg::codec {

// Bytes of the well-formed sequence that `text` starts with; 0 when it starts with none.
[[nodiscard]] std::size_t utf8_sequence_bytes(std::string_view text);
[[nodiscard]] bool is_utf8(std::string_view text);
// Writes 1 to 4 bytes, and says how many. `code_point` must be a Unicode scalar value.
[[nodiscard]] std::size_t put_utf8(char* to, std::uint32_t code_point);

}  // namespace aipg::codec
