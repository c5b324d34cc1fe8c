// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "client_measurements.h"
#include "crowd.h"
#include "nginx.h"
#include "process_cost.h"
#include "raw_aead.h"
#include "scripted_engine.h"

namespace aipg::bench {
namespace {

constexpr unsigned kStreams = 500;
constexpr int kRounds = 5;
constexpr double kMostMiB = 100;
constexpr double kTimesNginx = 2;
// Enough for all streams to be open before the first token comes.
constexpr milliseconds kBeforeTokens{1500};
// What is measured ends before the first stream does, whose end is none of an event's cost.
constexpr double kMeasured = 0.9;

struct Load {
  std::string name;
  Script script;
};

// A server between the crowd and the engine.
struct Carrier {
  net::Address address;
  pid_t process;
};

struct Carried {
  double cpu_per_event = 0;  // seconds
  double resident_mib = 0, peak_mib = 0;
};

net::Task<std::optional<Carried>> carry(net::Runtime& runtime, const Carrier& carrier, const Load& load) {
  const std::string body = scripted_body(std::string(kClientModel), load.script);
  Crowd crowd(runtime, carrier.address, kStreams, body);
  if (!co_await crowd.all_begun()) co_return std::nullopt;
  const auto before = cost_of(carrier.process);
  const std::size_t events_before = crowd.events();
  const auto measured = static_cast<std::size_t>(kMeasured * kStreams * load.script.tokens);
  if (!co_await crowd.events_reach(measured)) co_return std::nullopt;
  const auto after = cost_of(carrier.process);
  const std::size_t events = crowd.events() - events_before;
  if (!co_await crowd.all_ended() || !before || !after || events < measured / 2) co_return std::nullopt;
  co_return Carried{(after->cpu_seconds - before->cpu_seconds) / static_cast<double>(events),
                    std::max(before->resident_mib, after->resident_mib), after->peak_mib};
}

// Opening what one event is sealed as: seconds.
double aead_seconds() {
  RawAead aead;
  const std::string event = scripted_event();
  Bytes sealed(event.size() + crypto::kAeadTagBytes), opened(event.size());
  aead.seal(as_bytes(event), sealed);
  return take_turns({{[&](std::size_t n) {
           for (std::size_t i = 0; i < n; ++i) aead.open(sealed, opened);
           keep(opened);
         }}})[0]
      .median;
}

struct Rounds {
  std::vector<double> proxy, nginx, times, resident, peak;
};

void add_cpu_rows(const Load& load, const Rounds& rounds, double aead, Report& report) {
  const std::string what = fmt::format("{} streams, {}, CPU per event: ", kStreams, load.name);
  Row row{.what = what + "aipg proxy", .value = spread_of(rounds.proxy).times(1e6), .unit = "us"};
  if (!rounds.nginx.empty()) {
    report.add({what + "nginx", spread_of(rounds.nginx).times(1e6), "us"});
    row.compared = Comparison{fmt::format("nginx, besides {:.2f} us for AES-GCM", aead * 1e6),
                              spread_of(rounds.times).median, "times", Target{kTimesNginx, Target::Side::at_most}};
  }
  report.add(std::move(row));
}

net::Task<bool> measure_load(net::Runtime& runtime, const Carrier& proxy, const std::optional<Carrier>& nginx,
                             const Load& load, Rounds& rounds) {
  for (int round = 0; round < kRounds; ++round) {
    const auto ours = co_await carry(runtime, proxy, load);
    if (!ours) co_return false;
    rounds.proxy.push_back(ours->cpu_per_event);
    rounds.resident.push_back(ours->resident_mib);
    rounds.peak.push_back(ours->peak_mib);
    if (!nginx) continue;
    const auto theirs = co_await carry(runtime, *nginx, load);
    if (!theirs) co_return false;
    rounds.nginx.push_back(theirs->cpu_per_event);
  }
  co_return true;
}

void add_memory_row(const Rounds& rounds, Report& report) {
  const Spread resident = spread_of(rounds.resident);
  report.add({.what = fmt::format("{} streams open: aipg proxy's memory", kStreams),
              .value = resident,
              .unit = "MiB",
              .also = fmt::format("peak {:.0f}", spread_of(rounds.peak).high),
              .compared = Comparison{"resident", resident.median, "MiB", Target{kMostMiB, Target::Side::at_most}}});
}

}  // namespace

net::Task<bool> measure_proxy_streams(net::Runtime& runtime, const LocalNetwork& network, const ClientPeers& peers,
                                      Report& report) {
  const Carrier proxy{network.proxy(), network.proxy_pid()};
  std::optional<Nginx> started;
  if (!peers.nginx.empty()) {
    started = co_await Nginx::start(runtime, peers.nginx, network.folder());
    if (!started) co_return false;
  } else {
    report.note("SKIPPED: nginx, which is not installed here.");
  }
  std::optional<Carrier> nginx;
  if (started) nginx = Carrier{started->address(), started->pid()};
  const double aead = aead_seconds();
  const Load loads[] = {
      {"10 tokens/s", {.first = kBeforeTokens, .pace = milliseconds(100), .tokens = 25}},
      {"as fast as it goes", {.first = kBeforeTokens, .tokens = 300}},
  };
  for (const Load& load : loads) {
    Rounds rounds;
    if (!co_await measure_load(runtime, proxy, nginx, load, rounds)) co_return false;
    for (std::size_t i = 0; i < rounds.nginx.size(); ++i) {
      rounds.times.push_back((rounds.proxy[i] - aead) / rounds.nginx[i]);
    }
    if (&load == std::begin(loads)) add_memory_row(rounds, report);
    add_cpu_rows(load, rounds, aead, report);
  }
  co_return true;
}

}  // namespace aipg::bench
