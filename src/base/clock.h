// SPDX-License-Identifier: Apache-2.0
// Instants of wall time, and the clock as a parameter. Nothing pure asks the
// system for the time; programs pass a Clock, tests pass a ManualClock.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace aipg {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Wall time in milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
struct Instant {
  std::int64_t ms = 0;

  friend auto operator<=>(Instant, Instant) = default;
  friend Instant operator+(Instant at, milliseconds d) { return {at.ms + d.count()}; }
  friend Instant operator-(Instant at, milliseconds d) { return {at.ms - d.count()}; }
  friend milliseconds operator-(Instant a, Instant b) { return milliseconds(a.ms - b.ms); }
};

// "2026-11-22T12:00:00Z"; reading takes exactly this form. Error: invalid_instant.
[[nodiscard]] std::string to_text(Instant at);
[[nodiscard]] Result<Instant> parse_instant(std::string_view text);

// Days and seconds of the proleptic Gregorian calendar; refuses dates that do not exist.
[[nodiscard]] Result<Instant> instant_from_civil(int year, unsigned month, unsigned day, unsigned hour, unsigned minute,
                                                 unsigned second);

// Threads: now() and monotonic() may be called from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant now() const = 0;
  // Time since some fixed point; never goes back.
  [[nodiscard]] virtual milliseconds monotonic() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override;
  [[nodiscard]] milliseconds monotonic() const override;
};

// For tests and replays: time passes only when told to.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant now) : now_(now) {}
  [[nodiscard]] Instant now() const override { return now_; }
  [[nodiscard]] milliseconds monotonic() const override { return monotonic_; }
  void advance(milliseconds by) {
    now_ = now_ + by;
    monotonic_ += by;
  }
  // The wall clock is set; monotonic time does not notice.
  void set_wall(Instant now) { now_ = now; }

 private:
  Instant now_;
  milliseconds monotonic_{0};
};

}  // namespace aipg
