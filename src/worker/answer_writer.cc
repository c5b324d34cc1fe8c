// SPDX-License-Identifier: Apache-2.0
#include "worker/answer_writer.h"

namespace aipg::worker {
namespace {

constexpr std::size_t kMaxGathered = 64 * 1024;

}  // namespace

AnswerWriter::AnswerWriter(net::Runtime& runtime, const Clock& clock, const Keysets& keysets,
                           std::shared_ptr<link::Connection> connection, std::uint32_t stream,
                           seal::AnswerSealer sealer, seal::Padding padding, milliseconds start,
                           std::function<void()> on_end_sent)
    : clock_(clock),
      keysets_(keysets),
      connection_(std::move(connection)),
      stream_(stream),
      answer_(std::move(sealer), padding, start),
      on_end_sent_(std::move(on_end_sent)),
      changed_(runtime),
      room_(runtime),
      ended_(runtime),
      stopped_(runtime) {}

void AnswerWriter::begin(unsigned status, std::string_view content_type) {
  answer_.begin(status, {{"content-type", std::string(content_type)}});
}

net::Task<bool> AnswerWriter::announce() {
  changed_.notify_all();
  while (!cancelled_ && answer_.unsealed_bytes() >= kMaxGathered) co_await room_.wait();
  co_return !cancelled_;
}

void AnswerWriter::finish(const Tokens& tokens) {
  answer_.finish(tokens.in, tokens.out);
  changed_.notify_all();
}

net::Task<void> AnswerWriter::wait_for_tick() {
  // What is gathered until the tick goes out with it; without ticks, what this turn of the loop still brings.
  const milliseconds wait = answer_.until_flush(clock_.monotonic());
  if (wait > milliseconds(0)) (void)co_await stopped_.wait_for(wait);
}

net::Task<void> AnswerWriter::run() {
  while (!cancelled_ && receipt_.empty()) {
    if (!answer_.has_work()) {
      co_await changed_.wait();
      continue;
    }
    co_await wait_for_tick();
    if (cancelled_) break;
    seal::AnswerSealer::End out = answer_.flush(clock_.monotonic(), keysets_.worker_now());
    room_.notify_all();
    if (!co_await send(out.wire)) break;
    if (out.receipt_jws.empty()) continue;
    connection_->mux().send_end(stream_, as_bytes(out.receipt_jws));
    connection_->flush();
    receipt_ = std::move(out.receipt_jws);
    on_end_sent_();
  }
  answer_.abandon();
  over_ = true;
  room_.notify_all();
  ended_.notify_all();
}

net::Task<bool> AnswerWriter::send(ByteView wire) {
  while (!cancelled_) {
    const std::size_t sent = connection_->has_room() ? connection_->mux().send_data(stream_, wire) : 0;
    if (sent != 0) connection_->flush();
    wire = wire.subspan(sent);
    if (wire.empty()) co_return true;
    co_await changed_.wait();
  }
  co_return false;
}

net::Task<void> AnswerWriter::done() {
  while (!over_) co_await ended_.wait();
}

void AnswerWriter::cancel() {
  cancelled_ = true;
  stopped_.notify_all();
  changed_.notify_all();
  room_.notify_all();
}

}  // namespace aipg::worker
