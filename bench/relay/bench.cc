// SPDX-License-Identifier: Apache-2.0
#include "bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "crypto/random.h"
#include "seal/sender.h"

namespace aipg::bench::relay {
namespace {

constexpr std::chrono::seconds kPatience{30};

std::string temporary_folder() {
  std::string name = std::filesystem::temp_directory_path() / "aipg-bench-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) std::abort();
  return name;
}

Bytes sealed_body(const attest::Keyset& keyset, std::size_t body_bytes) {
  crypto::SystemRng rng;
  seal::SealRequest request;
  request.suite = crypto::hpke::Suite::x25519;
  request.routing.path = kPath;
  request.routing.model = kModel;
  request.expires = SystemClock().now() + std::chrono::minutes(2);
  const Bytes body(body_bytes, 'x');
  request.body = body;
  const attest::SuiteKey& key = keyset.keys[0];
  request.recipients.push_back({key.kid, key.public_key, keyset.id, keyset.receipt_key, {}});
  return seal::seal_request(request, rng).value().wire;
}

Bytes whole_request(const std::string& api_key, ByteView body) {
  Bytes out =
      to_bytes(fmt::format("POST {} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {}\r\n"
                           "X-AIPG-Confidential: required\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
                           kPath, api_key, seal::kRequestContentType, body.size()));
  append(out, body);
  return out;
}

}  // namespace

bool Subject::lost_worker() const {
  return std::ranges::any_of(workers, [](const auto& each) { return each->lost(); });
}

std::size_t Subject::upstream_streams(const Origin& origin) const {
  std::size_t out = workers.empty() ? origin.streams() : 0;
  for (const auto& each : workers) out += each->streams();
  return out;
}

Bench::Bench(Programs programs)
    : programs_(std::move(programs)),
      folder_(temporary_folder()),
      origin_(loop_),
      tls_files_(make_certificate(folder_)),
      tls_(SSL_CTX_new(TLS_client_method())) {}

Bench::~Bench() {
  SSL_CTX_free(tls_);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::vector<Bench::Kind> Bench::kinds() const {
  std::vector<Kind> out{Kind::gateway};
  if (!programs_.nginx.empty()) out.push_back(Kind::nginx);
  if (!programs_.haproxy.empty()) out.push_back(Kind::haproxy);
  return out;
}

std::vector<Bench::Kind> Bench::model_gateways() const {
  std::vector<Kind> out{Kind::gateway};
  if (!programs_.litellm.empty()) out.push_back(Kind::litellm);
  if (!programs_.portkey.empty()) out.push_back(Kind::portkey);
  return out;
}

Subject Bench::start(Kind kind, unsigned workers, bool tls, std::uint64_t jobs) {
  const auto secure = tls ? std::optional(tls_files_) : std::nullopt;
  if (kind == Kind::nginx)
    return {Server::nginx(programs_.nginx, folder_, origin_.port(), secure), {}, tls ? tls_ : nullptr};
  if (kind == Kind::haproxy)
    return {Server::haproxy(programs_.haproxy, folder_, origin_.port(), secure), {}, tls ? tls_ : nullptr};
  if (kind == Kind::litellm) return {Server::litellm(programs_.litellm, folder_, origin_.port())};
  if (kind == Kind::portkey) return {Server::portkey(programs_.portkey, folder_)};
  Subject out{Server::gateway(folder_, secure), {}, tls ? tls_ : nullptr};
  for (unsigned i = 0; i < workers; ++i) {
    out.workers.push_back(std::make_unique<Worker>(loop_, out.server.port(), i, out.tls, jobs));
  }
  wait([&] { return std::ranges::all_of(out.workers, [](const auto& each) { return each->admitted(); }); },
       "workers to be admitted");
  loop_.run_for(microseconds(50'000));  // their evidence has arrived and was looked at
  return out;
}

void Bench::play(Subject& subject, const Script& script) {
  origin_.play(script);
  for (const auto& each : subject.workers) each->play(script);
}

LoadOptions Bench::clients(const Subject& subject, unsigned count, std::size_t body_bytes, std::size_t event_bytes,
                           unsigned key) const {
  LoadOptions out{.port = subject.server.port(),
                  .connections = count,
                  .requests = {},
                  .event_bytes = event_bytes,
                  .tls = subject.tls};
  for (const auto& each : subject.workers) {
    out.requests.push_back(whole_request(subject.server.api_key(key), sealed_body(each->keyset(), body_bytes)));
  }
  if (!subject.workers.empty()) return out;
  // Peers get a request of the same size, which nobody could open either.
  static const attest::Keyset nobodys = attest::make_keyset(
      "nobody", SystemClock().now(), SystemClock().now() + std::chrono::minutes(60), {{1, Bytes(32, 9)}}, {});
  out.requests.push_back(whole_request(std::string(43, 'k'), sealed_body(nobodys, body_bytes)));
  return out;
}

LoadOptions Bench::chatting_clients(const Subject& subject, unsigned count, std::size_t body_bytes) const {
  const auto with = [](std::string_view content) {
    return fmt::format(R"({{"model":"{}","messages":[{{"role":"user","content":"{}"}}]}})", kModel, content);
  };
  const std::string body = with(std::string(body_bytes - std::min(body_bytes, with({}).size()), 'x'));
  const std::string request = fmt::format(
      "POST {} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer none\r\nContent-Type: application/json\r\n"
      "X-Portkey-Provider: openai\r\nX-Portkey-Custom-Host: http://127.0.0.1:{}/v1\r\nContent-Length: {}\r\n\r\n{}",
      kPath, origin_.port(), body.size(), body);
  return {.port = subject.server.port(), .connections = count, .requests = {to_bytes(request)}};
}

void Bench::wait(const std::function<bool()>& condition, const char* what) {
  if (loop_.run(condition, now() + kPatience)) return;
  fmt::print(stderr, "bench: waited in vain for {}\n", what);
  std::exit(1);
}

}  // namespace aipg::bench::relay
