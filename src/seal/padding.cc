// SPDX-License-Identifier: Apache-2.0
#include "seal/padding.h"

#include <bit>

namespace aipg::seal {
namespace {

constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kSmallestRequestChunk = 1024;
constexpr std::size_t kSmallestP1Chunk = 512;
constexpr std::size_t kP0Step = 256;
constexpr unsigned kDefaultP2KiB = 2;

struct Named {
  Padding padding;
  std::string_view text;
};
constexpr Named kNames[] = {
    {Padding::p0, "p0"},        {Padding::p1, "p1"},        {Padding::p2(1), "p2:1"},
    {Padding::p2(2), "p2:2"},   {Padding::p2(4), "p2:4"},   {Padding::p2(8), "p2:8"},
    {Padding::p2(16), "p2:16"}, {Padding::p2(32), "p2:32"}, {Padding::p2(64), "p2:64"},
};

}  // namespace

std::string_view to_text(Padding padding) { return std::ranges::find(kNames, padding, &Named::padding)->text; }

Result<Padding> parse_padding(std::string_view text) {
  if (text == "p2") return Padding::p2(kDefaultP2KiB);
  const auto found = std::ranges::find(kNames, text, &Named::text);
  if (found == std::end(kNames)) return fail("unsupported_padding");
  return found->padding;
}

std::size_t request_chunk_plaintext(std::size_t content, bool last) {
  if (content > kMaxChunkContent) __builtin_trap();
  return last ? std::bit_ceil(std::max(kLengthBytes + content, kSmallestRequestChunk)) : kMaxChunkPlaintext;
}

std::size_t most_response_content(Padding padding) {
  return padding.is_constant_rate() ? padding.constant_bytes() - kLengthBytes : kMaxChunkContent;
}

std::size_t response_chunk_plaintext(Padding padding, std::size_t content) {
  if (content > most_response_content(padding)) __builtin_trap();
  if (padding.is_constant_rate()) return padding.constant_bytes();
  const std::size_t size = kLengthBytes + content;
  if (padding == Padding::p0) return (size + kP0Step - 1) / kP0Step * kP0Step;
  return std::bit_ceil(std::max(size, kSmallestP1Chunk));
}

bool is_response_chunk_plaintext(Padding padding, std::size_t bytes) {
  if (bytes == 0 || bytes > kMaxChunkPlaintext) return false;
  if (padding.is_constant_rate()) return bytes == padding.constant_bytes();
  if (padding == Padding::p0) return bytes % kP0Step == 0;
  return bytes >= kSmallestP1Chunk && std::has_single_bit(bytes);
}

}  // namespace aipg::seal
