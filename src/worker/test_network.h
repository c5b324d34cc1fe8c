// SPDX-License-Identifier: Apache-2.0
// What the tests of a whole worker share: a scripted engine on a Unix socket,
// a gateway that speaks the link's other end, and a client that seals. All
// over real sockets, on one Runtime.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/names.h"
#include "net/loopback_test.h"
#include "seal/sender.h"
#include "tee/simulated.h"
#include "worker/link_client.h"

namespace aipg::worker {

inline constexpr std::string_view kModel = "test-model";

// The link's other end. Keeps what it hears, and wakes whoever waits.
class TestGateway : public link::ConnectionEvents {
 public:
  explicit TestGateway(net::Runtime& runtime) : runtime_(runtime), changed(runtime) {}

  struct Stream {
    Bytes answer;
    std::optional<std::string> receipt, refused;
    bool reset = false;
    bool hold_credit = false;
    [[nodiscard]] bool over() const { return receipt || refused || reset; }
  };

  net::Task<void> handle(net::Exchange& exchange) {
    token = exchange.head().headers.find("authorization").value_or("");
    auto socket = co_await exchange.accept_websocket(4 << 20);
    if (!socket) co_return;
    link = std::make_unique<link::Connection>(runtime_, *std::move(socket), link::Role::gateway);
    streams.clear();  // ids begin anew
    link->send(link::Hello{nonce});
    const auto end = co_await link->run(*this);
    ended = end.error();
    ++links_ended;
    changed.notify_all();
  }

  net::Task<void> wait_for(std::function<bool()> condition) {
    while (!condition()) co_await changed.wait();
  }

  // Puts a whole request on a stream of its own, as credit allows.
  net::Task<std::uint32_t> send(Bytes wire, bool end = true) {
    const std::uint32_t stream = link->mux().open(ByteArray<16>{static_cast<std::uint8_t>(streams.size())});
    (void)streams[stream];
    ByteView left = wire;
    while (!left.empty() && !streams[stream].over()) {
      left = left.subspan(link->mux().send_data(stream, left));
      link->flush();
      if (!left.empty()) co_await changed.wait();
    }
    if (end) link->mux().send_end(stream, {});
    link->flush();
    co_return stream;
  }

  void on_control(const link::Control& message) override {
    if (const auto* r = std::get_if<link::Register>(&message)) {
      registrations.push_back(*r);
      link->send(link::Registered{attest::parse_keyset(r->keyset)->id});
    }
    if (const auto* r = std::get_if<link::Retire>(&message)) retired.push_back(r->keyset_id);
    if (const auto* e = std::get_if<link::EvidenceComing>(&message)) announced.push_back(*e);
    if (const auto* r = std::get_if<link::LateReceipt>(&message)) late_receipts.push_back(r->jws);
    changed.notify_all();
  }
  void on_data(std::uint32_t stream, ByteView bytes) override {
    append(streams[stream].answer, bytes);
    if (!streams[stream].hold_credit) link->mux().consumed(stream, bytes.size());
    changed.notify_all();
  }
  void on_end(std::uint32_t stream, ByteView payload) override {
    streams[stream].receipt = to_text(payload);
    at_end();
    if (acknowledge) link->mux().send_ack(stream);
    changed.notify_all();
  }
  void on_refuse(std::uint32_t stream, std::string_view code) override {
    streams[stream].refused = code;
    changed.notify_all();
  }
  void on_reset(std::uint32_t stream) override {
    streams[stream].reset = true;
    changed.notify_all();
  }
  void on_evidence(ByteView bytes) override {
    append(evidence, bytes);
    changed.notify_all();
  }
  void on_credit(std::uint32_t) override { changed.notify_all(); }
  void on_open(std::uint32_t, const ByteArray<16>&) override {}
  void on_ack(std::uint32_t) override {}

 private:
  net::Runtime& runtime_;

 public:
  std::unique_ptr<link::Connection> link;
  Hash256 nonce{1, 2, 3};
  std::string token;
  bool acknowledge = true;
  std::function<void()> at_end = [] {};  // an END was heard
  std::vector<link::Register> registrations;
  std::vector<link::EvidenceComing> announced;
  std::vector<Hash256> retired;
  std::vector<std::string> late_receipts;
  Bytes evidence;
  std::map<std::uint32_t, Stream> streams;
  std::optional<Error> ended;
  int links_ended = 0;
  net::Event changed;
};

// The system's clock, under a host that sets its wall time.
class HostClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return system_.now() + ahead; }
  [[nodiscard]] milliseconds monotonic() const override { return stopped_at_.value_or(system_.monotonic()); }
  // From now on nothing comes due.
  void stop() { stopped_at_ = system_.monotonic(); }
  milliseconds ahead{0};

 private:
  SystemClock system_;
  std::optional<milliseconds> stopped_at_;
};

// Answers as its script says, and remembers what it was asked.
class TestEngine {
 public:
  using Script = std::function<net::Task<void>(net::Exchange&, TestEngine&)>;
  explicit TestEngine(net::Runtime& runtime) : changed(runtime) {}

  net::Task<void> handle(net::Exchange& exchange) {
    if (exchange.head().target == "/health") {
      (void)co_await exchange.respond(200, "application/json", "{}");
      co_return;
    }
    targets.push_back(exchange.head().target);
    for (const auto& header : exchange.head().headers.all()) header_names.emplace(header.name);
    std::string body;
    while (true) {
      const auto piece = co_await exchange.read_body();
      if (!piece || piece->empty()) break;
      body += as_text(*piece);
    }
    bodies.push_back(body);
    exchange.on_gone([this] {
      ++gone;
      changed.notify_all();
    });
    changed.notify_all();
    co_await script(exchange, *this);
  }

  Script script;
  std::vector<std::string> targets, bodies;
  std::set<std::string> header_names;
  int gone = 0;
  net::Event changed;
};

// What the client understood of an answer.
struct Opened {
  unsigned status = 0;
  std::string body;
  Result<seal::AnswerProof> proof = fail("not_opened");
};

class WorkerNetwork : public net::Loopback {
 protected:
  static constexpr std::string_view kAsk = R"({"model":"test-model","messages":[{"role":"user","content":"canary"}]})";
  static constexpr std::string_view kAskStream = R"({"model":"test-model","messages":[],"stream":true})";

  WorkerNetwork() {
    workload.name = "test";
    workload.max_jobs = 4;
    workload.drain_within = milliseconds(5'000);
    workload.models = {
        {.name = std::string(kModel),
         .file = std::nullopt,
         .paths = {"/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/messages", "/v1/responses"}}};
    workload.engine.address = *net::parse_url("unix:" + folder.file("engine.sock"));
    manifest.name = "test";
    manifest.device_arch = "hopper";
    manifest.device_count = 1;
    manifest.device_mode = attest::DeviceMode::spt;
    manifest = attest::make_manifest(std::move(manifest));
    auto machine = tee::SimulatedAttester::open(folder.file("tee"), machine_of(manifest.hash, clock.now()));
    attester = std::move(machine).value();
  }

  static tee::SimulatedMachine machine_of(const Hash256& workload_hash, Instant now) {
    tee::SimulatedMachine machine;
    machine.workload_hash = workload_hash;
    machine.now = now;
    return machine;
  }

  // Everything up to a registered worker; then the test; then a drain.
  void with_worker(std::function<net::Task<void>()> test) {
    run([](WorkerNetwork& t, std::function<net::Task<void>()> body) -> net::Task<void> {
      auto engine_server = net::HttpServer::listen(t.runtime, t.workload.engine.address, {}, {},
                                                   [&t](net::Exchange& e) { return t.test_engine.handle(e); });
      auto gateway_server = t.serve([&t](net::Exchange& e) { return t.gateway.handle(e); });
      t.settings.gateway = at(*gateway_server);
      t.make_worker();
      EXPECT_TRUE(co_await t.engine->start());
      t.runtime.spawn(t.run_worker());
      co_await t.gateway.wait_for([&t] { return !t.gateway.registrations.empty(); });
      co_await body();
      t.link->drain();
      while (!t.worker_ended) co_await t.worker_changed.wait();
      EXPECT_EQ(t.jobs->running, 0U);
      co_await gateway_server->drain(milliseconds(0));
      co_await (*engine_server)->drain(milliseconds(0));
    }(*this, std::move(test)));
  }
  void make_worker() {
    keysets = std::make_unique<Keysets>(clock, rng, settings.worker_id, workload.keysets);
    engine = std::make_unique<Engine>(runtime, workload.engine, log);
    jobs.reset(new JobContext{.runtime = runtime,
                              .clock = clock,
                              .rng = rng,
                              .log = log,
                              .workload = workload,
                              .workload_hash = manifest.hash,
                              .keysets = *keysets,
                              .engine = *engine});
    link = std::make_unique<LinkClient>(*jobs, settings, manifest, *attester);
  }
  net::Task<void> run_worker() {
    co_await link->run();
    worker_ended = true;
    worker_changed.notify_all();
  }

  struct Ask {
    std::string body;
    std::string path = "/v1/chat/completions";
    bool stream = false;
    seal::Padding padding = seal::Padding::p0;
    milliseconds expires_in{120'000};
    std::string model = std::string(kModel);
  };
  // Sealed to the keyset of the worker's newest registration.
  seal::SealedRequest seal(const Ask& ask) {
    const auto keyset = attest::parse_keyset(gateway.registrations.back().keyset).value();
    const attest::SuiteKey& key = *keyset.find_suite(2);
    seal::SealRequest request;
    request.routing.path = ask.path;
    request.routing.model = ask.model;
    request.routing.stream = ask.stream;
    request.routing.padding = ask.padding;
    request.expires = clock.now() + ask.expires_in;
    request.recipients = {{.kid = key.kid,
                           .public_key = key.public_key,
                           .keyset_id = keyset.id,
                           .receipt_key = keyset.receipt_key,
                           .workload_hash = manifest.hash}};
    request.body = as_bytes(ask.body);
    return seal::seal_request(request, rng).value();
  }
  static Opened open(std::unique_ptr<seal::PendingAnswer> pending, ByteView answer) {
    seal::AnswerOpener opener(std::move(pending));
    Opened out;
    const auto fed = opener.feed(answer, [&out](const seal::AnswerOpener::Event& event) {
      if (const auto* head = std::get_if<seal::AnswerOpener::Head>(&event)) out.status = head->status;
      if (const auto* content = std::get_if<seal::AnswerOpener::Content>(&event)) out.body += as_text(content->bytes);
    });
    EXPECT_TRUE(fed) << fed.error().code.view();
    out.proof = opener.finish();
    return out;
  }
  // One request from sealing to the opened answer.
  net::Task<Opened> ask(Ask what) {
    auto sealed = seal(what);
    const std::uint32_t stream = co_await gateway.send(std::move(sealed.wire));
    co_await gateway.wait_for([this, stream] { return gateway.streams[stream].over(); });
    EXPECT_TRUE(gateway.streams[stream].receipt) << gateway.streams[stream].refused.value_or("reset");
    co_return open(std::move(sealed.pending), gateway.streams[stream].answer);
  }
  net::Task<std::string> refusal_of(Bytes wire) {
    const std::uint32_t stream = co_await gateway.send(std::move(wire));
    co_await gateway.wait_for([this, stream] { return gateway.streams[stream].over(); });
    co_return gateway.streams[stream].refused.value_or("answered");
  }

  // A script that writes these events.
  static TestEngine::Script events(std::vector<std::string> data) {
    return [data](net::Exchange& exchange, TestEngine&) -> net::Task<void> {
      net::Headers headers;
      headers.add("Content-Type", "text/event-stream");
      (void)co_await exchange.write_head(200, headers, std::nullopt);
      for (const std::string& event : data) {
        const std::string text = "data: " + event + "\n\n";
        (void)co_await exchange.write_body(as_bytes(text));
      }
      (void)co_await exchange.finish();
    };
  }
  static TestEngine::Script answer(unsigned status, std::string body) {
    return [status, body](net::Exchange& exchange, TestEngine&) -> net::Task<void> {
      (void)co_await exchange.respond(status, "application/json", body);
    };
  }

  static std::vector<std::string> paris() {
    return {
        R"({"id":"c","object":"chat.completion.chunk","created":1,"model":"/x.gguf","choices":[{"index":0,"delta":{"role":"assistant","content":"Par"}}],"timings":{"ms":1}})",
        R"({"id":"c","choices":[{"index":0,"delta":{"content":"is"},"finish_reason":"stop"}]})",
        R"({"id":"c","choices":[],"usage":{"prompt_tokens":33,"completion_tokens":2}})", "[DONE]"};
  }
  static Ask asking(std::string_view body, bool stream = false) {
    Ask out;
    out.body = std::string(body);
    out.stream = stream;
    return out;
  }
  // Streams until the client hangs up, and says how it went.
  static TestEngine::Script endless() {
    return [](net::Exchange& exchange, TestEngine& engine) -> net::Task<void> {
      net::Headers headers;
      headers.add("Content-Type", "text/event-stream");
      (void)co_await exchange.write_head(200, headers, std::nullopt);
      const std::string event =
          R"(data: {"choices":[{"index":0,"delta":{"content":")" + std::string(8000, 'x') + "\"}}]}\n\n";
      while (co_await exchange.write_body(as_bytes(event))) engine.changed.notify_all();
    };
  }

  net::TemporaryFolder folder;
  HostClock clock;
  crypto::SystemRng rng;
  program::Log log{program::LogLevel::error};
  Workload workload;
  attest::Manifest manifest;
  std::unique_ptr<tee::Attester> attester;
  LinkSettings settings{.gateway = {},
                        .gateway_ca = {},
                        .worker_id = "w-01",
                        .stake_id = "s-1",
                        .link_token = "secret",
                        .price = {.input = 1, .output = 2}};
  TestGateway gateway{runtime};
  TestEngine test_engine{runtime};
  std::unique_ptr<Keysets> keysets;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<JobContext> jobs;
  std::unique_ptr<LinkClient> link;
  bool worker_ended = false;
  net::Event worker_changed{runtime};
};

}  // namespace aipg::worker
