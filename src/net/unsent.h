// SPDX-License-Identifier: Apache-2.0
// A stream's writing without waiting: what the socket does not take now is kept
// in order and goes when it does. Private to net/.
#pragma once

#include "base/secret.h"
#include "net/stream.h"

namespace aipg::net {

class Unsent {
 public:
  Unsent() = default;
  ~Unsent() { wipe(kept_); }
  Unsent(const Unsent&) = delete;
  Unsent& operator=(const Unsent&) = delete;

  [[nodiscard]] std::size_t size() const { return kept_.size() - at_; }
  [[nodiscard]] bool empty() const { return size() == 0; }

  // False when the stream failed.
  [[nodiscard]] bool write(Stream& stream, Stream::Pieces pieces) {
    if (empty() && !pass_on(stream, pieces)) return false;
    for (const ByteView& piece : pieces) append(kept_, piece);
    return true;
  }
  // The same for what is kept, when the stream may take more.
  [[nodiscard]] bool flush(Stream& stream) {
    Stream::Pieces pieces{ByteView(kept_).subspan(at_)};
    const std::size_t before = pieces[0].size();
    if (before == 0) return true;
    const bool good = pass_on(stream, pieces);
    at_ += before - pieces[0].size();
    if (empty()) clear();
    return good;
  }
  // What was kept, for another to send.
  [[nodiscard]] Bytes take() {
    Bytes out = to_bytes(ByteView(kept_).subspan(at_));
    clear();
    return out;
  }
  void clear() {
    wipe(kept_);
    kept_ = Bytes();
    at_ = 0;
  }

 private:
  // Leaves in `pieces` what was not taken.
  static bool pass_on(Stream& stream, Stream::Pieces& pieces) {
    for (;;) {
      std::size_t left = 0;
      for (const ByteView& piece : pieces) left += piece.size();
      if (left == 0) return true;
      const Stream::Transfer transfer = stream.write_now(pieces);
      if (transfer.outcome == Stream::Outcome::again) return true;
      if (transfer.outcome != Stream::Outcome::done) return false;
      std::size_t taken = transfer.bytes;
      for (ByteView& piece : pieces) {
        const std::size_t n = std::min(taken, piece.size());
        piece = piece.subspan(n);
        taken -= n;
      }
    }
  }

  Bytes kept_;
  std::size_t at_ = 0;
};

}  // namespace aipg::net
