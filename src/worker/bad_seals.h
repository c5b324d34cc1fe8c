// SPDX-License-Identifier: Apache-2.0
// How many seals a worker tries to open in vain: each costs a decapsulation,
// whatever it cost its sender, and a worker cannot tell who that was. Beyond a
// bound it takes no job for the rest of a second, so that the answers under way
// have their time. Whom to blame the gateway knows: it hears malformed_seal for
// each. Pure.
#pragma once

#include <cstddef>

#include "base/clock.h"

namespace aipg::worker {

class BadSeals {
 public:
  // A tenth of a core's time, at about 100 us each.
  static constexpr std::size_t kMostPerSecond = 1'000;

  void count(milliseconds now) {
    if (now - since_ >= kSecond) {
      since_ = now;
      seen_ = 0;
    }
    ++seen_;
  }
  [[nodiscard]] bool too_many(milliseconds now) const { return seen_ >= kMostPerSecond && now - since_ < kSecond; }

 private:
  static constexpr milliseconds kSecond{1'000};

  milliseconds since_{0};  // when this second began
  std::size_t seen_ = 0;   // in it
};

}  // namespace aipg::worker
