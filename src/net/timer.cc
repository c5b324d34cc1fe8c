// SPDX-License-Identifier: Apache-2.0
#include "net/timer.h"

namespace aipg::net {

void Timer::expire_at(TimePoint at) {
  at_ = at;
  if (set() && alarm_at_ <= at) return;
  alarm_at_ = at;
  reactor_.set(*this, at);
}

void Timer::stop() {
  at_.reset();
  reactor_.unset(*this);
}

void Timer::due() {
  if (!at_) return;
  if (*at_ > reactor_.turn()) return expire_at(*at_);
  at_.reset();
  // A copy: the call may destroy the Timer, and with it `expired_`.
  const auto call = expired_;
  call();
}

}  // namespace aipg::net
