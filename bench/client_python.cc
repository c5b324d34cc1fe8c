// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <sstream>

#include "client_measurements.h"
#include "peer.h"
#include "scripted_engine.h"
#include "spawned.h"
#include "timed_calls.h"

namespace aipg::bench {
namespace {

constexpr int kRequestRounds = 101;
constexpr int kStreamRounds = 9;
constexpr std::size_t kEventsAtOnce = 2000;
constexpr std::size_t kPacedEvents = 400;
constexpr unsigned kPaceMs = 2;
const std::string kPlain = "plain openai, straight to the engine";

// One of OpenAI's clients, in a process of its own.
class PythonClient {
 public:
  struct Timed {
    double whole = 0, cpu = 0;  // seconds
  };

  static std::optional<PythonClient> start(const ClientPeers& peers, std::vector<std::string> way, unsigned pace_ms) {
    std::vector<std::string> argv{peers.python, AIPG_SOURCE_DIR "/bench/peers/openai/timed_calls.py"};
    argv.insert(argv.end(), way.begin(), way.end());
    argv.insert(argv.end(), {std::string(kClientModel), std::to_string(kClientPromptBytes), std::to_string(pace_ms)});
    auto peer = Peer::start(argv);
    if (!peer) return std::nullopt;
    return PythonClient(*std::move(peer));
  }

  // A call whose stream has so many tokens; 0: one that is no stream.
  [[nodiscard]] std::optional<Timed> call(std::size_t events) const {
    std::istringstream line(peer_.ask(events).value_or(""));
    Timed out;
    if (!(line >> out.whole >> out.cpu)) return std::nullopt;
    return out;
  }

 private:
  explicit PythonClient(Peer peer) : peer_(std::move(peer)) {}
  Peer peer_;
};

struct Pair {
  PythonClient plain, sealed;
};

std::optional<Pair> start_pair(const LocalNetwork& network, const ClientPeers& peers, unsigned pace_ms) {
  const std::string base_url = "http://" + network.gateway().authority() + "/v1";
  auto plain = PythonClient::start(peers, {"plain", network.engine().path}, pace_ms);
  auto sealed = PythonClient::start(
      peers, {"sealed", base_url, network.api_key(), network.policy_file(), peers.site_folder}, pace_ms);
  if (plain && sealed) return Pair{*std::move(plain), *std::move(sealed)};
  fmt::print(stderr, "bench: a Python client did not start\n");
  return std::nullopt;
}

Row more_row(std::string what, const std::vector<double>& seconds, double scale, std::string unit, std::string with,
             std::optional<double> most) {
  const Spread more = spread_of(seconds).times(scale);
  Row row{.what = std::move(what), .value = more, .unit = unit + " more"};
  std::optional<Target> target;
  if (most) target = Target{*most, Target::Side::at_most};
  row.compared = Comparison{std::move(with), more.median, unit + " more (median) than", target};
  return row;
}

std::string import_code(const std::string& modules) {
  return "import sys; sys.path.insert(0, sys.argv[1]); import " + modules;
}

// The same 4 KiB question, answered at once: Python's two ways, and the same two in C++, which share all but the SDK.
net::Task<bool> measure_requests(net::Runtime& runtime, const LocalNetwork& network, const Pair& python,
                                 Report& report) {
  const SystemClock clock;
  crypto::SystemRng rng;
  const auto direct = straight_to(runtime, network.engine());
  const auto sealed = sealed_through(
      runtime, {network.gateway(), {network.policy(), network.api_key(), 2, seal::Padding::p0}}, clock, rng);
  const std::string body =
      scripted_body(std::string(kClientModel), {.prompt_bytes = kClientPromptBytes, .stream = false});
  std::vector<double> plain, more, native, own;
  for (int round = 0; round <= kRequestRounds; ++round) {
    const auto python_direct = python.plain.call(0);
    const auto python_sealed = python.sealed.call(0);
    const auto native_direct = co_await direct->call(body);
    const auto native_sealed = co_await sealed->call(body);
    if (!python_direct || !python_sealed || !native_direct || !native_sealed) co_return false;
    if (round == 0) continue;  // the native session verifies first
    plain.push_back(python_direct->whole);
    more.push_back(python_sealed->whole - python_direct->whole);
    native.push_back(native_sealed->whole - native_direct->whole);
    own.push_back(more.back() - native.back());
  }
  report.add({"Python, 4 KiB request: plain openai", spread_of(plain).times(1e3), "ms"});
  report.add(more_row("Python, 4 KiB request: aipg, p0", more, 1e3, "ms", kPlain, 3));
  report.add(more_row("  seal and network alone, in C++", native, 1e3, "ms", "C++, straight to the engine", {}));
  report.add(more_row("  the rest, which is the SDK's own", own, 1e3, "ms", "that", {}));
  co_return true;
}

bool measure_events(const Pair& python, std::size_t events, bool cpu, const std::string& what, Report& report) {
  std::vector<double> plain, more;
  const auto each = [&](const PythonClient::Timed& timed) {
    return (cpu ? timed.cpu : timed.whole) / static_cast<double>(events);
  };
  for (int round = 0; round <= kStreamRounds; ++round) {
    const auto direct = python.plain.call(events);
    const auto sealed = python.sealed.call(events);
    if (!direct || !sealed) return false;
    if (round == 0) continue;
    plain.push_back(each(*direct));
    more.push_back(each(*sealed) - each(*direct));
  }
  report.add({what + ": plain openai", spread_of(plain).times(1e6), "us"});
  report.add(more_row(what + ": aipg, p0", more, 1e6, "us", kPlain, 30));
  return true;
}

}  // namespace

bool measure_import(const ClientPeers& peers, Report& report) {
  const auto run = [&](const std::string& modules) {
    const std::vector<std::string> argv{peers.python, "-c", import_code(modules), peers.site_folder};
    return Case{[argv](std::size_t n) {
      for (std::size_t i = 0; i < n; ++i) {
        if (run_to_end(argv).status != 0) fmt::print(stderr, "bench: an import failed\n");
      }
    }};
  };
  const Timings took = take_turns({run("openai"), run("openai, aipg")}, {.rounds = 21, .most = 1});
  std::vector<double> more;
  for (std::size_t i = 0; i < took.samples[0].size(); ++i) more.push_back(took.samples[1][i] - took.samples[0][i]);
  report.add({"Python, a process: import openai", took[0].times(1e3), "ms"});
  report.add(more_row("Python, a process: import openai, aipg", more, 1e3, "ms", "import openai", 60));
  return true;
}

net::Task<bool> measure_python_calls(net::Runtime& runtime, const LocalNetwork& network, const ClientPeers& peers,
                                     Report& report) {
  const auto at_once = start_pair(network, peers, 0);
  const auto paced = start_pair(network, peers, kPaceMs);
  if (!at_once || !paced) co_return false;
  if (!co_await measure_requests(runtime, network, *at_once, report)) co_return false;
  co_return measure_events(*at_once, kEventsAtOnce, false, "Python, an event as fast as it goes", report) &&
      measure_events(*paced, kPacedEvents, true, fmt::format("Python, an event at {} ms, CPU", kPaceMs), report);
}

}  // namespace aipg::bench
