// SPDX-License-Identifier: Apache-2.0
// The measuring side's own event loop: epoll and timers to the microsecond, and
// nothing else, so that load and upstream cost as little as they can beside what
// is measured. Used on one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

namespace aipg::bench::relay {

using TimePoint = std::chrono::steady_clock::time_point;
using microseconds = std::chrono::microseconds;

[[nodiscard]] inline TimePoint now() { return std::chrono::steady_clock::now(); }

class Loop {
 public:
  // What waits for a socket. Told of whatever became possible (edges): it goes on until the system says EAGAIN.
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual void ready() = 0;
  };

  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // The handler stays alive until its descriptor is closed.
  void watch(int fd, Handler& handler);
  void at(TimePoint when, std::function<void()> call);

  // Until `done` is true, which is asked after every turn, or the time has come: false then.
  [[nodiscard]] bool run(const std::function<bool()>& done, TimePoint until);
  void run_for(microseconds duration);

 private:
  struct Due {
    TimePoint when;
    std::function<void()> call;
    bool operator<(const Due& other) const { return when > other.when; }
  };
  void call_due();
  void arm(TimePoint when);

  int epoll_, timer_;
  TimePoint armed_{};
  std::priority_queue<Due> due_;
};

}  // namespace aipg::bench::relay
