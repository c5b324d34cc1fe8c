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
// The chunks of an answer at a constant rate, the last included, are a multiple of this.
inline constexpr std::uint64_t kConstantRateStep = 16;

// The padding class of an answer. A value: compared and copied freely.
class Padding {
 public:
  static const Padding p0;  // per scheduling step, multiple of 256 B
  static const Padding p1;  // per tick, next power of two ≥ 512 B
  // Constant rate: each tick one chunk of so many KiB, empty or not. 1, 2, 4 … 64; anything else stops the program.
  [[nodiscard]] static constexpr Padding p2(unsigned kib) {
    if (kib == 0 || kib > 64 || (kib & (kib - 1)) != 0) __builtin_trap();
    return Padding(Class::p2, static_cast<std::uint8_t>(kib));
  }

  [[nodiscard]] constexpr bool is_constant_rate() const { return class_ == Class::p2; }
  // Plaintext size of every chunk at a constant rate; 0 without one.
  [[nodiscard]] constexpr std::size_t constant_bytes() const { return std::size_t{kib_} * 1024; }

  friend constexpr bool operator==(Padding, Padding) = default;

 private:
  enum class Class : std::uint8_t { p0, p1, p2 };
  explicit constexpr Padding(Class name, std::uint8_t kib = 0) : class_(name), kib_(kib) {}

  Class class_;
  std::uint8_t kib_;  // of p2
};

inline constexpr Padding Padding::p0{Class::p0};
inline constexpr Padding Padding::p1{Class::p1};

// "p0", "p1", "p2:N": the one spelling that routing has.
[[nodiscard]] std::string_view to_text(Padding padding);
// These spellings, and "p2", which is p2:2. Error: unsupported_padding.
[[nodiscard]] Result<Padding> parse_padding(std::string_view text);

// Plaintext size of a request chunk with `content` bytes, the last one or not.
[[nodiscard]] std::size_t request_chunk_plaintext(std::size_t content, bool last);
// How many bytes of content a response chunk holds at most.
[[nodiscard]] std::size_t most_response_content(Padding padding);
// Plaintext size of a response chunk with `content` bytes, which are not more than that.
[[nodiscard]] std::size_t response_chunk_plaintext(Padding padding, std::size_t content);
// Whether a response chunk of this class can have a plaintext of this size.
[[nodiscard]] bool is_response_chunk_plaintext(Padding padding, std::size_t bytes);

}  // namespace aipg::seal
