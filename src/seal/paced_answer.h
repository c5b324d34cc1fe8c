// SPDX-License-Identifier: Apache-2.0
// One answer between who produces it and the wire: gathers content, and says
// when which bytes go out. p0: at once. p1: at a tick, when something waits. p2:
// exactly one chunk at each tick from the first on, whether nothing waits, more
// than fits, or the answer has not begun; the receipt has a tick of its own, at
// a multiple of 16. So what p2 shows before the end depends on the clock and on
// who takes the bytes, never on the content. A tick at which nobody took bytes
// is not made up for.
// Sans-I/O; the caller owns the timer. Times are monotonic. Not for concurrent use.
#pragma once

#include "seal/pacer.h"
#include "seal/recipient.h"

namespace aipg::seal {

class PacedAnswer {
 public:
  // `start`: when the last request chunk had verified.
  PacedAnswer(AnswerSealer sealer, Padding padding, milliseconds start);

  // Once, before any content.
  void begin(unsigned status, const std::vector<codec::bhttp::Field>& fields);
  [[nodiscard]] bool begun() const { return begun_; }
  // Content is appended here. What has been sealed of it is wiped, and goes from its front.
  [[nodiscard]] SecretBytes& gathered() { return gathered_; }
  [[nodiscard]] std::size_t unsealed_bytes() const { return gathered_.size() - taken_; }
  // No more content; the receipt will say these tokens. After begin().
  void finish(std::uint64_t tokens_in, std::uint64_t tokens_out);

  // Whether a flush is due when its time comes: at a constant rate always, until the end.
  [[nodiscard]] bool has_work() const;
  [[nodiscard]] milliseconds until_flush(milliseconds now) const { return pacer_.until_flush(now); }
  // What goes out, once until_flush() has passed and while has_work(). With a receipt it was the last.
  [[nodiscard]] AnswerSealer::End flush(milliseconds now, Instant worker_now);
  // Nothing more goes out: wipes what is gathered.
  void abandon();

 private:
  [[nodiscard]] bool ends_now() const;
  [[nodiscard]] Bytes seal_waiting();
  [[nodiscard]] Bytes seal_tick();
  void drop_taken(std::size_t n);

  AnswerSealer sealer_;
  Padding padding_;
  Pacer pacer_;
  milliseconds start_;
  Bytes preamble_;  // until it went out with the first chunk
  SecretBytes gathered_;
  std::size_t taken_ = 0;  // from the front of gathered_
  std::optional<AnswerSealer::Usage> finished_;
  bool begun_ = false, over_ = false;
};

}  // namespace aipg::seal
