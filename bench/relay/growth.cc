// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>

#include "measurements.h"

namespace aipg::bench::relay {
namespace {

constexpr int kRounds = 3;
constexpr unsigned kCounts[] = {100, 1000, 10'000};
constexpr unsigned kWorkers = 16;  // a link carries a thousand streams
constexpr std::size_t kEventBytes = 532, kRequestBytes = 300, kAnswerBytes = 700;
constexpr unsigned kConcurrency = 32;
constexpr microseconds kSettle{500'000}, kMeasured{1'000'000};
constexpr double kMostPercent = 10;

struct Grown {
  std::vector<double> memory, cpu;  // KiB of a stream; seconds of a request beside them
};

// So many streams that say nothing, and small requests beside them.
void measure(Bench& bench, unsigned streams, Grown& out) {
  Subject subject = bench.start(Bench::Kind::gateway, kWorkers);
  const double before = subject.server.resident_kib();
  {
    bench.play(subject, {.event_bytes = kEventBytes, .silent = true});
    Load idle(bench.loop(), bench.clients(subject, streams, kRequestBytes, kEventBytes));
    idle.start();
    bench.wait([&] { return idle.begun() == streams; }, "all streams to begin");
    bench.loop().run_for(kSettle);
    out.memory.push_back((subject.server.resident_kib() - before) / streams);
    bench.play(subject, {.answer_bytes = kAnswerBytes});
    Load busy(bench.loop(), bench.clients(subject, kConcurrency, kRequestBytes));
    busy.start();
    bench.loop().run_for(kSettle);
    const double cpu_before = subject.server.cpu().all;
    const std::uint64_t answers_before = busy.answers();
    bench.loop().run_for(kMeasured);
    out.cpu.push_back((subject.server.cpu().all - cpu_before) / static_cast<double>(busy.answers() - answers_before));
    busy.stop();
    bench.wait([&] { return busy.idle(); }, "the last answers");
  }
  bench.wait([&] { return subject.upstream_streams(bench.origin()) == 0; }, "upstream to see that clients left");
}

void add_row(Report& report, const std::string& what, unsigned streams, const std::vector<double>& samples,
             const std::vector<double>& first, double factor, const char* unit) {
  Row row{.what = fmt::format("{}, {} streams open", what, streams),
          .value = spread_of(samples).times(factor),
          .unit = unit};
  if (streams != kCounts[0]) {
    const double more = 100 * (spread_of(samples).median / spread_of(first).median - 1);
    row.compared = Comparison{fmt::format("with {} open", kCounts[0]), more, "% more than",
                              Target{kMostPercent, Target::Side::at_most}};
  }
  report.add(std::move(row));
}

}  // namespace

void measure_growth(Bench& bench, Report& report) {
  Grown grown[std::size(kCounts)];
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < std::size(kCounts); ++i) measure(bench, kCounts[i], grown[i]);
  }
  for (std::size_t i = 0; i < std::size(kCounts); ++i) {
    add_row(report, "aipg-gateway: memory of a stream", kCounts[i], grown[i].memory, grown[0].memory, 1, "KiB");
  }
  for (std::size_t i = 0; i < std::size(kCounts); ++i) {
    add_row(report, "aipg-gateway: CPU of a small request", kCounts[i], grown[i].cpu, grown[0].cpu, 1e6, "us");
  }
}

}  // namespace aipg::bench::relay
