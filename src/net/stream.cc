// SPDX-License-Identifier: Apache-2.0
#include "net/stream.h"

namespace aipg::net {

Stream::Stream(Runtime& runtime)
    : read_timer_(runtime, [this] { expired(); }), write_timer_(runtime, [this] { expired(); }) {}

void Stream::expired() {
  timed_out_ = true;
  cancel_operations();
}

void Stream::start_read(MutableByteView into, Done done) {
  if (read_done_ != nullptr) __builtin_trap();
  timed_out_ = false;
  read_done_ = std::move(done);
  begin_read(into);
}

void Stream::read_ended(Transfer transfer) {
  if (transfer.outcome == Outcome::cancelled && timed_out_) transfer.outcome = Outcome::timed_out;
  if (auto done = std::exchange(read_done_, nullptr)) done(transfer);
}

void Stream::start_write(const Pieces& pieces, Done done) {
  if (write_done_ != nullptr) __builtin_trap();
  timed_out_ = false;
  write_done_ = std::move(done);
  unwritten_ = pieces;
  written_ = 0;
  if (write_limit_.count() > 0) write_timer_.expire_after(write_limit_);
  begin_write(unwritten_);
}

void Stream::write_ended(Transfer transfer) {
  written_ += transfer.bytes;
  std::size_t taken = transfer.bytes;
  std::size_t left = 0;
  for (ByteView& piece : unwritten_) {
    const std::size_t n = std::min(taken, piece.size());
    piece = piece.subspan(n);
    taken -= n;
    left += piece.size();
  }
  if (transfer.outcome == Outcome::done && left > 0 && write_done_ != nullptr) {
    if (write_limit_.count() > 0) write_timer_.expire_after(write_limit_);
    return begin_write(unwritten_);
  }
  write_timer_.cancel();
  if (transfer.outcome == Outcome::cancelled && timed_out_) transfer.outcome = Outcome::timed_out;
  transfer.bytes = written_;
  if (auto done = std::exchange(write_done_, nullptr)) done(transfer);
}

void Stream::close() {
  close_socket();
  rest();
}

void Stream::detach() {
  read_done_ = nullptr;
  write_done_ = nullptr;
  close();
}

void Stream::rest() {
  read_timer_.stop();
  write_timer_.stop();
}

}  // namespace aipg::net
