// SPDX-License-Identifier: Apache-2.0
// A sealed sequence of chunks:
//   len u32 (bit 31 = last) ‖ AES-256-GCM(key, base XOR number, aad = those 4 bytes, n u32 ‖ content[n] ‖ 0*)
// The number, the last bit and the tag together make drops, repeats, swaps and
// cuts show. Sans-I/O; not for concurrent use.
#pragma once

#include <expected>
#include <optional>

#include "base/secret.h"
#include "crypto/aead.h"
#include "seal/chunk.h"
#include "seal/keys.h"

namespace aipg::seal {

class ChunkSealer {
 public:
  explicit ChunkSealer(const TrafficKeys& keys) : aead_(keys.key, keys.base_nonce) {}

  // Appends one chunk to `out`. plaintext_bytes (seal/padding.h) is at least
  // 4 + content.size(), at most kMaxChunkPlaintext. Nothing may follow a last chunk.
  void seal(ByteView content, std::size_t plaintext_bytes, bool last, Bytes& out);

 private:
  crypto::AeadSealer aead_;
  bool done_ = false;
};

// Why a sequence was refused; the owner has its own public codes.
enum class ChunkFault : std::uint8_t {
  length,      // out of bounds
  open,        // the tag does not verify
  padding,     // n larger than the plaintext, or padding that is not zero
  empty,       // no content before the last chunk, where that is not allowed
  after_last,  // bytes after the last chunk
};

enum class EmptyChunks : std::uint8_t { refused, allowed };  // in requests; in responses

struct OpenedChunk {
  ByteView content;  // verified; valid until the next call
  ByteView wire;     // header and ciphertext; valid until the next call and while the input lives
  bool last = false;
};

// Opens a sequence as its bytes arrive, in any pieces. Holds at most one chunk.
// Stays failed once failed.
class ChunkOpener {
 public:
  ChunkOpener(const TrafficKeys& keys, EmptyChunks empty) : aead_(keys.key, keys.base_nonce), empty_(empty) {}

  // Takes one chunk, or all there is of it, from the front of `wire`. nullopt: `wire` is used up and more must come.
  [[nodiscard]] std::expected<std::optional<OpenedChunk>, ChunkFault> next(ByteView& wire);
  // The last chunk was verified.
  [[nodiscard]] bool finished() const { return finished_; }

 private:
  [[nodiscard]] std::unexpected<ChunkFault> fail_with(ChunkFault fault);
  // Header and ciphertext of the next chunk once they are all here; empty before.
  [[nodiscard]] std::expected<ByteView, ChunkFault> gather(ByteView& wire);
  [[nodiscard]] std::expected<OpenedChunk, ChunkFault> open(ByteView chunk);

  crypto::AeadOpener aead_;
  EmptyChunks empty_;
  Bytes partial_;  // the start of a chunk that came in pieces
  bool partial_used_ = false;
  SecretBytes plaintext_;
  std::optional<ChunkFault> fault_;
  bool finished_ = false;
};

}  // namespace aipg::seal
