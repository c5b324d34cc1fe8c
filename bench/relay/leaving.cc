// SPDX-License-Identifier: Apache-2.0
#include "measurements.h"

namespace aipg::bench::relay {
namespace {

constexpr unsigned kClients = 200;
constexpr std::size_t kEventBytes = 532, kRequestBytes = 300;
constexpr microseconds kBetween{2'000};
constexpr double kMostMs = 5;

}  // namespace

void measure_leaving(Bench& bench, Report& report) {
  Subject subject = bench.start(Bench::Kind::gateway);
  bench.play(subject, {.event_bytes = kEventBytes, .silent = true});
  Load load(bench.loop(), bench.clients(subject, kClients, kRequestBytes, kEventBytes));
  load.start();
  bench.wait([&] { return load.begun() == kClients; }, "all streams to begin");
  std::vector<double> seconds;
  for (unsigned i = 0; i < kClients; ++i) {
    const TimePoint left = now();
    load.leave(i);
    bench.wait([&] { return subject.workers[0]->reset_at() > left; }, "the worker to hear that a client left");
    seconds.push_back(std::chrono::duration<double>(subject.workers[0]->reset_at() - left).count());
    bench.loop().run_for(kBetween);
  }
  const Spread took = spread_of(seconds).times(1e3);
  report.add({.what = "a client leaves: until the worker is told",
              .value = took,
              .unit = "ms",
              .compared = Comparison{"", took.high, "ms (90 %)", Target{kMostMs, Target::Side::at_most}}});
  measure_leaving_whole(report);
}

}  // namespace aipg::bench::relay
