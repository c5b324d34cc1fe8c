// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "measurements.h"
#include "turns.h"
#include "undisturbed.h"

namespace aipg::bench::relay {
namespace {

constexpr int kRounds = 7, kLatencyRounds = 15;
constexpr microseconds kWarm{200'000}, kMeasured{800'000};
constexpr unsigned kConcurrency = 32;

// Between an answer and the next request, where the core is not to be busy all the time.
constexpr microseconds kPause{8'000};

struct Shape {
  std::size_t request_bytes, answer_bytes;
  bool receipts = false;
  microseconds pause{0};
};
constexpr Shape kSmall{300, 700}, kLarge{64'000, 65'536}, kWithReceipts{300, 700, true, kPause};

struct Measured {
  double cpu_each = 0, relay_cpu_each = 0;  // seconds: of all threads, of the first one
  double bytes_a_cpu_second = 0;            // both ways
  double busy_share = 0;                    // of all that was asked: refused, and asked again
};

Measured run(Bench& bench, Subject& subject, unsigned connections, Shape shape) {
  bench.play(subject, {.answer_bytes = shape.answer_bytes, .receipts = shape.receipts});
  LoadOptions clients = bench.clients(subject, connections, shape.request_bytes);
  clients.pause = shape.pause;
  clients.asks_again = !subject.workers.empty();  // ours
  const std::size_t both_ways = clients.requests[0].size() + shape.answer_bytes;
  Load load(bench.loop(), std::move(clients));
  load.start();
  bench.loop().run_for(kWarm);
  const auto before = subject.server.cpu();
  const std::uint64_t answers_before = load.answers();
  bench.loop().run_for(kMeasured);
  const auto after = subject.server.cpu();
  const auto answers = static_cast<double>(load.answers() - answers_before);
  load.stop();
  bench.wait([&] { return load.idle(); }, "the last answers");
  const double all = after.all - before.all;
  const auto again = static_cast<double>(load.asked_again());
  return {all / answers, (after.first_thread - before.first_thread) / answers,
          answers * static_cast<double>(both_ways) / all, again / (again + static_cast<double>(load.answers()))};
}

// Our gateway does what no peer does: on another thread it makes the job's record durable, and checks the receipt.
void add_relay_row(Report& report, const std::string& what, const std::vector<double>& relay) {
  report.add({what + ": its relaying thread alone", spread_of(relay).times(1e6), "us"});
}

// At the core's limit, with one worker, it begins no job as long as 1,000 records wait for the disk.
void add_busy_note(Report& report, const std::string& what, const std::vector<double>& shares) {
  const double most = std::ranges::max(shares);
  if (most == 0) return;
  report.note(fmt::format("{}: our gateway was busy for {:.2f} % of the requests of a round at most, asked again", what,
                          100 * most));
}

void measure_cpu(Bench& bench, std::vector<Subject>& subjects, Shape shape, const std::string& what, Report& report,
                 const Against& against) {
  Turns cpu(bench);
  Undisturbed undisturbed;
  std::vector<double> relay, busy;
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < subjects.size(); ++i) {
      const Measured measured = undisturbed([&] { return run(bench, subjects[i], kConcurrency, shape); });
      cpu.add(i, measured.cpu_each);
      if (i == 0) relay.push_back(measured.relay_cpu_each);
      if (i == 0) busy.push_back(measured.busy_share);
    }
  }
  cpu.rows(report, what, 1e6, "us", against);
  add_relay_row(report, what, relay);
  add_busy_note(report, what, busy);
  undisturbed.note(report, what);
}

void measure_throughput(Bench& bench, std::vector<Subject>& subjects, Report& report) {
  Turns rate(bench);
  Undisturbed undisturbed;
  std::vector<double> busy;
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < subjects.size(); ++i) {
      const Measured measured = undisturbed([&] { return run(bench, subjects[i], kConcurrency, kLarge); });
      rate.add(i, measured.bytes_a_cpu_second);
      if (i == 0) busy.push_back(measured.busy_share);
    }
  }
  add_busy_note(report, "64 KiB in and out", busy);
  undisturbed.note(report, "64 KiB in and out");
  rate.rows(report, "64 KiB in and out, per core", 1e-6, "MB/s",
            {Bench::Kind::haproxy, Target{0.8, Target::Side::at_least}});
}

struct Latency {
  double p50 = 0, p99 = 0;
};

Latency latency(Bench& bench, Subject& subject) {
  bench.play(subject, {.answer_bytes = kSmall.answer_bytes});
  Load load(bench.loop(), bench.clients(subject, 1, kSmall.request_bytes));
  load.start();
  bench.loop().run_for(kWarm);
  load.record(true);
  bench.loop().run_for(kMeasured);
  load.stop();
  bench.wait([&] { return load.idle(); }, "the last answer");
  return {quantile(load.latencies(), 0.5), quantile(load.latencies(), 0.99)};
}

// Where a process happens to lie in memory is worth a few per cent of it: each round has fresh ones.
void measure_latency(Bench& bench, Report& report) {
  Turns p50(bench), p99(bench);
  Undisturbed undisturbed;
  const auto kinds = bench.kinds();
  for (int round = 0; round < kLatencyRounds; ++round) {
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      Subject subject = bench.start(kinds[i]);
      const Latency measured = undisturbed([&] { return latency(bench, subject); });
      p50.add(i, measured.p50);
      p99.add(i, measured.p99);
    }
  }
  const Against against{Bench::Kind::nginx, Target{1.0, Target::Side::at_most}};
  p50.rows(report, "one small request at a time, p50", 1e6, "us", against);
  p99.rows(report, "one small request at a time, p99", 1e6, "us", against);
  undisturbed.note(report, "one small request at a time");
}

std::vector<Subject> start_all(Bench& bench, bool tls) {
  std::vector<Subject> out;
  for (const Bench::Kind kind : bench.kinds()) out.push_back(bench.start(kind, 1, tls));
  return out;
}

}  // namespace

void measure_requests(Bench& bench, Report& report) {
  auto subjects = start_all(bench, false);
  measure_cpu(bench, subjects, kSmall, fmt::format("CPU of a small request, {} at once", kConcurrency), report,
              {Bench::Kind::nginx, Target{1.2, Target::Side::at_most}});
  measure_cpu(bench, subjects, kWithReceipts, "the same, some 4,000 a second, receipts signed and checked", report,
              {Bench::Kind::nginx, {}});
  measure_latency(bench, report);
  measure_throughput(bench, subjects, report);
  auto secured = start_all(bench, true);
  measure_cpu(bench, secured, kSmall, "the same, TLS to clients (and our worker)", report, {Bench::Kind::nginx, {}});
}

}  // namespace aipg::bench::relay
