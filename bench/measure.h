// SPDX-License-Identifier: Apache-2.0
// Timing what is compared side by side: cases take turns, so that whatever
// else the machine does meets all of them alike, and medians are reported.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace aipg::bench {

// The median of repetitions, and where the middle eight tenths of them lie.
struct Spread {
  double median = 0, low = 0, high = 0;
  [[nodiscard]] Spread times(double factor) const { return {median * factor, low * factor, high * factor}; }
  // One over each, as a rate: low and high change places.
  [[nodiscard]] Spread rate(double amount) const { return {amount / median, amount / high, amount / low}; }
};
// At least one sample.
[[nodiscard]] Spread spread_of(std::vector<double> samples);
// The sample below which `part` of them lie.
[[nodiscard]] double quantile(std::vector<double> samples, double part);

struct Case {
  std::function<void(std::size_t n)> run;           // n operations, timed
  std::function<void(std::size_t n)> prepare = {};  // before each run, not timed
};

struct Effort {
  int rounds = 41;
  milliseconds slice{10};       // how long one case runs in one round
  std::size_t most = 1U << 20;  // operations in one slice
};

// Seconds per operation, by case and round.
struct Timings {
  std::vector<std::vector<double>> samples;
  [[nodiscard]] Spread operator[](std::size_t i) const { return spread_of(samples[i]); }
  // How long `part` takes for each unit of time that `whole` takes, in percent: the median over rounds, so that
  // only what ran at nearly the same moment is compared.
  [[nodiscard]] double percent(std::size_t part, std::size_t whole) const;
};

// The first round warms up and is dropped.
[[nodiscard]] Timings take_turns(const std::vector<Case>& cases, const Effort& effort = {});

// Keeps the compiler from leaving out a computation.
template <typename T>
void keep(const T& value) {
  asm volatile("" : : "g"(&value) : "memory");  // NOLINT(hicpp-no-assembler)
}

}  // namespace aipg::bench
