// SPDX-License-Identifier: Apache-2.0
// What the parts of Binary HTTP share: varints (RFC 9000 section 16, minimal
// only) and what may stand in a field. Private to bhttp. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace aipg::codec::bhttp {

inline constexpr std::uint64_t kKnownLengthRequest = 0;
inline constexpr std::uint64_t kIndeterminateLengthResponse = 3;
inline constexpr std::size_t kMaxFields = 64;

// Bytes of the varint that starts with `first`: 1, 2, 4 or 8.
[[nodiscard]] inline std::size_t varint_bytes(std::uint8_t first) { return std::size_t{1} << (first >> 6); }
// Bytes of the minimal varint for `value`, which must be below 2^62.
[[nodiscard]] std::size_t varint_bytes_for(std::uint64_t value);
// The value of a whole varint; nullopt when fewer bytes would have done.
[[nodiscard]] std::optional<std::uint64_t> varint_value(ByteView whole);

[[nodiscard]] bool is_token(std::string_view text);       // RFC 9110; not empty
[[nodiscard]] bool is_field_name(std::string_view name);  // a token of lower case
[[nodiscard]] bool is_field_value(std::string_view value);

}  // namespace aipg::codec::bhttp
