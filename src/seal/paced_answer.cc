// SPDX-License-Identifier: Apache-2.0
#include "seal/paced_answer.h"

namespace aipg::seal {

PacedAnswer::PacedAnswer(AnswerSealer sealer, Padding padding, milliseconds start)
    : sealer_(std::move(sealer)), padding_(padding), pacer_(padding, start), start_(start) {}

void PacedAnswer::begin(unsigned status, const std::vector<codec::bhttp::Field>& fields) {
  preamble_ = sealer_.begin(status, fields);
  begun_ = true;
}

void PacedAnswer::finish(std::uint64_t tokens_in, std::uint64_t tokens_out) {
  finished_ = {.tokens_in = tokens_in, .tokens_out = tokens_out, .duration_ms = 0};
}

bool PacedAnswer::has_work() const {
  return !over_ && (padding_.is_constant_rate() || unsealed_bytes() != 0 || finished_);
}

bool PacedAnswer::ends_now() const {
  return finished_ && (!padding_.is_constant_rate() || (unsealed_bytes() == 0 && sealer_.may_end()));
}

AnswerSealer::End PacedAnswer::flush(milliseconds now, Instant worker_now) {
  pacer_.flushed(now);
  AnswerSealer::End out;
  out.wire = std::exchange(preamble_, {});
  over_ = ends_now();
  if (!padding_.is_constant_rate()) append(out.wire, seal_waiting());
  if (padding_.is_constant_rate() && !over_) append(out.wire, seal_tick());
  if (!over_) return out;
  finished_->duration_ms = static_cast<std::uint64_t>((now - start_).count());
  AnswerSealer::End end = sealer_.end(*finished_, worker_now);
  append(out.wire, end.wire);
  out.receipt_jws = std::move(end.receipt_jws);
  return out;
}

void PacedAnswer::abandon() {
  over_ = true;
  gathered_ = SecretBytes();
  taken_ = 0;
}

Bytes PacedAnswer::seal_waiting() {
  Bytes out = sealer_.content(gathered_.reveal());
  gathered_.clear();
  return out;
}

Bytes PacedAnswer::seal_tick() {
  ByteView content = gathered_.reveal().subspan(taken_);
  const std::size_t before = content.size();
  Bytes out = sealer_.tick(content);
  drop_taken(before - content.size());
  return out;
}

// Wiped at once; moved seldom, since a whole answer may wait here for thousands of ticks.
void PacedAnswer::drop_taken(std::size_t n) {
  wipe(gathered_.reveal_mutable().subspan(taken_, n));
  taken_ += n;
  if (taken_ < gathered_.size() - taken_) return;
  gathered_.drop_front(taken_);
  taken_ = 0;
}

}  // namespace aipg::seal
