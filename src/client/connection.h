// SPDX-License-Identifier: Apache-2.0
// What the commands that talk to a gateway have in common: its settings, and
// everything a Session needs to live in.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "client/core/session.h"
#include "client/evidence_cache.h"
#include "client/http_gateway.h"
#include "program/options.h"

namespace aipg::client {

// The network's own; the Python SDK has the same.
inline constexpr std::string_view kDefaultGateway = "https://api.aipowergrid.io/v1";

struct ConnectionSettings {
  std::string gateway{kDefaultGateway};
  std::string api_key, api_key_command, policy, ca;
};
// All of them are shared in the user's file (program/user_file.h), which a command reads by options.user_file("NAME").
void declare_connection(program::Options& options, ConnectionSettings& settings);

// Of a gateway, which OpenAI clients name with "/v1". Complaints: invalid_address; plain_not_loopback, as whoever is on
// the way would see the key.
[[nodiscard]] std::expected<net::Address, program::Complaint> gateway_address(const std::string& url);

struct Sealing {
  std::size_t recipients = 2;
  seal::Padding padding = seal::Padding::p1;
  // To judge workers by, besides what evidence brings; and whether attestations carry it whole.
  std::vector<Bytes> collateral = {};
  bool whole_collateral = false;
};
// Where these settings ask, and how they judge and seal.
struct SessionGround {
  net::Address gateway;
  SessionOptions options;
};
// Complaints: invalid_address, those of load_policy(), load_reference() and find_api_key().
[[nodiscard]] std::expected<SessionGround, program::Complaint> session_ground(const ConnectionSettings& settings,
                                                                              const Sealing& sealing);

class Connection {
 public:
  // Complaints: those of session_ground().
  [[nodiscard]] static std::expected<std::unique_ptr<Connection>, program::Complaint> open(
      const ConnectionSettings& settings, const Sealing& sealing);

  [[nodiscard]] Session& session() { return *session_; }
  // What its calls ask through.
  [[nodiscard]] HttpGateway& gateway() { return gateway_; }
  // Closes the connections of the call under way, so that the gateway cancels the job at worker and engine.
  void cancel() { gateway_.cancel(); }
  // Calls after cancel() are not cancelled any more.
  void renew() { gateway_.renew(); }
  [[nodiscard]] net::Runtime& runtime() { return runtime_; }
  [[nodiscard]] crypto::Rng& rng() { return rng_; }
  [[nodiscard]] const Clock& clock() const { return clock_; }
  [[nodiscard]] const std::string& address() const { return settings_.gateway; }
  [[nodiscard]] const std::string& policy() const { return settings_.policy; }

  // Runs `work` to its end. The first SIGINT or SIGTERM cancels what the session does, the second ends the program.
  [[nodiscard]] program::ExitCode run(net::Task<program::ExitCode> work);
  // What run() does at its end: the evidence that was verified outlives the program. For who drives the runtime.
  void keep_evidence();

 private:
  Connection(const ConnectionSettings& settings, net::Address address, SessionOptions options);
  void use_cache();

  ConnectionSettings settings_;
  SystemClock clock_;
  crypto::SystemRng rng_;
  net::Runtime runtime_;
  net::HttpClient http_;
  HttpGateway gateway_;
  std::optional<EvidenceCache> cache_;
  std::unique_ptr<Session> session_;
};

}  // namespace aipg::client
