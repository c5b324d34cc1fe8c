// SPDX-License-Identifier: Apache-2.0
// A limit that moves often. Setting it later, or taking it away, costs an
// assignment: the alarm sounds at the old time, looks, and is set again. Not
// for concurrent use.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "net/reactor.h"
#include "net/runtime.h"

namespace aipg::net {

class Timer final : private Reactor::Alarm {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // `expired` is called from the loop, once for each time that was set and reached.
  Timer(Runtime& runtime, std::function<void()> expired) : reactor_(runtime.reactor()), expired_(std::move(expired)) {}
  ~Timer() { stop(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void expire_at(TimePoint at);
  void expire_after(milliseconds duration) { expire_at(std::chrono::steady_clock::now() + duration); }
  void cancel() { at_.reset(); }
  // Cancels, and takes the alarm away too, so that it keeps no loop alive.
  void stop();

 private:
  void due() override;

  Reactor& reactor_;
  std::function<void()> expired_;
  std::optional<TimePoint> at_;  // what was asked for
  TimePoint alarm_at_{};         // what the alarm is set to, when it is
};

}  // namespace aipg::net
