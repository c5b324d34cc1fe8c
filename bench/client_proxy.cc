// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "client_measurements.h"
#include "scripted_engine.h"
#include "timed_calls.h"

namespace aipg::bench {
namespace {

// Over a quarter of a minute: how long a process takes to wake changes from second to second.
constexpr int kRounds = 301;
constexpr double kMostMs = 1.5;

Row more_row(std::string what, const std::vector<double>& seconds, std::optional<Target> target) {
  const Spread more = spread_of(seconds).times(1e3);
  return {
      .what = std::move(what),
      .value = more,
      .unit = "ms more",
      .compared = Comparison{"the same client, straight to the engine", more.median, "ms more (median) than", target}};
}

}  // namespace

net::Task<bool> measure_proxy_first_token(net::Runtime& runtime, const LocalNetwork& network, Report& report) {
  const SystemClock clock;
  crypto::SystemRng rng;
  const auto direct = straight_to(runtime, network.engine());
  const auto through = straight_to(runtime, network.proxy());
  const auto sealed = sealed_through(
      runtime, {network.gateway(), {network.policy(), network.api_key(), 2, seal::Padding::p0}}, clock, rng);
  const std::string body = scripted_body(
      std::string(kClientModel),
      {.first = milliseconds(5), .pace = milliseconds(5), .tokens = 3, .prompt_bytes = kClientPromptBytes});
  std::vector<double> plain, native, proxy;
  for (int round = 0; round <= kRounds; ++round) {
    const auto a = co_await direct->call(body);
    const auto b = co_await through->call(body);
    const auto c = co_await sealed->call(body);
    if (!a || !b || !c) co_return false;
    if (round == 0) continue;  // everybody verifies first
    plain.push_back(a->first);
    proxy.push_back(b->first - a->first);
    native.push_back(c->first - a->first);
  }
  report.add({"first token, 4 KiB request, engine takes 5 ms: direct", spread_of(plain).times(1e3), "ms"});
  report.add(more_row("first token: through aipg proxy, p0", proxy, Target{kMostMs, Target::Side::at_most}));
  report.add(more_row("first token: by a sealing client in C++, p0", native, {}));
  co_return true;
}

}  // namespace aipg::bench
