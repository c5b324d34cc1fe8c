// SPDX-License-Identifier: Apache-2.0
// A limit that moves often. Setting it later, or taking it away, costs an
// assignment: the system's timer fires at the old time, looks, and is set
// again. Not for concurrent use.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "net/runtime.h"

namespace aipg::net {

class Timer {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // `expired` is called from the loop, once for each time that was set and reached.
  Timer(Runtime& runtime, std::function<void()> expired);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void expire_at(TimePoint at);
  void expire_after(milliseconds duration) { expire_at(std::chrono::steady_clock::now() + duration); }
  void cancel();
  // Cancels and forgets the system's timer too, so that it keeps no loop alive.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace aipg::net
