// SPDX-License-Identifier: Apache-2.0
// A whole gateway on three threads, over real sockets, with a worker's link on each.
#include "gateway/lanes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <csignal>

#include "api/names.h"
#include "gateway/scripted_worker_for_tests.h"
#include "net/loopback_test.h"
#include "seal/sender.h"

namespace aipg::gateway {
namespace {

using testing::HasSubstr;

constexpr std::string_view kPath = "/v1/chat/completions";
constexpr unsigned kLanes = 3;

class GatewayLanes : public net::Loopback {
 public:
  GatewayLanes() {
    config.listen = "127.0.0.1:0";
    config.state = folder.file("state");
    config.threads = kLanes;
    config.queue_wait = milliseconds(10'000);
  }

  // The gateway, a worker on each lane; then the test; then all ended.
  void with_workers(std::function<net::Task<void>()> test) {
    auto opened = Lanes::open(config, *check_config(config), ground);
    ASSERT_TRUE(opened.has_value());
    Lanes& lanes = **opened;
    port = lanes.port();
    api_key = store::open_sqlite_store(database_path(config.state), rng).value()->create_key("t", clock.now()).value();
    std::thread gateway(
        [&lanes] { lanes.run([]() -> std::expected<Config, program::Complaint> { return Config{}; }); });
    run([](GatewayLanes& t, std::function<net::Task<void>()> body) -> net::Task<void> {
      for (ScriptedWorker* worker : t.all()) {
        t.runtime.spawn(t.connect(*worker));
        co_await t.until([worker] { return !worker->challenges.empty(); });
      }
      co_await t.until_listed(kLanes);
      co_await body();
      for (ScriptedWorker* worker : t.all()) worker->link->close();
      co_await t.until([&] { return std::ranges::all_of(t.all(), &ScriptedWorker::ended); });
    }(*this, std::move(test)));
    kill(getpid(), SIGTERM);
    gateway.join();
  }
  std::vector<ScriptedWorker*> all() { return {&one, &two, &three}; }

  net::Address gateway() const {
    net::Address out;
    out.host = "127.0.0.1";
    out.port = port;
    return out;
  }
  net::Task<void> connect(ScriptedWorker& worker) {
    Cancellation none;
    std::string why;
    auto stream = co_await net::connect_stream(runtime, gateway(), nullptr, milliseconds(5000), none, why);
    co_await write(**stream, "GET " + std::string(api::kWorkerLinkPath) +
                                 " HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                                 "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    for (std::string head; !head.ends_with("\r\n\r\n");) {
      ByteArray<1> byte;
      const auto read = co_await (*stream)->read_some(byte);
      if (read.outcome != net::Stream::Outcome::done) break;
      head += static_cast<char>(byte[0]);
    }
    runtime.spawn(worker.run(runtime, std::make_shared<DeafStream>(runtime, *std::move(stream))));
  }
  net::Task<void> until(std::function<bool()> condition) {
    while (!condition()) co_await runtime.sleep(milliseconds(1));
  }
  net::Task<std::string> get(std::string target) {
    net::HttpClient client(runtime, gateway());
    auto answer = co_await client.fetch({.target = std::move(target)}, 1 << 20);
    co_return answer ? to_text(answer->body) : std::string();
  }
  // Every lane has heard of so many keysets: each is asked in turn, as connections are shared.
  net::Task<void> until_listed(std::size_t n) {
    for (std::string metrics; !metrics.contains("aipg_gateway_keysets " + std::to_string(n) + "\n");) {
      metrics = co_await get("/metrics");
      co_await runtime.sleep(milliseconds(1));
    }
    co_await runtime.sleep(milliseconds(20));
  }
  Bytes sealed_to(std::vector<const ScriptedWorker*> workers, std::size_t size = 100) {
    seal::SealRequest request;
    request.suite = crypto::hpke::Suite::x25519;
    request.routing.path = kPath;
    request.routing.model = "m";
    request.expires = clock.now() + std::chrono::minutes(2);
    const Bytes body(size, 'x');
    request.body = body;
    for (const ScriptedWorker* worker : workers) {
      const attest::SuiteKey& key = worker->keyset.keys[0];
      request.recipients.push_back({key.kid, key.public_key, worker->keyset.id, worker->keyset.receipt_key, {}});
    }
    return seal::seal_request(request, rng).value().wire;
  }
  net::ClientRequest request(ByteView body) const {
    net::Headers headers;
    headers.add("Authorization", "Bearer " + api_key);
    headers.add(api::kConfidentialHeader, api::kConfidentialRequired);
    headers.add("Content-Type", seal::kRequestContentType);
    return {"POST", std::string(kPath), headers, body};
  }
  // What came of a request, when it did: "answered", or an error's code.
  void start(std::vector<const ScriptedWorker*> workers, std::string& outcome, std::size_t size = 100) {
    runtime.spawn([](GatewayLanes& t, Bytes wire, std::string& out) -> net::Task<void> {
      net::HttpClient client(t.runtime, t.gateway());
      out = co_await t.ask(client, wire);
    }(*this, sealed_to(std::move(workers), size), outcome));
  }
  net::Task<std::string> ask(net::HttpClient& client, ByteView wire) {
    const auto answer = co_await client.fetch(request(wire), 1 << 20);
    if (!answer) co_return std::string(answer.error().code.view());
    const auto code = api::parse_error_body(as_text(answer->body));
    co_return code ? std::string(api::info(*code).name.view()) : "answered";
  }

  using Cancellation = net::Cancellation;
  net::TemporaryFolder folder;
  SystemClock clock;
  crypto::SystemRng rng;
  Ground ground{.log = program::Log(program::LogLevel::error)};
  Config config;
  std::uint16_t port = 0;
  std::string api_key;
  ScriptedWorker one{21}, two{22}, three{23};
};

TEST_F(GatewayLanes, EachTakesALink) {
  with_workers([this]() -> net::Task<void> {
    EXPECT_THAT(co_await get("/metrics"), HasSubstr("aipg_gateway_worker_links 3\n"));
    EXPECT_THAT(co_await get("/readyz"), HasSubstr("ready"));
  });
}

TEST_F(GatewayLanes, AJobIsDoneWhereItsWorkerIs) {
  with_workers([this]() -> net::Task<void> {
    for (ScriptedWorker* worker : all()) {
      // Whichever lane the connection begins at.
      for (unsigned i = 0; i < kLanes; ++i) {
        std::string outcome;
        start({worker}, outcome);
        co_await until([&] { return worker->stream != 0; });
        worker->answer();
        co_await until([&] { return !outcome.empty(); });
        EXPECT_EQ(outcome, "answered");
      }
    }
    const std::string metrics = co_await get("/metrics");
    EXPECT_THAT(metrics, HasSubstr("aipg_gateway_requests_total{outcome=\"answered\"} 9\n"));
    EXPECT_THAT(metrics, HasSubstr("aipg_gateway_jobs_running 0\n"));
    co_await until([this] { return one.acknowledged == 3 && two.acknowledged == 3 && three.acknowledged == 3; });
  });
}

TEST_F(GatewayLanes, AConnectionGoesFromLaneToLaneWithItsRequests) {
  with_workers([this]() -> net::Task<void> {
    net::HttpClient client(runtime, gateway());
    for (int i = 0; i < 9; ++i) {
      ScriptedWorker& worker = *all()[static_cast<std::size_t>(i % 3)];
      std::string outcome;
      runtime.spawn([](GatewayLanes& t, net::HttpClient& c, Bytes wire, std::string& out) -> net::Task<void> {
        out = co_await t.ask(c, wire);
      }(*this, client, sealed_to({&worker}, i % 2 == 0 ? 100 : 200'000), outcome));
      co_await until([&] { return worker.stream != 0; });
      worker.answer();
      co_await until([&] { return !outcome.empty(); });
      EXPECT_EQ(outcome, "answered");
    }
    EXPECT_FALSE((co_await get(std::string(api::kDirectoryPath))).empty());
  });
}

TEST_F(GatewayLanes, TheNextRecipientIsTriedWhereverItIs) {
  with_workers([this]() -> net::Task<void> {
    std::string outcome;
    start({&one, &two, &three}, outcome);
    co_await until([this] { return one.stream != 0; });
    const auto job = one.job;
    one.refuse("worker_busy");
    co_await until([this] { return two.stream != 0; });
    EXPECT_EQ(two.job, job) << "it is the same job";
    two.link->abort();
    co_await until([this] { return three.stream != 0; });
    three.answer();
    co_await until([&] { return !outcome.empty(); });
    EXPECT_EQ(outcome, "answered");
  });
}

TEST_F(GatewayLanes, WhatWasTriedElsewhereIsNotForgotten) {
  with_workers([this]() -> net::Task<void> {
    std::string outcome;
    start({&one, &two}, outcome);
    co_await until([this] { return one.stream != 0; });
    one.link->abort();
    co_await until([this] { return two.stream != 0; });
    two.refuse("worker_busy");
    co_await until([&] { return !outcome.empty(); });
    EXPECT_EQ(outcome, "upstream_lost") << "the first may have run it";
  });
}

TEST_F(GatewayLanes, NorWhereNobodyIsLeftToTryThere) {
  config.limit_bad_seals = 1;
  with_workers([this]() -> net::Task<void> {
    std::string first, outcome;
    start({&two}, first);
    co_await until([this] { return two.stream != 0; });
    two.refuse("malformed_seal");
    co_await until([&] { return !first.empty(); });
    start({&one, &two}, outcome);
    co_await until([this] { return one.stream != 0; });
    one.link->abort();
    co_await until([&] { return !outcome.empty(); });
    EXPECT_EQ(outcome, "upstream_lost") << "the first may have run it, and the second is not asked for this key";
  });
}

TEST_F(GatewayLanes, AFullWorkerIsPassedByForOneOfAnotherLane) {
  one.jobs = 1;
  with_workers([this]() -> net::Task<void> {
    std::string first;
    start({&one}, first);
    co_await until([this] { return one.stream != 0; });
    // Wherever it begins, at the lane of the one that has a place, too.
    for (unsigned i = 0; i < kLanes; ++i) {
      std::string outcome;
      start({&one, &two}, outcome);
      co_await until([this] { return two.stream != 0; });
      two.answer();
      co_await until([&] { return !outcome.empty(); });
      EXPECT_EQ(outcome, "answered");
    }
    one.answer();
    co_await until([&] { return !first.empty(); });
  });
}

TEST_F(GatewayLanes, WhenAllAreFullItWaitsAtOneOfThem) {
  one.jobs = two.jobs = 1;
  with_workers([this]() -> net::Task<void> {
    std::string first, second, third;
    start({&one}, first);
    start({&two}, second);
    co_await until([this] { return one.stream != 0 && two.stream != 0; });
    start({&one, &two}, third);
    co_await runtime.sleep(milliseconds(50));
    EXPECT_EQ(third, "");
    one.answer();
    two.answer();
    co_await until([&] { return !first.empty() && !second.empty(); });
    co_await until([this] { return one.stream != 0 || two.stream != 0; });
    (one.stream != 0 ? one : two).answer();
    co_await until([&] { return !third.empty(); });
    EXPECT_EQ(third, "answered");
  });
}

TEST_F(GatewayLanes, ALostLinkIsKnownToAll) {
  with_workers([this]() -> net::Task<void> {
    two.link->abort();
    co_await until([this] { return two.ended; });
    co_await until_listed(2);
    for (unsigned i = 0; i < kLanes; ++i) {
      std::string outcome;
      start({&two}, outcome);
      co_await until([&] { return !outcome.empty(); });
      EXPECT_EQ(outcome, "no_confidential_worker");
    }
  });
}

TEST_F(GatewayLanes, EvidenceIsAskedOfWhoeverHasTheLink) {
  with_workers([this]() -> net::Task<void> {
    for (const ScriptedWorker* worker : all()) {
      const std::string body = api::write_challenge_request({rng.array<32>(), {worker->keyset.id}});
      net::HttpClient client(runtime, gateway());
      const auto answer =
          co_await client.fetch({"POST", std::string(api::kChallengePath), {}, as_bytes(body)}, 1 << 20);
      EXPECT_TRUE(answer.has_value());
      if (!answer) continue;
      const auto parsed = api::parse_challenge_answer(as_text(answer->body));
      EXPECT_TRUE(parsed && parsed->evidence.size() == 1 && parsed->evidence[0].keyset_id == worker->keyset.id);
    }
  });
}

TEST_F(GatewayLanes, AClientThatLeavesIsNoticedWhereItsJobIs) {
  with_workers([this]() -> net::Task<void> {
    Cancellation none;
    std::string why;
    auto stream = co_await net::connect_stream(runtime, gateway(), nullptr, milliseconds(5000), none, why);
    const Bytes wire = sealed_to({&two});
    std::string text = "POST " + std::string(kPath) +
                       " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(wire.size()) + "\r\n";
    for (const net::Header& header : request({}).headers.all())
      text += fmt::format("{}: {}\r\n", header.name, header.value);
    co_await write(**stream, text + "\r\n" + std::string(as_text(wire)));
    co_await until([this] { return two.stream != 0; });
    (*stream)->close();
    co_await until([this] { return two.resets == 1; });
  });
}

}  // namespace
}  // namespace aipg::gateway
