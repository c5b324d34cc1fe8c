// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <span>

#include "measurements.h"
#include "turns.h"

namespace aipg::bench::relay {
namespace {

constexpr int kRounds = 7;
constexpr unsigned kMostStreams = 10'000, kStreamsOfALink = 1'000;
constexpr unsigned kOurCounts[] = {100, 1000, kMostStreams};
// A peer, and so who measures it, has two sockets for a stream: a process may have 20,000 descriptors here.
constexpr unsigned kPeersCounts[] = {100, 1000, 8'000};
constexpr std::size_t kEventBytes = 532, kRequestBytes = 300, kAnswerBytes = 700;
constexpr unsigned kConcurrency = 32;
// Between an answer and the next request: as fast as they can, how many a turn of the loop serves together, and so what
// each costs, hangs on which side is the faster at the moment.
constexpr microseconds kPause{8'000};
constexpr microseconds kSettle{500'000}, kMeasured{1'000'000};
constexpr double kMostPercent = 10;

struct Grown {
  std::vector<double> memory, cpu;  // KiB of all streams; seconds of a request beside them
};

// So many streams that say nothing, in a process that says how much it has taken by then.
class Silent {
 public:
  Silent(Bench& bench, Subject& subject, unsigned streams) : before_(subject.server.resident_kib()) {
    bench.play(subject, {.event_bytes = kEventBytes, .silent = true});
    load_.emplace(bench.loop(), bench.clients(subject, streams, kRequestBytes, kEventBytes));
    load_->start();
    bench.wait([&] { return load_->begun() == streams; }, "all streams to begin");
    bench.loop().run_for(kSettle);
    kib_ = subject.server.resident_kib() - before_;
  }
  [[nodiscard]] double kib() const { return kib_; }

 private:
  double before_, kib_ = 0;
  std::optional<Load> load_;
};

// As many links as so many streams need: each takes its buffers once.
double memory_of(Bench& bench, Bench::Kind kind, unsigned streams) {
  Subject subject = bench.start(kind, (streams + kStreamsOfALink - 1) / kStreamsOfALink);
  return Silent(bench, subject, streams).kib();
}

// Of small requests beside them, with as many links whatever they are: how much a turn of the loop does for one hangs
// on that.
double cpu_beside(Bench& bench, Bench::Kind kind, unsigned streams) {
  Subject subject = bench.start(kind, kMostStreams / kStreamsOfALink);
  const Silent silent(bench, subject, streams);
  bench.play(subject, {.answer_bytes = kAnswerBytes});
  LoadOptions clients = bench.clients(subject, kConcurrency, kRequestBytes);
  clients.pause = kPause;
  Load busy(bench.loop(), std::move(clients));
  busy.start();
  bench.loop().run_for(kSettle);
  const double before = subject.server.cpu().all;
  const std::uint64_t answers_before = busy.answers();
  bench.loop().run_for(kMeasured);
  const double out = (subject.server.cpu().all - before) / static_cast<double>(busy.answers() - answers_before);
  busy.stop();
  bench.wait([&] { return busy.idle(); }, "the last answers");
  return out;
}

std::optional<Target> target_of(Bench::Kind kind) {
  if (kind != Bench::Kind::gateway) return std::nullopt;
  return Target{kMostPercent, Target::Side::at_most};
}

double percent_more(double more, double than) { return 100 * (more / than - 1); }

void add_cpu_rows(Report& report, Bench::Kind kind, std::span<const unsigned> counts, const std::vector<Grown>& grown) {
  for (std::size_t i = 0; i < counts.size(); ++i) {
    Row row{.what = fmt::format("{}: CPU of a small request, {} streams open", name_of(kind), counts[i]),
            .value = spread_of(grown[i].cpu).times(1e6),
            .unit = "us"};
    if (i != 0) {
      const double more = percent_more(spread_of(grown[i].cpu).median, spread_of(grown[0].cpu).median);
      row.compared = Comparison{fmt::format("with {} open", counts[0]), more, "% more than", target_of(kind)};
    }
    report.add(std::move(row));
  }
}

// What each further stream takes: the first hundred find room that a process has from its start, or make it take some
// for all.
void add_memory_rows(Report& report, Bench::Kind kind, std::span<const unsigned> counts,
                     const std::vector<Grown>& grown) {
  std::optional<double> first;
  for (std::size_t i = 1; i < counts.size(); ++i) {
    std::vector<double> each;
    for (std::size_t round = 0; round < grown[i].memory.size(); ++round) {
      each.push_back((grown[i].memory[round] - grown[i - 1].memory[round]) / (counts[i] - counts[i - 1]));
    }
    const Spread spread = spread_of(each);
    Row row{.what = fmt::format("{}: memory of a stream, from {} open to {}", name_of(kind), counts[i - 1], counts[i]),
            .value = spread,
            .unit = "KiB"};
    if (first) {
      row.compared = Comparison{"of those before", percent_more(spread.median, *first), "% more than", target_of(kind)};
    } else {
      first = spread.median;
    }
    report.add(std::move(row));
  }
}

}  // namespace

void measure_growth(Bench& bench, Report& report) {
  const auto kinds = bench.kinds();
  const auto counts_of = [](Bench::Kind kind) {
    return std::span<const unsigned>(kind == Bench::Kind::gateway ? kOurCounts : kPeersCounts);
  };
  std::vector<std::vector<Grown>> grown(kinds.size(), std::vector<Grown>(std::size(kOurCounts)));
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t step = 0; step < std::size(kOurCounts); ++step) {
      for (std::size_t i = 0; i < kinds.size(); ++i) {
        const unsigned streams = counts_of(kinds[i])[step];
        grown[i][step].memory.push_back(memory_of(bench, kinds[i], streams));
        grown[i][step].cpu.push_back(cpu_beside(bench, kinds[i], streams));
      }
    }
  }
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    add_memory_rows(report, kinds[i], counts_of(kinds[i]), grown[i]);
    add_cpu_rows(report, kinds[i], counts_of(kinds[i]), grown[i]);
  }
}

}  // namespace aipg::bench::relay
