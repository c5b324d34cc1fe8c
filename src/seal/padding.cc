// SPDX-License-Identifier: Apache-2.0
#include "seal/padding.h"

#include <bit>

namespace aipg::seal {
namespace {

constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kSmallestRequestChunk = 1024;
constexpr std::size_t kSmallestP1Chunk = 512;
constexpr std::size_t kP0Step = 256;

std::size_t unpadded(std::size_t content) {
  if (content > kMaxChunkContent) __builtin_trap();
  return kLengthBytes + content;
}

}  // namespace

std::string_view to_text(Padding padding) { return padding == Padding::p0 ? "p0" : "p1"; }

Result<Padding> parse_padding(std::string_view text) {
  if (text == "p0") return Padding::p0;
  if (text == "p1") return Padding::p1;
  return fail("unsupported_padding");
}

std::size_t request_chunk_plaintext(std::size_t content, bool last) {
  const std::size_t size = unpadded(content);
  return last ? std::bit_ceil(std::max(size, kSmallestRequestChunk)) : kMaxChunkPlaintext;
}

std::size_t response_chunk_plaintext(Padding padding, std::size_t content) {
  const std::size_t size = unpadded(content);
  if (padding == Padding::p0) return (size + kP0Step - 1) / kP0Step * kP0Step;
  return std::bit_ceil(std::max(size, kSmallestP1Chunk));
}

}  // namespace aipg::seal
