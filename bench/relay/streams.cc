// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>

#include "measurements.h"
#include "turns.h"
#include "undisturbed.h"

namespace aipg::bench::relay {
namespace {

constexpr int kRounds = 5, kPacedRounds = 15;  // the jitter of one round is anything
constexpr microseconds kWarm{500'000}, kMeasured{2'000'000};
constexpr std::size_t kEventBytes = 512 + 20;  // what p1 makes of one token: 512 bytes, sealed
constexpr std::size_t kRequestBytes = 300;
constexpr unsigned kPacedStreams = 500, kUnpacedStreams = 32;
constexpr microseconds kPace{50'000};

struct Measured {
  double cpu_each = 0;
  double jitter_p99 = 0;
};

Measured run(Bench& bench, Subject& subject, unsigned streams, microseconds pace) {
  bench.play(subject, {.event_bytes = kEventBytes, .pace = pace});
  Measured out;
  {
    Load load(bench.loop(), bench.clients(subject, streams, kRequestBytes, kEventBytes));
    load.start();
    bench.wait([&] { return load.begun() == streams; }, "all streams to begin");
    bench.loop().run_for(kWarm);
    const auto before = subject.server.cpu();
    const std::uint64_t events_before = load.events();
    load.record(true);
    bench.loop().run_for(kMeasured);
    const auto after = subject.server.cpu();
    out.cpu_each = (after.all - before.all) / static_cast<double>(load.events() - events_before);
    const double wanted = std::chrono::duration<double>(pace).count();
    std::vector<double> jitter;
    for (const double gap : load.gaps()) jitter.push_back(std::abs(gap - wanted));
    out.jitter_p99 = quantile(std::move(jitter), 0.99);
  }
  bench.wait([&] { return subject.upstream_streams(bench.origin()) == 0; }, "upstream to see that clients left");
  return out;
}

}  // namespace

void measure_streams(Bench& bench, Report& report) {
  std::vector<Subject> subjects;
  for (const Bench::Kind kind : bench.kinds()) subjects.push_back(bench.start(kind));
  Turns paced(bench), jitter(bench), unpaced(bench);
  Undisturbed undisturbed;
  for (int round = 0; round < kPacedRounds; ++round) {
    for (std::size_t i = 0; i < subjects.size(); ++i) {
      const Measured measured = undisturbed([&] { return run(bench, subjects[i], kPacedStreams, kPace); });
      paced.add(i, measured.cpu_each);
      jitter.add(i, measured.jitter_p99);
      if (round >= kRounds) continue;
      const Measured fast = undisturbed([&] { return run(bench, subjects[i], kUnpacedStreams, microseconds(0)); });
      unpaced.add(i, fast.cpu_each);
    }
  }
  const Target no_more{1.0, Target::Side::at_most};
  paced.rows(report, fmt::format("CPU of an event, {} streams, one each 50 ms", kPacedStreams), 1e6, "us",
             {Bench::Kind::nginx, no_more});
  jitter.rows(report, "their jitter, p99", 1e6, "us", {Bench::Kind::nginx, no_more});
  unpaced.rows(report, fmt::format("CPU of an event, {} streams, as fast as it goes", kUnpacedStreams), 1e6, "us",
               {Bench::Kind::haproxy, no_more});
  undisturbed.note(report, "events");
}

}  // namespace aipg::bench::relay
