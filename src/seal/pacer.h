// SPDX-License-Identifier: Apache-2.0
// When to flush an answer, by padding class: at 50 ms ticks counted from the
// last verified request chunk, p1 when bytes are pending and p2 always; p0 at
// once. A tick that passed is not made up for. Pure: the caller owns the timer.
// Times are monotonic.
#pragma once

#include "seal/padding.h"

namespace aipg::seal {

class Pacer {
 public:
  Pacer(Padding padding, milliseconds start) : padding_(padding), start_(start) {}

  // How long to wait at `now` before flushing: zero for p0, else the time to the
  // next tick (a tick exactly now counts as now, unless it has flushed already).
  [[nodiscard]] milliseconds until_flush(milliseconds now) const {
    if (padding_ == Padding::p0) return milliseconds(0);
    const milliseconds past = (now - start_) % kTick;
    return past == milliseconds(0) && tick(now) > flushed_ ? milliseconds(0) : kTick - past;
  }
  // What came of a tick's own millisecond after its flush waits for the next one.
  void flushed(milliseconds now) { flushed_ = tick(now); }

 private:
  [[nodiscard]] std::int64_t tick(milliseconds now) const { return (now - start_) / kTick; }

  Padding padding_;
  milliseconds start_;
  std::int64_t flushed_ = 0;  // the start is no tick
};

}  // namespace aipg::seal
