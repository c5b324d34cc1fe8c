// SPDX-License-Identifier: Apache-2.0
#include "worker/answer_writer.h"

namespace aipg::worker {
namespace {

constexpr std::size_t kMaxGathered = 64 * 1024;

}  // namespace

AnswerWriter::AnswerWriter(net::Runtime& runtime, const Clock& clock, const Keysets& keysets,
                           std::shared_ptr<link::Connection> connection, std::uint32_t stream,
                           seal::AnswerSealer sealer, seal::Padding padding, milliseconds start)
    : runtime_(runtime),
      clock_(clock),
      keysets_(keysets),
      connection_(std::move(connection)),
      stream_(stream),
      sealer_(std::move(sealer)),
      pacer_(padding, start),
      start_(start),
      changed_(runtime),
      room_(runtime) {}

void AnswerWriter::begin(unsigned status, std::string_view content_type) {
  head_ = sealer_.begin(status, {{"content-type", std::string(content_type)}});
}

net::Task<bool> AnswerWriter::announce() {
  changed_.notify_all();
  while (!cancelled_ && gathered_.size() >= kMaxGathered) co_await room_.wait();
  co_return !cancelled_;
}

void AnswerWriter::finish(const Tokens& tokens) {
  finished_ = tokens;
  changed_.notify_all();
}

net::Task<void> AnswerWriter::wait_for_tick() {
  // What is gathered until the tick goes out with it; without ticks, what this turn of the loop still brings.
  const milliseconds wait = pacer_.until_flush(clock_.monotonic());
  if (wait > milliseconds(0)) co_await runtime_.sleep(wait);
}

net::Task<void> AnswerWriter::run() {
  while (!cancelled_ && receipt_.empty()) {
    if (!has_work()) {
      co_await changed_.wait();
      continue;
    }
    co_await wait_for_tick();
    if (cancelled_) break;
    Bytes wire = head_sent_ ? Bytes{} : head_;
    head_sent_ = true;
    pacer_.flushed(clock_.monotonic());
    append(wire, sealer_.content(gathered_.reveal()));
    gathered_.clear();
    room_.notify_all();
    std::optional<seal::AnswerSealer::End> end;
    if (finished_) {
      const auto took = static_cast<std::uint64_t>((clock_.monotonic() - start_).count());
      end = sealer_.end({.tokens_in = finished_->in, .tokens_out = finished_->out, .duration_ms = took},
                        keysets_.worker_now());
      append(wire, end->wire);
    }
    if (!co_await send(wire)) break;
    if (!end) continue;
    connection_->mux().send_end(stream_, as_bytes(end->receipt_jws));
    connection_->flush();
    receipt_ = std::move(end->receipt_jws);
  }
  gathered_ = SecretBytes();
  over_ = true;
  room_.notify_all();
}

net::Task<bool> AnswerWriter::send(ByteView wire) {
  while (!cancelled_) {
    const std::size_t sent = connection_->mux().send_data(stream_, wire);
    if (sent != 0) connection_->flush();
    wire = wire.subspan(sent);
    if (wire.empty()) co_return true;
    co_await changed_.wait();
  }
  co_return false;
}

net::Task<void> AnswerWriter::done() {
  while (!over_) co_await room_.wait();
}

void AnswerWriter::cancel() {
  cancelled_ = true;
  changed_.notify_all();
  room_.notify_all();
}

}  // namespace aipg::worker
