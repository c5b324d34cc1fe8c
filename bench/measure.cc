// SPDX-License-Identifier: Apache-2.0
#include "measure.h"

#include <algorithm>
#include <chrono>

namespace aipg::bench {
namespace {

double seconds_of(const Case& about, std::size_t n) {
  if (about.prepare) about.prepare(n);
  const auto start = std::chrono::steady_clock::now();
  about.run(n);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// How many operations fill a slice.
std::size_t fit(const Case& about, const Effort& effort) {
  const double slice = std::chrono::duration<double>(effort.slice).count();
  std::size_t n = 1;
  while (n < effort.most) {
    const double took = seconds_of(about, n);
    if (took >= slice / 2) return std::clamp<std::size_t>(static_cast<std::size_t>(n * slice / took), 1, effort.most);
    n *= 2;
  }
  return effort.most;
}

}  // namespace

Spread spread_of(std::vector<double> samples) {
  return {.median = quantile(samples, 0.5), .low = quantile(samples, 0.1), .high = quantile(samples, 0.9)};
}

double quantile(std::vector<double> samples, double part) {
  std::ranges::sort(samples);
  return samples[static_cast<std::size_t>(part * static_cast<double>(samples.size() - 1) + 0.5)];
}

double Timings::percent(std::size_t part, std::size_t whole) const {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < samples[part].size(); ++i) ratios.push_back(100 * samples[part][i] / samples[whole][i]);
  return quantile(std::move(ratios), 0.5);
}

Timings take_turns(const std::vector<Case>& cases, const Effort& effort) {
  std::vector<std::size_t> operations;
  for (const Case& each : cases) operations.push_back(fit(each, effort));
  Timings out{std::vector<std::vector<double>>(cases.size())};
  for (int round = 0; round <= effort.rounds; ++round) {
    for (std::size_t i = 0; i < cases.size(); ++i) {
      const double each = seconds_of(cases[i], operations[i]) / static_cast<double>(operations[i]);
      if (round > 0) out.samples[i].push_back(each);
    }
  }
  return out;
}

}  // namespace aipg::bench
