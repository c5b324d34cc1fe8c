// SPDX-License-Identifier: Apache-2.0
// How long a peer that is slow may still be waited for: each wait has a limit,
// and all of them together have a budget that grows with the bytes it moves.
// Whoever moves a byte just before every limit is found out. Private to net/.
#pragma once

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace aipg::net {

class Patience {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Limits {
    milliseconds each, grace;
    std::uint64_t bytes_a_second = 1;
  };

  // A wait begins, unless one is under way. When it has to end.
  [[nodiscard]] TimePoint wait(TimePoint now, const Limits& limits) {
    if (!waiting_) {
      waiting_ = true;
      since_ = now;
    }
    const milliseconds earned(moved_ * 1000 / limits.bytes_a_second);
    const auto left = limits.grace + earned - waited_;
    return since_ + std::min<std::chrono::steady_clock::duration>(limits.each, left);
  }
  // So many bytes moved; the wait is over.
  void moved(TimePoint now, std::uint64_t bytes) {
    moved_ += bytes;
    rest(now);
  }
  // Nothing is expected of the peer.
  void rest(TimePoint now) {
    if (std::exchange(waiting_, false)) waited_ += now - since_;
  }

 private:
  bool waiting_ = false;
  TimePoint since_{};
  std::chrono::steady_clock::duration waited_{0};
  std::uint64_t moved_ = 0;
};

}  // namespace aipg::net
