// SPDX-License-Identifier: Apache-2.0
// How much a sealed message's sizes and times tell (docs/protocol.md, "Padding").
// Sizes are of a chunk's plaintext: 4 + content + zeros.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace aipg::seal {

inline constexpr std::size_t kMaxChunkPlaintext = 65'536;
inline constexpr std::size_t kMaxChunkContent = kMaxChunkPlaintext - 4;
inline constexpr milliseconds kTick{50};

// p0: per scheduling step, multiple of 256 B. p1: per tick, next power of two ≥ 512 B.
// (p2 comes with the constant-rate relay; it is refused as unsupported_padding until then.)
enum class Padding : std::uint8_t { p0, p1 };

[[nodiscard]] std::string_view to_text(Padding padding);
// Error: unsupported_padding.
[[nodiscard]] Result<Padding> parse_padding(std::string_view text);

// Plaintext size of a request chunk with `content` bytes, the last one or not.
[[nodiscard]] std::size_t request_chunk_plaintext(std::size_t content, bool last);
// Plaintext size of a response chunk with `content` bytes.
[[nodiscard]] std::size_t response_chunk_plaintext(Padding padding, std::size_t content);

}  // namespace aipg::seal
