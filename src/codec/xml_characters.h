// SPDX-License-Identifier: Apache-2.0
// What single pieces of the accepted XML may consist of. Internal to xml.h. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace aipg::codec::xml {

[[nodiscard]] constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n'; }

// Bytes of the ASCII name (no colon) that `text` begins with; 0 when it begins with none.
[[nodiscard]] std::size_t name_bytes(std::string_view text);

// The first byte that no accepted document holds: control characters, U+FFFE
// and U+FFFF. A carriage return is found as well: parsers would have to change it.
[[nodiscard]] std::optional<std::size_t> find_forbidden(std::string_view text);

// A predefined reference: "&amp;" and what it stands for.
struct Reference {
  std::string_view text;
  char stands_for;
};
// The one that `text` begins with.
[[nodiscard]] std::optional<Reference> predefined_reference(std::string_view text);

// An http or https address of the plainest characters: absolute, as canonical XML asks.
[[nodiscard]] bool is_plain_address(std::string_view uri);

}  // namespace aipg::codec::xml
