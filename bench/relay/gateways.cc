// SPDX-License-Identifier: Apache-2.0
#include "measurements.h"
#include "turns.h"

namespace aipg::bench::relay {
namespace {

constexpr int kRounds = 5;
constexpr microseconds kWarm{500'000}, kMeasured{2'000'000};
constexpr unsigned kConcurrency = 32;
constexpr std::size_t kRequestBytes = 300, kAnswerBytes = 700;

struct Measured {
  double cpu_each = 0, p50 = 0;  // seconds
};

Measured run(Bench& bench, Subject& subject, unsigned connections) {
  bench.play(subject, {.answer_bytes = kAnswerBytes, .chat = subject.workers.empty()});
  Load load(bench.loop(), subject.workers.empty() ? bench.chatting_clients(subject, connections, kRequestBytes)
                                                  : bench.clients(subject, connections, kRequestBytes));
  load.start();
  bench.loop().run_for(kWarm);
  load.record(true);
  const double before = subject.server.cpu().all;
  const std::uint64_t answers_before = load.answers();
  bench.loop().run_for(kMeasured);
  const double cpu = subject.server.cpu().all - before;
  const auto answers = static_cast<double>(load.answers() - answers_before);
  load.stop();
  bench.wait([&] { return load.idle(); }, "the last answers");
  return {cpu / answers, quantile(load.latencies(), 0.5)};
}

}  // namespace

void measure_gateways(Bench& bench, Report& report) {
  const auto kinds = bench.model_gateways();
  std::vector<Subject> subjects;
  for (const Bench::Kind kind : kinds) subjects.push_back(bench.start(kind));
  Turns cpu(kinds), latency(kinds), memory(kinds);
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < subjects.size(); ++i) {
      cpu.add(i, run(bench, subjects[i], kConcurrency).cpu_each);
      latency.add(i, run(bench, subjects[i], 1).p50);
      memory.add(i, subjects[i].server.resident_kib());
    }
  }
  // Both read and write JSON for each request. Ours has none to read.
  const Against against{Bench::Kind::portkey, {}};
  cpu.rows(report, "CPU of a small chat request, 32 at once", 1e6, "us", against);
  latency.rows(report, "one small chat request at a time, p50", 1e6, "us", against);
  memory.rows(report, "memory after that", 1.0 / 1024, "MiB", against);
}

}  // namespace aipg::bench::relay
