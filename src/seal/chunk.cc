// SPDX-License-Identifier: Apache-2.0
#include "seal/chunk.h"

#include "base/byte_reader.h"

namespace aipg::seal {
namespace {

constexpr std::uint32_t kLastBit = 1U << 31;

}  // namespace

Result<ChunkHeader> parse_chunk_header(const ByteArray<kChunkHeaderBytes>& bytes) {
  const std::uint32_t value = ByteReader(bytes).u32be();
  const ChunkHeader header{value & ~kLastBit, (value & kLastBit) != 0};
  if (header.ciphertext_bytes < kMinChunkCiphertext || header.ciphertext_bytes > kMaxChunkCiphertext) {
    return fail("malformed_seal", "chunk_length");
  }
  return header;
}

ByteArray<kChunkHeaderBytes> write_chunk_header(ChunkHeader header) {
  const std::uint32_t value = header.ciphertext_bytes | (header.last ? kLastBit : 0);
  return to_array<kChunkHeaderBytes>(ByteWriter().u32be(value).view());
}

}  // namespace aipg::seal
