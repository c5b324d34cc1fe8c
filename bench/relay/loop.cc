// SPDX-License-Identifier: Apache-2.0
#include "loop.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace aipg::bench::relay {

Loop::Loop()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)), timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
  if (epoll_ < 0 || timer_ < 0) std::abort();
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = nullptr}};
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, timer_, &event) != 0) std::abort();
}

Loop::~Loop() {
  close(timer_);
  close(epoll_);
}

void Loop::watch(int fd, Handler& handler) {
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.ptr = &handler}};
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) std::abort();
}

void Loop::at(TimePoint when, std::function<void()> call) { due_.push({when, std::move(call)}); }

void Loop::run_for(microseconds duration) {
  (void)run([] { return false; }, now() + duration);
}

bool Loop::run(const std::function<bool()>& done, TimePoint until) {
  std::array<epoll_event, 256> events{};
  while (!done()) {
    if (now() >= until) return false;
    arm(due_.empty() ? until : std::min(until, due_.top().when));
    const int n = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < n; ++i) {
      void* const handler = events.at(static_cast<std::size_t>(i)).data.ptr;
      if (handler != nullptr) static_cast<Handler*>(handler)->ready();
    }
    call_due();
  }
  return true;
}

void Loop::call_due() {
  const TimePoint reached = now();
  while (!due_.empty() && due_.top().when <= reached) {
    const auto call = due_.top().call;
    due_.pop();
    call();
  }
}

// The loop's timer has nanoseconds, where epoll's own limit has milliseconds.
void Loop::arm(TimePoint when) {
  if (when == armed_ && when > now()) return;
  armed_ = when;
  const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(when.time_since_epoch()).count();
  constexpr std::int64_t kBillion = 1'000'000'000;
  const itimerspec spec{.it_interval = {}, .it_value = {.tv_sec = ns / kBillion, .tv_nsec = ns % kBillion}};
  if (timerfd_settime(timer_, TFD_TIMER_ABSTIME, &spec, nullptr) != 0) std::abort();
}

}  // namespace aipg::bench::relay
