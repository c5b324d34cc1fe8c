// SPDX-License-Identifier: Apache-2.0
// A gateway in this process with simulated workers behind it: honest unless a
// test says otherwise, and it counts what it was sent.
#pragma once

#include "api/challenge.h"
#include "api/names.h"
#include "client/core/session.h"
#include "client/http_gateway.h"
#include "net/loopback_test.h"
#include "seal/seal_fixture.h"
#include "tee/test_machine.h"

namespace aipg::client {

inline constexpr std::string_view kChatPath = "/v1/chat/completions";
inline constexpr std::string_view kBody =
    R"({"model":"test-model","messages":[{"role":"user","content":"a canary question"}]})";
inline constexpr std::string_view kAnswerBody = R"({"choices":[{"message":{"content":"Paris."}}]})";

enum class Suites : std::uint8_t { both, x25519_only };

// A worker: evidence from a simulated machine, keys of its own.
struct ScriptedWorker {
  explicit ScriptedWorker(std::uint8_t number, Suites suites = Suites::both)
      : secrets(seal::fixture::make_keyset(number)) {
    const auto public_key = [&](std::size_t i) { return to_bytes(secrets->keys[i].second.public_key()); };
    std::vector<std::pair<std::uint16_t, Bytes>> keys{{1, public_key(0)}};
    if (suites == Suites::both) keys.emplace_back(2, public_key(1));
    machine.keyset =
        attest::make_keyset("w-" + std::to_string(number), machine.now, machine.now + std::chrono::minutes(60), keys,
                            secrets->receipt_key.public_key());
    secrets->keyset_id = machine.keyset.id;
    ring.add(secrets);
  }

  [[nodiscard]] api::DirectoryEntry entry() const {
    api::DirectoryEntry out;
    out.keyset_id = machine.keyset.id;
    out.worker_id = machine.keyset.worker_id;
    for (const attest::SuiteKey& key : machine.keyset.keys) out.suites.push_back(key.suite);
    out.models = {{"test-model", {std::string(kChatPath)}, {100, 200}}};
    return out;
  }
  [[nodiscard]] api::ChallengeAnswer::Evidence evidence(const Hash256& nonce) {
    machine.tree = attest::NonceTree({nonce});
    return {machine.keyset.id, machine.tree.path(0), machine.bundle().bytes};
  }
  [[nodiscard]] bool has(const Hash256& kid) const { return machine.keyset.find_kid(kid) != nullptr; }

  // Opens the request and answers in these pieces.
  [[nodiscard]] Bytes answer(ByteView wire, std::string_view content_type, const std::vector<std::string>& pieces) {
    seal::RecipientContext context;
    context.ring = &ring;
    context.workload_hash = machine.manifest.hash;
    seal::RequestOpener opener(context, {7}, machine.now);
    if (!opener.feed(wire)) return {};
    opener.end_of_stream();
    salts.emplace_back(opener.request() ? opener.request()->cache_salt : std::nullopt);
    opened.emplace_back(opener.request() ? to_text(opener.request()->body.reveal()) : "refused");
    crypto::SystemRng rng;
    seal::AnswerSealer sealer = opener.make_answer(rng);
    Bytes out = sealer.begin(200, {{"content-type", std::string(content_type)}});
    for (const std::string& piece : pieces) append(out, sealer.content(as_bytes(piece)));
    append(out, sealer.end({.tokens_in = 9, .tokens_out = 3, .duration_ms = 100}, machine.now).wire);
    return out;
  }

  tee::TestMachine machine;
  std::shared_ptr<seal::KeysetSecrets> secrets;
  seal::KeyRing ring;
  std::vector<std::string> opened;  // the bodies it read
  std::vector<std::optional<Hash256>> salts;
};

// What a client's user saw.
struct SeenAnswer final : AnswerSink {
  void on_verified(const std::vector<SharedCandidate>& sealed_to, std::uint16_t with) override {
    ++verified;
    recipients = sealed_to.size();
    suite = with;
  }
  void on_worker(const Candidate& candidate) override { worker = candidate.entry.worker_id; }
  void on_head(unsigned, const std::vector<codec::bhttp::Field>&) override {}
  void on_content(ByteView bytes) override {
    content += as_text(bytes);
    if (on_piece) on_piece();
  }
  int verified = 0;
  std::size_t recipients = 0;
  std::uint16_t suite = 0;
  std::string content, worker;
  std::function<void()> on_piece;
};

class ScriptedNetwork : public net::Loopback {
 public:
  ScriptedNetwork() {
    server = serve([this](net::Exchange& exchange) { return handle(exchange); });
    http = std::make_unique<net::HttpClient>(runtime, at(*server));
    gateway = std::make_unique<HttpGateway>(runtime, *http);
  }

  ScriptedWorker& add(std::uint8_t number, Suites suites = Suites::both) {
    workers.push_back(std::make_unique<ScriptedWorker>(number, suites));
    return *workers.back();
  }

  // The directory lists it under another keyset from now on, with the same keys in it.
  void rotate(ScriptedWorker& worker) {
    std::vector<std::pair<std::uint16_t, Bytes>> keys;
    for (const attest::SuiteKey& key : worker.machine.keyset.keys) keys.emplace_back(key.suite, key.public_key);
    attest::Keyset& keyset = worker.machine.keyset;
    keyset = attest::make_keyset(keyset.worker_id, clock.now(), clock.now() + std::chrono::minutes(60), std::move(keys),
                                 worker.secrets->receipt_key.public_key());
  }

  // Trusts every worker added so far.
  [[nodiscard]] attest::Policy policy() const {
    attest::Policy out;
    attest::RootSet roots;
    for (const auto& worker : workers) {
      const attest::RootSet& mine = attest::root_set(worker->machine.policy.roots);
      roots.intel.insert(roots.intel.end(), mine.intel.begin(), mine.intel.end());
      roots.nvidia_device.insert(roots.nvidia_device.end(), mine.nvidia_device.begin(), mine.nvidia_device.end());
      roots.nvidia_rim.insert(roots.nvidia_rim.end(), mine.nvidia_rim.begin(), mine.nvidia_rim.end());
      out.releases = worker->machine.policy.releases;
    }
    out.roots = attest::SimulatedRoots(std::move(roots));
    out.minimum_level = attest::Level::l0;
    return out;
  }

  [[nodiscard]] std::unique_ptr<Session> session(attest::Policy policy) {
    return std::make_unique<Session>(SessionOptions{std::move(policy), "grid_key", 2}, clock, rng);
  }

  // Asks once and keeps what came of it in `result` and `seen`.
  void ask(Session& session, std::string_view body = kBody, std::string path = "/v1/chat/completions") {
    seen.content.clear();
    const Ask question{.path = std::move(path), .body = as_bytes(body), .cache_salt = std::nullopt};
    run([](ScriptedNetwork& self, Session& asked, Ask what) -> net::Task<void> {
      self.result = co_await asked.ask(*self.gateway, std::move(what), self.seen);
    }(*this, session, question));
  }
  void ask() {
    const auto mine = session(policy());
    ask(*mine);
  }

  [[nodiscard]] ScriptedWorker* worker_of(ByteView wire) {
    const auto preamble = seal::parse_preamble(wire);
    if (!preamble || !*preamble) return nullptr;
    for (const seal::RecipientBlock& recipient : (*preamble)->recipients) {
      for (const auto& worker : workers) {
        if (worker->has(recipient.kid)) return worker.get();
      }
    }
    return nullptr;
  }
  [[nodiscard]] Bytes honest_answer(ByteView wire) {
    ScriptedWorker* worker = worker_of(wire);
    return worker == nullptr ? Bytes() : worker->answer(wire, "application/json", {std::string(kAnswerBody)});
  }
  static net::Task<void> send(net::Exchange& exchange, Bytes wire) {
    (void)co_await exchange.respond(200, seal::kResponseContentType, as_text(wire));
  }
  // The head of an answer that the test itself writes on.
  static net::Task<void> begin_answer(net::Exchange& exchange) {
    net::Headers headers;
    headers.add("Content-Type", seal::kResponseContentType);
    (void)co_await exchange.write_head(200, headers, std::nullopt);
  }
  static net::Task<void> refuse(net::Exchange& exchange, api::ErrorCode code) {
    (void)co_await exchange.respond(api::info(code).status, "application/json", api::error_body(code));
  }

  // Scripts. `inference` gets the sealed request and its number, from 1.
  std::function<net::Task<void>(net::Exchange&, Bytes, int)> inference;
  std::function<void(api::ChallengeAnswer&)> edit_evidence;
  std::function<void(api::Directory&)> edit_directory;

  std::vector<std::unique_ptr<ScriptedWorker>> workers;
  ManualClock clock{*parse_instant("2026-11-22T12:00:01Z")};
  crypto::SystemRng rng;
  std::unique_ptr<net::HttpServer> server;
  std::unique_ptr<net::HttpClient> http;
  std::unique_ptr<HttpGateway> gateway;
  int directories = 0, challenges = 0, inferences = 0;
  std::string authorization;
  std::vector<Bytes> received;  // on the inference path
  SeenAnswer seen;
  Outcome<Answer> result = std::unexpected(Failure{});

 private:
  static net::Task<Bytes> read_all(net::Exchange& exchange) {
    Bytes out;
    while (true) {
      const auto piece = co_await exchange.read_body();
      if (!piece || piece->empty()) co_return out;
      append(out, *piece);
    }
  }

  net::Task<void> handle(net::Exchange& exchange) {
    const std::string& target = exchange.head().target;
    if (target == api::kDirectoryPath) co_return co_await give_directory(exchange);
    Bytes body = co_await read_all(exchange);
    if (target == api::kChallengePath) co_return co_await give_evidence(exchange, body);
    ++inferences;
    authorization = exchange.head().headers.find("Authorization").value_or("");
    received.push_back(body);
    if (inference) co_return co_await inference(exchange, std::move(body), inferences);
    co_await send(exchange, honest_answer(body));
  }

  net::Task<void> give_directory(net::Exchange& exchange) {
    ++directories;
    api::Directory directory;
    directory.number = 1;
    for (const auto& worker : workers) directory.entries.push_back(worker->entry());
    std::ranges::sort(directory.entries, {}, &api::DirectoryEntry::keyset_id);
    if (edit_directory) edit_directory(directory);
    const std::string text = api::write_directory(directory);
    (void)co_await exchange.respond(200, "application/json", text);
  }

  net::Task<void> give_evidence(net::Exchange& exchange, const Bytes& body) {
    ++challenges;
    const auto request = api::parse_challenge_request(as_text(body));
    if (!request) co_return co_await refuse(exchange, api::ErrorCode::malformed_request);
    api::ChallengeAnswer answer;
    for (const Hash256& id : request->keyset_ids) {
      for (const auto& worker : workers) {
        if (worker->machine.keyset.id == id) answer.evidence.push_back(worker->evidence(request->nonce));
      }
    }
    if (edit_evidence) edit_evidence(answer);
    const std::string text = api::write_challenge_answer(answer);
    (void)co_await exchange.respond(200, "application/json", text);
  }
};

}  // namespace aipg::client
