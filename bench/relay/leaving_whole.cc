// SPDX-License-Identifier: Apache-2.0
// The same through gateway and worker to the engine, in real processes: the
// engine, which is in this one, sees its client close the connection.
#include <fmt/format.h>

#include <cstdlib>

#include "client/core/session.h"
#include "client/http_gateway.h"
#include "crypto/random.h"
#include "local_network.h"
#include "measurements.h"
#include "net/http_server.h"
#include "scripted_engine.h"

namespace aipg::bench::relay {
namespace {

constexpr int kLeft = 100;
constexpr milliseconds kBetween{2};
constexpr double kMostMs = 5;
const std::string kEngineModel = "silent";

struct Engine {
  explicit Engine(net::Runtime& runtime) : changed(runtime) {}
  std::optional<TimePoint> lost;
  net::Event changed;

  // One event, and then nothing more.
  net::Task<void> answer(net::Exchange& exchange) {
    while (true) {
      const auto piece = co_await exchange.read_body();
      if (!piece) co_return exchange.abort();
      if (piece->empty()) break;
    }
    if (exchange.head().method != "POST") {
      (void)co_await exchange.respond(200, "application/json", R"({"status":"ok"})");
      co_return;
    }
    net::Headers headers;
    headers.add("Content-Type", "text/event-stream");
    if (!co_await exchange.write_head(200, headers, std::nullopt)) co_return exchange.abort();
    if (!co_await exchange.write_body(as_bytes(scripted_event()))) co_return exchange.abort();
    exchange.on_gone([this] {
      lost = now();
      changed.notify_all();
    });
    while (!exchange.client_gone()) co_await changed.wait();
    exchange.abort();
  }
};

struct Begun final : client::AnswerSink {
  explicit Begun(net::Runtime& runtime) : changed(runtime) {}
  void on_verified(const std::vector<client::SharedCandidate>&, std::uint16_t) override {}
  void on_head(unsigned, const std::vector<codec::bhttp::Field>&) override {}
  void on_content(ByteView) override {
    begun = true;
    changed.notify_all();
  }
  bool begun = false, ended = false;
  net::Event changed;
};

// Seconds from a client's leaving to the engine's knowing; nothing when there was no answer to leave.
net::Task<std::optional<double>> leave(net::Runtime& runtime, const LocalNetwork& network, client::Session& session,
                                       Engine& engine) {
  net::HttpClient http(runtime, network.gateway());
  client::HttpGateway gateway(runtime, http);
  Begun sink(runtime);
  const std::string body = scripted_body(kEngineModel, {});
  runtime.spawn([](client::Session& asked, client::HttpGateway& way, ByteView what, Begun& told) -> net::Task<void> {
    (void)co_await asked.ask(way, {.body = what, .cache_salt = std::nullopt}, told);
    told.ended = true;
    told.changed.notify_all();
  }(session, gateway, as_bytes(body), sink));
  while (!sink.begun && !sink.ended) co_await sink.changed.wait();
  std::optional<double> out;
  if (sink.begun) {
    co_await runtime.sleep(kBetween);
    engine.lost.reset();
    const TimePoint left = now();
    gateway.cancel();
    while (!engine.lost) co_await engine.changed.wait();
    out = std::chrono::duration<double>(*engine.lost - left).count();
  }
  while (!sink.ended) co_await sink.changed.wait();
  co_return out;
}

net::Task<bool> measure(net::Runtime& runtime, LocalNetwork& network, Report& report) {
  const net::Address address{
      .kind = net::Address::Kind::unix_socket, .host = {}, .path = network.folder() + "/silent.sock"};
  Engine engine(runtime);
  auto server = net::HttpServer::listen(runtime, address, std::nullopt, {},
                                        [&](net::Exchange& exchange) { return engine.answer(exchange); });
  if (!server || !co_await network.start_before(runtime, address, kEngineModel)) co_return false;
  const SystemClock clock;
  crypto::SystemRng rng;
  client::Session session({.policy = network.policy(), .api_key = network.api_key(), .recipients = 1}, clock, rng);
  std::vector<double> seconds;
  for (int i = 0; i < kLeft; ++i) {
    const auto took = co_await leave(runtime, network, session, engine);
    if (!took) co_return false;
    seconds.push_back(*took);
  }
  const Spread spread = spread_of(seconds).times(1e3);
  report.add({.what = "the same, until the engine sees its connection closed by the worker",
              .value = spread,
              .unit = "ms",
              .compared = Comparison{"", spread.high, "ms (90 %)", Target{kMostMs, Target::Side::at_most}}});
  co_return true;
}

}  // namespace

void measure_leaving_whole(Report& report) {
  const bool good =
      on_network([&](net::Runtime& runtime, LocalNetwork& network) { return measure(runtime, network, report); });
  if (!good) std::exit(1);
}

}  // namespace aipg::bench::relay
