// SPDX-License-Identifier: Apache-2.0
#include "net/stream.h"

namespace aipg::net {

Stream::Stream(Runtime& runtime)
    : reactor_(runtime.reactor()),
      read_timer_(runtime, [this] { expired(); }),
      write_timer_(runtime, [this] { expired(); }) {}

void Stream::start_read(MutableByteView into, Done done) {
  if (read_done_ != nullptr) __builtin_trap();
  read_done_ = std::move(done);
  read_into_ = into;
  reactor_.begin_work();
  read_waits_ = true;
  try_read(false);
}

void Stream::start_write(const Pieces& pieces, Done done) {
  if (write_done_ != nullptr) __builtin_trap();
  write_done_ = std::move(done);
  unwritten_ = pieces;
  written_ = 0;
  if (write_limit_.count() > 0) write_timer_.expire_after(write_limit_);
  reactor_.begin_work();
  write_waits_ = true;
  try_write(false);
}

void Stream::try_read(bool from_loop) {
  const Transfer transfer = read_now(read_into_);
  if (transfer.outcome != Outcome::again) end_read(transfer, from_loop);
}

void Stream::try_write(bool from_loop) {
  for (;;) {
    std::size_t left = 0;
    for (const ByteView& piece : unwritten_) left += piece.size();
    if (left == 0) return end_write(Outcome::done, from_loop);
    const Transfer transfer = write_now(unwritten_);
    if (transfer.outcome == Outcome::again) return;
    if (transfer.outcome != Outcome::done) return end_write(transfer.outcome, from_loop);
    written_ += transfer.bytes;
    std::size_t taken = transfer.bytes;
    for (ByteView& piece : unwritten_) {
      const std::size_t n = std::min(taken, piece.size());
      piece = piece.subspan(n);
      taken -= n;
    }
    if (write_limit_.count() > 0) write_timer_.expire_after(write_limit_);
  }
}

void Stream::end_read(Transfer transfer, bool from_loop) {
  read_waits_ = false;
  finish(read_done_, transfer, from_loop);
}

void Stream::end_write(Outcome outcome, bool from_loop) {
  write_waits_ = false;
  write_timer_.cancel();
  finish(write_done_, {outcome, written_}, from_loop);
}

// `done` is called from the loop, and is empty once it is: the next operation may begin inside.
void Stream::finish(Done& done, Transfer transfer, bool from_loop) {
  const auto call = [self = shared_from_this(), &done, transfer] {
    self->reactor_.end_work();
    if (const auto ended = std::exchange(done, nullptr)) ended(transfer);
  };
  if (from_loop) return call();
  reactor_.post(call);
}

void Stream::ready() {
  const auto self = shared_from_this();
  if (read_waits_) try_read(true);
  if (write_waits_) try_write(true);
  if (readiness_ != nullptr) readiness_->on_ready();
}

void Stream::expired() { end_operations(Outcome::timed_out); }

void Stream::end_operations(Outcome outcome) {
  if (read_waits_) end_read({outcome, 0}, false);
  if (write_waits_) end_write(outcome, false);
}

void Stream::close() {
  close_descriptor();
  held_.reset();
  end_operations(Outcome::cancelled);
  rest();
  if (readiness_ != nullptr) reactor_.post([self = shared_from_this()] { self->ready(); });
}

void Stream::detach() {
  readiness_ = nullptr;
  read_done_ = nullptr;
  write_done_ = nullptr;
  close();
}

std::unique_ptr<UnwatchedStream> Stream::release() {
  readiness_ = nullptr;
  rest();
  auto out = let_go();
  out->held_ = std::move(held_);
  return out;
}

std::shared_ptr<Stream> UnwatchedStream::watch(Runtime& runtime) {
  auto out = watched(runtime);
  out->hold(std::move(held_));
  return out;
}

void Stream::rest() {
  read_timer_.stop();
  write_timer_.stop();
}

}  // namespace aipg::net
