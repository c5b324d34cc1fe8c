// SPDX-License-Identifier: Apache-2.0
// Chunk framing: len u32 (bit 31 = last) ‖ ciphertext[len]. Formats only.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "seal/padding.h"

namespace aipg::seal {

inline constexpr std::size_t kChunkHeaderBytes = 4;
inline constexpr std::size_t kMinChunkCiphertext = 20;
inline constexpr std::size_t kMaxChunkCiphertext = 65'552;

struct ChunkHeader {
  std::uint32_t ciphertext_bytes = 0;
  bool last = false;
};
// Error: malformed_seal when the length is out of bounds.
[[nodiscard]] Result<ChunkHeader> parse_chunk_header(const ByteArray<kChunkHeaderBytes>& bytes);
[[nodiscard]] ByteArray<kChunkHeaderBytes> write_chunk_header(ChunkHeader header);

}  // namespace aipg::seal
