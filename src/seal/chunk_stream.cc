// SPDX-License-Identifier: Apache-2.0
#include "seal/chunk_stream.h"

#include "base/byte_reader.h"

namespace aipg::seal {
namespace {

constexpr std::size_t kLengthBytes = 4;
const ByteArray<kMaxChunkPlaintext> kZeros{};  // all that padding can be

std::expected<std::size_t, ChunkFault> whole_size(ByteView start) {
  const auto header = parse_chunk_header(to_array<kChunkHeaderBytes>(start.first(kChunkHeaderBytes)));
  if (!header) return std::unexpected(ChunkFault::length);
  return kChunkHeaderBytes + header->ciphertext_bytes;
}

ByteView take_front(ByteView& from, std::size_t n) {
  const ByteView taken = from.first(std::min(n, from.size()));
  from = from.subspan(taken.size());
  return taken;
}

}  // namespace

void ChunkSealer::seal(ByteView content, std::size_t plaintext_bytes, bool last, Bytes& out) {
  if (done_ || plaintext_bytes > kMaxChunkPlaintext || content.size() + kLengthBytes > plaintext_bytes) {
    __builtin_trap();
  }
  done_ = last;
  const std::size_t ciphertext_bytes = plaintext_bytes + crypto::kAeadTagBytes;
  const auto header = write_chunk_header({static_cast<std::uint32_t>(ciphertext_bytes), last});
  append(out, header);
  const std::size_t at = out.size();
  out.resize(at + ciphertext_bytes);
  ByteWriter length;
  length.u32be(static_cast<std::uint32_t>(content.size()));
  const std::size_t padding = plaintext_bytes - kLengthBytes - content.size();
  aead_.seal(header, {length.view(), content, ByteView(kZeros).first(padding)}, MutableByteView(out).subspan(at));
}

std::unexpected<ChunkFault> ChunkOpener::fail_with(ChunkFault fault) {
  fault_ = fault;
  plaintext_.clear();
  return std::unexpected(fault);
}

std::expected<std::optional<OpenedChunk>, ChunkFault> ChunkOpener::next(ByteView& wire) {
  if (fault_) return std::unexpected(*fault_);
  if (partial_used_) {
    partial_.clear();
    partial_used_ = false;
  }
  if (finished_) {
    if (wire.empty()) return std::nullopt;
    return fail_with(ChunkFault::after_last);
  }
  const auto chunk = gather(wire);
  if (!chunk) return fail_with(chunk.error());
  if (chunk->empty()) return std::nullopt;
  const auto opened = open(*chunk);
  if (!opened) return fail_with(opened.error());
  finished_ = opened->last;
  return *opened;
}

std::expected<ByteView, ChunkFault> ChunkOpener::gather(ByteView& wire) {
  if (partial_.empty() && wire.size() >= kChunkHeaderBytes) {
    const auto size = whole_size(wire);
    if (!size) return std::unexpected(size.error());
    if (wire.size() >= *size) return take_front(wire, *size);
  }
  if (partial_.size() < kChunkHeaderBytes) append(partial_, take_front(wire, kChunkHeaderBytes - partial_.size()));
  if (partial_.size() < kChunkHeaderBytes) return ByteView();
  const auto size = whole_size(partial_);
  if (!size) return std::unexpected(size.error());
  append(partial_, take_front(wire, *size - partial_.size()));
  if (partial_.size() < *size) return ByteView();
  partial_used_ = true;
  return ByteView(partial_);
}

std::expected<OpenedChunk, ChunkFault> ChunkOpener::open(ByteView chunk) {
  const ByteView header = chunk.first(kChunkHeaderBytes);
  const ByteView ciphertext = chunk.subspan(kChunkHeaderBytes);
  plaintext_.clear();
  const MutableByteView room = plaintext_.extend(ciphertext.size() - crypto::kAeadTagBytes);
  if (!aead_.open(header, ciphertext, room)) return std::unexpected(ChunkFault::open);

  ByteReader reader(plaintext_.reveal());
  const std::size_t n = reader.u32be();
  const ByteView content = reader.take(n);
  if (!reader.ok() || !all_zero(reader.rest())) return std::unexpected(ChunkFault::padding);
  const bool last = (header[0] & 0x80) != 0;
  if (content.empty() && !last && empty_ == EmptyChunks::refused) return std::unexpected(ChunkFault::empty);
  return OpenedChunk{content, chunk, last};
}

}  // namespace aipg::seal
