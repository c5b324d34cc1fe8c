// SPDX-License-Identifier: Apache-2.0
// When to flush an answer, by padding class: p1 at 50 ms ticks counted from
// the last verified request chunk, when bytes are pending; p0 at once. Pure:
// the caller owns the timer. Times are monotonic.
#pragma once

#include "seal/padding.h"

namespace aipg::seal {

class Pacer {
 public:
  Pacer(Padding padding, milliseconds start) : padding_(padding), start_(start) {}

  // How long to wait at `now` before flushing pending bytes: zero for p0, the
  // time to the next tick for p1 (a tick exactly now counts as now).
  [[nodiscard]] milliseconds until_flush(milliseconds now) const {
    if (padding_ == Padding::p0) return milliseconds(0);
    const milliseconds since = now - start_;
    const milliseconds past = since % kTick;
    return past == milliseconds(0) && since > milliseconds(0) ? milliseconds(0) : kTick - past;
  }

 private:
  Padding padding_;
  milliseconds start_;
};

}  // namespace aipg::seal
