// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <sstream>

#include "client_measurements.h"
#include "peer.h"
#include "scripted_engine.h"
#include "spawned.h"
#include "tcp_engine.h"
#include "timed_calls.h"

namespace aipg::bench {
namespace {

constexpr int kRounds = 11;
// In one turn: a process that has just slept is slow, whoever's it is.
constexpr unsigned kRequestsInTurn = 20;
constexpr std::size_t kEventsAtOnce = 2000;
constexpr std::size_t kPacedEvents = 200;
constexpr int kPacedRounds = 51;
constexpr unsigned kPaceMs = 1;
const std::string kPlain = "plain openai, straight to the engine";

// One of OpenAI's clients, in a process of its own.
class PythonClient {
 public:
  struct Timed {
    double whole = 0, cpu = 0;  // seconds
  };

  struct How {
    unsigned pace_ms = 0, calls = 1;
  };

  // `way` is what timed_calls.py takes first.
  static std::optional<PythonClient> start(const ClientPeers& peers, const std::vector<std::string>& way,
                                           const How& how) {
    std::vector<std::string> argv{peers.python, AIPG_SOURCE_DIR "/bench/peers/openai/timed_calls.py"};
    argv.insert(argv.end(), way.begin(), way.end());
    argv.insert(argv.end(), {std::string(kClientModel), std::to_string(kClientPromptBytes), std::to_string(how.pace_ms),
                             std::to_string(how.calls)});
    auto peer = Peer::start(argv);
    if (peer) return PythonClient(*std::move(peer));
    fmt::print(stderr, "bench: a Python client did not start\n");
    return std::nullopt;
  }

  // Calls whose streams have so many tokens; 0: that are no streams. Means, of the time between those tokens or of the
  // whole call.
  [[nodiscard]] std::optional<Timed> calls(std::size_t events) const { return begin(events) ? end() : std::nullopt; }
  // The same in two steps.
  [[nodiscard]] bool begin(std::size_t events) const { return peer_.order(events); }
  [[nodiscard]] std::optional<Timed> end() const {
    std::istringstream line(peer_.answer().value_or(""));
    Timed out;
    if (!(line >> out.whole >> out.cpu)) return std::nullopt;
    return out;
  }

 private:
  explicit PythonClient(Peer peer) : peer_(std::move(peer)) {}
  Peer peer_;
};

std::vector<std::string> plain_way(const TcpEngine& engine) {
  return {"plain", "http://" + engine.address().authority() + "/v1"};
}

std::vector<std::string> sealed_way(const LocalNetwork& network, const ClientPeers& peers) {
  return {"sealed", "http://" + network.gateway().authority() + "/v1", network.api_key(), network.policy_file(),
          peers.site_folder};
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

// A turn of a way in C++: the mean.
net::Task<std::optional<double>> turn(Way& way, const std::string& body) {
  double sum = 0;
  for (unsigned i = 0; i < kRequestsInTurn; ++i) {
    const auto timed = co_await way.call(body);
    if (!timed) co_return std::nullopt;
    sum += timed->whole;
  }
  co_return sum / kRequestsInTurn;
}

// The same 4 KiB question, answered at once: Python's two ways, and the same two in C++, which share all but the SDK.
net::Task<bool> measure_requests(net::Runtime& runtime, const LocalNetwork& network, const TcpEngine& engine,
                                 const ClientPeers& peers, Report& report) {
  const auto plain = PythonClient::start(peers, plain_way(engine), {.calls = kRequestsInTurn});
  const auto aipg = PythonClient::start(peers, sealed_way(network, peers), {.calls = kRequestsInTurn});
  if (!plain || !aipg) co_return false;
  const SystemClock clock;
  crypto::SystemRng rng;
  const auto direct = straight_to(runtime, engine.address());
  const auto sealed = sealed_through(
      runtime, {network.gateway(), {network.policy(), network.api_key(), 2, seal::Padding::p0}}, clock, rng);
  const std::string body =
      scripted_body(std::string(kClientModel), {.prompt_bytes = kClientPromptBytes, .stream = false});
  std::vector<double> alone, more, native, own;
  for (int round = 0; round <= kRounds; ++round) {
    const auto a = plain->calls(0), b = aipg->calls(0);
    const auto c = co_await turn(*direct, body), d = co_await turn(*sealed, body);
    if (!a || !b || !c || !d) co_return false;
    if (round == 0) continue;  // everybody verifies first
    alone.push_back(a->whole);
    more.push_back(b->whole - a->whole);
    native.push_back(*d - *c);
    own.push_back(more.back() - native.back());
  }
  report.add({"Python, 4 KiB request: plain openai", spread_of(alone).times(1e3), "ms"});
  report.add(more_row("Python, 4 KiB request: aipg, p0", more, 1e3, "ms", kPlain, 3));
  report.add(
      more_row("  of that, what a client in C++ adds too", native, 1e3, "ms", "C++, straight to the engine", {}));
  report.add(more_row("  the rest, which is the SDK's own", own, 1e3, "ms", "that", {}));
  co_return true;
}

bool measure_events_at_once(const LocalNetwork& network, const TcpEngine& engine, const ClientPeers& peers,
                            Report& report) {
  const auto plain = PythonClient::start(peers, plain_way(engine), {});
  const auto aipg = PythonClient::start(peers, sealed_way(network, peers), {});
  if (!plain || !aipg) return false;
  std::vector<double> alone, more;
  for (int round = 0; round <= kRounds; ++round) {
    const auto a = plain->calls(kEventsAtOnce), b = aipg->calls(kEventsAtOnce);
    if (!a || !b) return false;
    if (round == 0) continue;
    alone.push_back(a->whole / (kEventsAtOnce - 1));
    more.push_back((b->whole - a->whole) / (kEventsAtOnce - 1));
  }
  const std::string what = "Python, an event as fast as it goes: ";
  report.add({what + "plain openai", spread_of(alone).times(1e6), "us"});
  report.add(more_row(what + "aipg, p0", more, 1e6, "us", kPlain, 30));
  return true;
}

// Each event comes by itself. Both streams run side by side: what a process costs depends on what the caches have lost
// to others since it last ran, and gateway and worker, which are elsewhere for people, are here on the same cores.
bool measure_paced_events(const LocalNetwork& network, const TcpEngine& engine, const ClientPeers& peers,
                          Report& report) {
  const PythonClient::How how{.pace_ms = kPaceMs};
  const auto plain = PythonClient::start(peers, plain_way(engine), how);
  const auto aipg = PythonClient::start(peers, sealed_way(network, peers), how);
  if (!plain || !aipg) return false;
  std::vector<double> alone, more;
  for (int round = 0; round <= kPacedRounds; ++round) {
    if (!plain->begin(kPacedEvents) || !aipg->begin(kPacedEvents)) return false;
    const auto a = plain->end(), b = aipg->end();
    if (!a || !b) return false;
    if (round == 0) continue;
    alone.push_back(a->cpu / (kPacedEvents - 1));
    more.push_back((b->cpu - a->cpu) / (kPacedEvents - 1));
  }
  const std::string what = fmt::format("Python, an event each {} ms, CPU: ", kPaceMs);
  report.add({what + "plain openai", spread_of(alone).times(1e6), "us"});
  report.add(more_row(what + "aipg, p0", more, 1e6, "us", kPlain, 30));
  return true;
}

}  // namespace

bool measure_import(const ClientPeers& peers, Report& report) {
  bool good = true;
  const auto run = [&](const std::string& modules) {
    const std::vector<std::string> argv{peers.python, "-c", import_code(modules), peers.site_folder};
    return Case{[argv, &good](std::size_t n) {
      for (std::size_t i = 0; i < n; ++i) good = run_to_end(argv).status == 0 && good;
    }};
  };
  const Timings took = take_turns({run("openai"), run("openai, aipg")}, {.rounds = 21, .most = 1});
  if (!good) return fmt::print(stderr, "bench: an import failed\n"), false;
  std::vector<double> more;
  for (std::size_t i = 0; i < took.samples[0].size(); ++i) more.push_back(took.samples[1][i] - took.samples[0][i]);
  report.add({"Python, a process: import openai", took[0].times(1e3), "ms"});
  report.add(more_row("Python, a process: import openai, aipg", more, 1e3, "ms", "import openai", 60));
  return true;
}

net::Task<bool> measure_python_calls(net::Runtime& runtime, const LocalNetwork& network, const ClientPeers& peers,
                                     Report& report) {
  const auto engine = co_await TcpEngine::start(runtime, network.folder() + "/tcp-engine.log");
  if (!engine) co_return false;
  co_return co_await measure_requests(runtime, network, *engine, peers, report) &&
      measure_events_at_once(network, *engine, peers, report) && measure_paced_events(network, *engine, peers, report);
}

}  // namespace aipg::bench
