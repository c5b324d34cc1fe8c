// SPDX-License-Identifier: Apache-2.0
#include "path_measurements.h"

#include <fmt/format.h>

#include <algorithm>

#include "local_network.h"
#include "scripted_engine.h"
#include "timed_calls.h"

namespace aipg::bench {
namespace {

constexpr int kFirstTokenRounds = 100;
constexpr int kThroughputRounds = 5;
constexpr int kRealRounds = 10;
constexpr unsigned kStreams = 4;
constexpr double kTickMs = 50;
constexpr double kAllowanceMs = 3;
constexpr double kNearlyAll = 0.98;
constexpr double kThroughputPercent = 98;
const std::string kModel = "scripted";

// The three ways to the same engine.
struct Ways {
  std::unique_ptr<Way> direct, p0, p1;
  [[nodiscard]] std::vector<Way*> all() const { return {direct.get(), p0.get(), p1.get()}; }
};

Ways ways_of(net::Runtime& runtime, const LocalNetwork& network, const Clock& clock, crypto::Rng& rng) {
  const auto sealed = [&](seal::Padding padding) {
    return sealed_through(runtime, {network.gateway(), {network.policy(), network.api_key(), 2, padding}}, clock, rng);
  };
  return {straight_to(runtime, network.engine()), sealed(seal::Padding::p0), sealed(seal::Padding::p1)};
}

// One call of each way in turn, so that they meet the same weather. Seconds.
struct Rounds {
  std::vector<double> direct, p0_more, p1_more;
};

net::Task<bool> first_token_round(const Ways& ways, std::string straight, std::string body, Rounds& rounds) {
  const auto direct = co_await ways.direct->call(straight);
  const auto p0 = co_await ways.p0->call(body);
  const auto p1 = co_await ways.p1->call(body);
  if (!direct || !p0 || !p1) co_return false;
  rounds.direct.push_back(direct->first);
  rounds.p0_more.push_back(p0->first - direct->first);
  rounds.p1_more.push_back(p1->first - direct->first);
  co_return true;
}

Row more_row(const std::string& what, const std::vector<double>& more, std::optional<Target> target) {
  const Spread spread = spread_of(more).times(1e3);
  return {.what = what,
          .value = spread,
          .unit = "ms more",
          .also = fmt::format("most {:.1f}", *std::ranges::max_element(more) * 1e3),
          .compared = Comparison{"calling the engine directly", spread.median, "ms more (median) than", target}};
}

void add_first_token_rows(Report& report, const std::string& engine, const Rounds& rounds, bool targets) {
  const std::string start = engine + ", first token: ";
  report.add({start + "direct", spread_of(rounds.direct).times(1e3), "ms"});
  std::optional<Target> p0, p1;
  if (targets) p0 = Target{kAllowanceMs, Target::Side::at_most};
  if (targets) p1 = Target{kTickMs + kAllowanceMs, Target::Side::at_most};
  report.add(more_row(start + "p0", rounds.p0_more, p0));
  Row row = more_row(start + "p1", rounds.p1_more, p1);
  if (targets) {
    // A tick is what p1 may cost at worst, so nearly the worst is held against it; the very worst is the machine's.
    row.compared->number = quantile(rounds.p1_more, kNearlyAll) * 1e3;
    row.compared->unit = "ms more (98 of 100) than";
  }
  report.add(std::move(row));
}

// First tokens come at different places within p1's tick, evenly.
net::Task<bool> measure_first_token(const Ways& ways, Report& report) {
  Rounds rounds;
  for (int i = 0; i < kFirstTokenRounds; ++i) {
    const Script script{.first = milliseconds(5 + i * 7 % 50), .pace = milliseconds(10), .tokens = 3};
    const std::string body = scripted_body(kModel, script);
    if (!co_await first_token_round(ways, body, body, rounds)) co_return false;
  }
  add_first_token_rows(report, "scripted engine", rounds, true);
  co_return true;
}

struct Load {
  std::string name;
  Script script;
  bool target = false;
};

net::Task<bool> measure_throughput(net::Runtime& runtime, const Ways& ways, const Load& load, Report& report) {
  const std::string body = scripted_body(kModel, load.script);
  Timings took{std::vector<std::vector<double>>(3)};
  for (int round = 0; round < kThroughputRounds; ++round) {
    std::size_t at = 0;
    for (Way* way : ways.all()) {
      const auto seconds = co_await at_once(runtime, *way, kStreams, body);
      if (!seconds) co_return false;
      took.samples[at++].push_back(*seconds);
    }
  }
  const double tokens = kStreams * load.script.tokens;
  report.add({load.name + ": direct", took[0].rate(tokens), "tokens/s"});
  for (std::size_t i : {1U, 2U}) {
    Comparison compared{"direct", took.percent(0, i), "% of", {}};
    if (load.target) compared.target = Target{kThroughputPercent};
    report.add({load.name + (i == 1 ? ": p0" : ": p1"), took[i].rate(tokens), "tokens/s", {}, std::move(compared)});
  }
  co_return true;
}

net::Task<bool> measure_scripted(net::Runtime& runtime, LocalNetwork& network, Report& report) {
  if (!co_await network.start_scripted(runtime, kModel)) co_return false;
  const SystemClock clock;
  crypto::SystemRng rng;
  const Ways ways = ways_of(runtime, network, clock, rng);
  Rounds warming;
  const std::string any = scripted_body(kModel, {.tokens = 3});
  if (!co_await first_token_round(ways, any, any, warming)) co_return false;
  if (!co_await measure_first_token(ways, report)) co_return false;
  const Load paced{"4 streams, 400 tokens at 10 ms", {.pace = milliseconds(10), .tokens = 400}, true};
  const Load unpaced{"4 streams, 5000 tokens as fast as it goes", {.tokens = 5000}};
  const bool good = co_await measure_throughput(runtime, ways, paced, report) &&
                    co_await measure_throughput(runtime, ways, unpaced, report);
  report.note("Unpaced, p1 is bounded by what a worker gathers between two ticks, not by its speed.");
  co_return good;
}

net::Task<bool> measure_real(net::Runtime& runtime, LocalNetwork& network, RealEngine engine, Report& report) {
  const std::string model = "real";
  if (!co_await network.start_embedded(runtime, engine.program, engine.model_file, model)) co_return false;
  const SystemClock clock;
  crypto::SystemRng rng;
  const Ways ways = ways_of(runtime, network, clock, rng);
  // As the worker asks it: without a prefix kept from the call before, else direct calls would find one.
  const std::string question = R"(,"stream":true,"max_tokens":4,"temperature":0,"messages":[{"role":"user",)"
                               R"("content":"What is the capital of France?"}]})";
  const std::string body = R"({"model":"real")" + question;
  const std::string straight = R"({"cache_prompt":false,"model":"real")" + question;
  Rounds warming, rounds;
  if (!co_await first_token_round(ways, straight, body, warming)) co_return false;
  for (int i = 0; i < kRealRounds; ++i) {
    if (!co_await first_token_round(ways, straight, body, rounds)) co_return false;
  }
  add_first_token_rows(report, "llama.cpp, SmolLM2-135M", rounds, false);
  co_return true;
}

}  // namespace

bool measure_path(Report& report) {
  return on_network(
      [&](net::Runtime& runtime, LocalNetwork& network) { return measure_scripted(runtime, network, report); });
}

bool measure_real_engine(Report& report, const RealEngine& engine) {
  return on_network(
      [&](net::Runtime& runtime, LocalNetwork& network) { return measure_real(runtime, network, engine, report); });
}

}  // namespace aipg::bench
