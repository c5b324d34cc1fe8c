// SPDX-License-Identifier: Apache-2.0
// The chunked transfer coding (RFC 9112, section 7.1), reading. Strict: sizes
// are one to eight hex digits, no extensions, no trailers. Sans-I/O; stays
// failed once failed.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace aipg::net {

class ChunkedDecoder {
 public:
  struct Step {
    std::size_t consumed = 0;  // of `in`, `data` included
    ByteView data;             // borrows `in`; empty when `in` ran out or the body ended
  };
  // Takes bytes up to the end of one run of data. Call again with the rest
  // until it consumes nothing. Error: http_chunk.
  [[nodiscard]] Result<Step> feed(ByteView in);
  // The last chunk and its empty line were read; nothing more is consumed.
  [[nodiscard]] bool done() const { return state_ == State::done; }

 private:
  enum class State : std::uint8_t { size, size_lf, data, data_cr, data_lf, end_cr, end_lf, done, failed };
  // Takes one byte outside of data.
  [[nodiscard]] State step(std::uint8_t byte);
  [[nodiscard]] State size_digit(std::uint8_t byte);

  State state_ = State::size;
  std::uint64_t left_ = 0;  // of this chunk
  unsigned digits_ = 0;
};

// What stands before a chunk's data when writing: the size and its line end.
[[nodiscard]] std::string chunk_prefix(std::size_t size);
inline constexpr std::string_view kChunkSuffix = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace aipg::net
