// SPDX-License-Identifier: Apache-2.0
#include "client/connection.h"

#include <unistd.h>

#include "client/api_key.h"
#include "client/policy_source.h"
#include "client/reference_values.h"

namespace aipg::client {
namespace {

using program::Complaint;
using program::ExitCode;

// OpenAI clients name the gateway with "/v1"; our paths begin with it.
net::Address without_version(net::Address address) {
  if (address.path.ends_with("/v1")) address.path.resize(address.path.size() - 3);
  return address;
}

}  // namespace

void declare_connection(program::Options& options, ConnectionSettings& settings) {
  options.group("Gateway");
  options.text("gateway", &settings.gateway, "address of the gateway, with or without /v1")
      .env("AIPG_BASE_URL")
      .placeholder("URL")
      .shared();
  auto key = options.text("api_key", &settings.api_key, "key that the gateway knows you by; `aipg login` stores it");
  key.env("AIPG_API_KEY").secret().placeholder("KEY").shared();
  auto command = options.text("api_key_command", &settings.api_key_command,
                              "program that prints the key, like \"pass show aipg\"; run without a shell");
  command.placeholder("COMMAND").shared();
  options.either(key, command);
  options.text("ca", &settings.ca, "certificates to trust for https; the system's when left out")
      .placeholder("FILE")
      .shared();
  options.group("Trust");
  options.text("policy", &settings.policy, "what evidence must show; strict defaults when left out")
      .env("AIPG_POLICY")
      .placeholder("POLICY")
      .suggests({std::string(attest::kReadyPolicies.front())})
      .shared();
}

std::expected<net::Address, Complaint> gateway_address(const std::string& url) {
  auto address = net::parse_url(url);
  if (!address) {
    const bool may_hold_a_password = url.contains('@');
    return std::unexpected(Complaint{address.error().code,
                                     "the gateway's address cannot be read" + (may_hold_a_password ? "" : ": " + url),
                                     "write it like https://gateway.example or http://127.0.0.1:8443"});
  }
  // Requests are sealed; the key that they come with is not.
  if (!address->tls && !address->is_loopback()) {
    return std::unexpected(Complaint{"plain_not_loopback",
                                     url + " is not encrypted, so the API key could be read on the way",
                                     "write it with https://; http:// is for a gateway on this machine"});
  }
  return without_version(*std::move(address));
}

std::expected<SessionGround, Complaint> session_ground(const ConnectionSettings& settings, const Sealing& sealing) {
  auto address = gateway_address(settings.gateway);
  if (!address) return std::unexpected(address.error());
  auto policy = load_policy(settings.policy);
  if (!policy) return std::unexpected(policy.error());
  auto reference = load_reference(*policy, SystemClock().now(), reference_state_folder());
  if (!reference) return std::unexpected(reference.error());
  auto key = find_api_key(settings.api_key, settings.api_key_command);
  if (!key) return std::unexpected(key.error());
  SessionGround out{*std::move(address), {*std::move(policy), *std::move(key), sealing.recipients, sealing.padding}};
  out.options.reference = *std::move(reference);
  out.options.collateral = sealing.collateral;
  out.options.whole_collateral = sealing.whole_collateral;
  return out;
}

std::expected<std::unique_ptr<Connection>, Complaint> Connection::open(const ConnectionSettings& settings,
                                                                       const Sealing& sealing) {
  AIPG_TRY(SessionGround ground, session_ground(settings, sealing));
  // The constructor is private, and make_unique is no friend.
  std::unique_ptr<Connection> out(new Connection(settings, std::move(ground.gateway), std::move(ground.options)));
  out->use_cache();
  return out;
}

Connection::Connection(const ConnectionSettings& settings, net::Address address, SessionOptions options)
    : settings_(settings),
      http_(runtime_, std::move(address), {.ca_file = settings.ca}),
      gateway_(runtime_, http_),
      session_(std::make_unique<Session>(std::move(options), clock_, rng_)) {}

void Connection::use_cache() {
  const auto folder = EvidenceCache::default_folder();
  if (!folder) return;
  cache_.emplace(*folder, settings_.gateway);
  for (CachedEvidence& each : cache_->read(clock_.now())) {
    session_->remember(std::move(each.bundle), each.freshness, std::move(each.entry), each.verified_at);
  }
  session_->on_verified([this](const Candidate& candidate) { cache_->keep(candidate); });
}

ExitCode Connection::run(net::Task<ExitCode> work) {
  ExitCode code = ExitCode::refused;
  runtime_.on_terminate([this](int count) {
    if (count > 1) _exit(static_cast<int>(ExitCode::refused));
    cancel();
  });
  runtime_.spawn([](net::Runtime& runtime, net::Task<ExitCode> body, ExitCode& result) -> net::Task<void> {
    result = co_await std::move(body);
    runtime.stop();
  }(runtime_, std::move(work), code));
  runtime_.run();
  keep_evidence();
  return code;
}

void Connection::keep_evidence() {
  if (cache_) cache_->write(clock_.now());
}

}  // namespace aipg::client
