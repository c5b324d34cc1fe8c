// SPDX-License-Identifier: Apache-2.0
// More requests than the workers have places for, from clients that do not heed
// Retry-After: what is still answered, how soon the rest is refused, and what a
// second API key gets that asks for little.
#include "measurements.h"

namespace aipg::bench::relay {
namespace {

constexpr int kRounds = 5;
constexpr unsigned kPlaces = 64;
constexpr microseconds kService{20'000}, kWarm{500'000}, kMeasured{2'000'000};
constexpr unsigned kConnections = 1'000;
constexpr std::size_t kRequestBytes = 300;
constexpr double kTooMuch = 3, kLittle = 0.2;
// Sooner than an answer could have come.
constexpr double kImmediatelyMs = 20;

// Requests that come at a rate, whatever becomes of those before.
class Arrivals {
 public:
  Arrivals(Bench& bench, Load& load, double a_second) : bench_(bench), load_(load), between_(1e6 / a_second) {
    next(now());
  }
  ~Arrivals() { *alive_ = false; }
  Arrivals(const Arrivals&) = delete;
  Arrivals& operator=(const Arrivals&) = delete;

 private:
  void next(TimePoint due) {
    bench_.loop().at(due, [this, due, alive = alive_] {
      if (!*alive) return;
      (void)load_.ask_one();  // when all connections wait, clients do, too
      next(due + std::chrono::duration_cast<std::chrono::nanoseconds>(between_));
    });
  }

  Bench& bench_;
  Load& load_;
  const std::chrono::duration<double, std::micro> between_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

double a_second(double count) { return count / std::chrono::duration<double>(kMeasured).count(); }

LoadOptions asking(Bench& bench, const Subject& subject, unsigned key) {
  LoadOptions out = bench.clients(subject, kConnections, kRequestBytes, 0, key);
  out.on_demand = true;
  return out;
}

// As many clients as places: each always has one.
double most(Bench& bench, Subject& subject) {
  Load load(bench.loop(), bench.clients(subject, kPlaces, kRequestBytes));
  load.start();
  bench.loop().run_for(kWarm);
  const std::uint64_t before = load.answers();
  bench.loop().run_for(kMeasured);
  const auto answers = static_cast<double>(load.answers() - before);
  load.stop();
  bench.wait([&] { return load.idle(); }, "the last answers");
  return a_second(answers);
}

struct Crowd {
  double answers = 0;       // a second
  double refused_p99 = 0;   // seconds
  double others_share = 0;  // of what the other key asked for
  double others_p99 = 0;
};

Crowd crowd(Bench& bench, Subject& subject, double offered, double by_other) {
  Load load(bench.loop(), asking(bench, subject, 0)), other(bench.loop(), asking(bench, subject, 1));
  Crowd out;
  {
    Arrivals all(bench, load, offered);
    Arrivals few(bench, other, by_other);
    bench.loop().run_for(kWarm);
    for (Load* each : {&load, &other}) each->record(true);
    const std::uint64_t before = load.answers() + other.answers();
    bench.loop().run_for(kMeasured);
    out.answers = a_second(static_cast<double>(load.answers() + other.answers() - before));
  }
  bench.wait([&] { return load.idle() && other.idle(); }, "the last answers");
  out.refused_p99 = quantile(load.refusals(), 0.99);
  const auto others = static_cast<double>(other.latencies().size());
  out.others_share = others / (others + static_cast<double>(other.refusals().size()));
  out.others_p99 = quantile(other.latencies(), 0.99);
  return out;
}

}  // namespace

void measure_overload(Bench& bench, Report& report) {
  Subject subject = bench.start(Bench::Kind::gateway, 1, false, kPlaces);
  bench.play(subject, {.answer_bytes = 700, .service = kService});
  std::vector<double> peaks, answered, shares, refused, others, others_p99;
  for (int round = 0; round < kRounds; ++round) {
    const double peak = most(bench, subject);
    const Crowd at_three = crowd(bench, subject, kTooMuch * peak, kLittle * peak);
    peaks.push_back(peak);
    answered.push_back(at_three.answers);
    shares.push_back(at_three.answers / peak);
    refused.push_back(at_three.refused_p99);
    others.push_back(at_three.others_share);
    others_p99.push_back(at_three.others_p99);
  }
  report.add({"answers a second, as many clients as places", spread_of(peaks), "/s"});
  report.add(
      {.what = "the same, three times as many asked for",
       .value = spread_of(answered),
       .unit = "/s",
       .compared = Comparison{"of the most", spread_of(shares).median * 100, "%", Target{90, Target::Side::at_least}}});
  const Spread refusal = spread_of(refused).times(1e3);
  report.add({.what = "until a refusal, 99 %",
              .value = refusal,
              .unit = "ms",
              .compared = Comparison{"", refusal.median, "ms", Target{kImmediatelyMs, Target::Side::at_most}}});
  report.add({.what = "another key beside it, which asks for a fifth: answered",
              .value = spread_of(others).times(100),
              .unit = "%",
              .compared = Comparison{"", spread_of(others).median * 100, "% of what it asked for",
                                     Target{99, Target::Side::at_least}}});
  report.add({"its answers, which take 20 ms, 99 %", spread_of(others_p99).times(1e3), "ms"});
}

}  // namespace aipg::bench::relay
