// SPDX-License-Identifier: Apache-2.0
// Bytes and views of bytes, and the conversions between bytes and text.
// Views borrow; a function that keeps one says for how long.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aipg {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
using MutableByteView = std::span<std::uint8_t>;

template <std::size_t N>
using ByteArray = std::array<std::uint8_t, N>;

using Hash256 = ByteArray<32>;

[[nodiscard]] inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

[[nodiscard]] inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

[[nodiscard]] inline Bytes to_bytes(ByteView view) { return {view.begin(), view.end()}; }
[[nodiscard]] inline Bytes to_bytes(std::string_view text) { return to_bytes(as_bytes(text)); }
[[nodiscard]] inline std::string to_text(ByteView view) { return std::string(as_text(view)); }

inline void append(Bytes& out, ByteView more) { out.insert(out.end(), more.begin(), more.end()); }

// A copy of exactly N bytes. `view.size()` must be N: a bug otherwise, and the program stops.
template <std::size_t N>
[[nodiscard]] ByteArray<N> to_array(ByteView view) {
  if (view.size() != N) __builtin_trap();
  ByteArray<N> out;
  std::copy(view.begin(), view.end(), out.begin());
  return out;
}

// For public values. Secrets are compared with equal_ct.
[[nodiscard]] inline bool equal(ByteView a, ByteView b) { return std::ranges::equal(a, b); }

// Takes time that depends on the sizes only.
[[nodiscard]] bool equal_ct(ByteView a, ByteView b);

[[nodiscard]] bool all_zero(ByteView bytes);

}  // namespace aipg
