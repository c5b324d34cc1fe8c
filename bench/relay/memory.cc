// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "measurements.h"
#include "turns.h"

namespace aipg::bench::relay {
namespace {

constexpr int kRounds = 5;
constexpr unsigned kStreams = 1000;
constexpr std::size_t kEventBytes = 532, kRequestBytes = 300;
constexpr microseconds kSettle{300'000};

// KiB for each of so many streams that have begun and say nothing, in a fresh process.
double each_stream_takes(Bench& bench, Bench::Kind kind, unsigned streams, unsigned workers) {
  Subject subject = bench.start(kind, workers);
  bench.play(subject, {.event_bytes = kEventBytes, .silent = true});
  const double before = subject.server.resident_kib();
  Load load(bench.loop(), bench.clients(subject, streams, kRequestBytes, kEventBytes));
  load.start();
  bench.wait([&] { return load.begun() == streams; }, "all streams to begin");
  bench.loop().run_for(kSettle);
  return (subject.server.resident_kib() - before) / streams;
}

void add_idle_rows(Bench& bench, Report& report) {
  std::vector<double> start, resident;
  for (int round = 0; round < kRounds; ++round) {
    const Subject subject = bench.start(Bench::Kind::gateway, 0);
    start.push_back(subject.server.started_in());
    resident.push_back(subject.server.resident_kib() / 1024);
  }
  const Spread started = spread_of(start).times(1e3), idle = spread_of(resident);
  report.add({.what = "aipg-gateway: from its start until it takes connections",
              .value = started,
              .unit = "ms",
              .compared = Comparison{"", started.median, "ms", Target{50, Target::Side::at_most}}});
  report.add({.what = "aipg-gateway: memory when idle",
              .value = idle,
              .unit = "MiB",
              .compared = Comparison{"", idle.median, "MiB", Target{15, Target::Side::at_most}}});
}

}  // namespace

void measure_memory(Bench& bench, Report& report) {
  add_idle_rows(bench, report);
  Turns memory(bench);
  const auto kinds = bench.kinds();
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < kinds.size(); ++i) memory.add(i, each_stream_takes(bench, kinds[i], kStreams, 1));
  }
  memory.rows(report, fmt::format("memory of an open stream, {} of them", kStreams), 1, "KiB",
              {Bench::Kind::haproxy, Target{1.0, Target::Side::at_most}});
}

}  // namespace aipg::bench::relay
