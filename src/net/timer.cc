// SPDX-License-Identifier: Apache-2.0
#include "net/timer.h"

#include <boost/asio/steady_timer.hpp>

#include "net/runtime_impl.h"

namespace aipg::net {

// Shared with the pending wait, which may outlive the Timer by one turn of the loop.
struct Timer::State : std::enable_shared_from_this<State> {
  State(Runtime::Impl& runtime, std::function<void()> call) : timer(runtime.io), expired(std::move(call)) {}

  void arm(TimePoint when) {
    armed_at = when;
    timer.expires_at(when);  // ends an earlier wait with an error
    timer.async_wait([self = shared_from_this(), when](boost::system::error_code ec) {
      if (!ec && self->armed_at == when) self->fired();
    });
  }
  void fired() {
    armed_at.reset();
    if (!at) return;
    if (*at > std::chrono::steady_clock::now()) return arm(*at);
    at.reset();
    // A copy: the call may destroy the Timer, and with it `expired`.
    if (auto call = expired) call();
  }

  boost::asio::steady_timer timer;
  std::function<void()> expired;
  std::optional<TimePoint> at;        // what was asked for
  std::optional<TimePoint> armed_at;  // what the system's timer waits for
};

Timer::Timer(Runtime& runtime, std::function<void()> expired)
    : state_(std::make_shared<State>(runtime.impl(), std::move(expired))) {}

Timer::~Timer() {
  stop();
  state_->expired = nullptr;
}

void Timer::expire_at(TimePoint at) {
  state_->at = at;
  if (!state_->armed_at || *state_->armed_at > at) state_->arm(at);
}

void Timer::cancel() { state_->at.reset(); }

void Timer::stop() {
  state_->at.reset();
  if (!std::exchange(state_->armed_at, std::nullopt)) return;
  state_->timer.cancel();
}

}  // namespace aipg::net
