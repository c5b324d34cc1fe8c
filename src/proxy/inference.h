// SPDX-License-Identifier: Apache-2.0
// One request of a client: read whole, planned, sealed to verified workers, and
// the answer passed on with its attestation as it comes. There is no way past
// the seal: what cannot be sealed is refused.
#pragma once

#include "base/secret.h"
#include "client/core/outgoing_answer.h"
#include "client/http_gateway.h"
#include "program/log.h"
#include "proxy/activity.h"
#include "proxy/attestation_writer.h"
#include "proxy/client_answer.h"
#include "proxy/warm_set.h"

namespace aipg::proxy {

// More than a worker takes is refused before it is read (docs/protocol.md).
inline constexpr std::uint64_t kMaxBodyBytes = 32ULL << 20;

struct ProxyContext {
  net::Runtime& runtime;
  net::HttpClient& http;
  client::Session& session;
  WarmSet& warm;
  Activity& activity;
  const Clock& clock;
  const program::Log& log;
  seal::Padding padding = seal::Padding::p1;
  std::string gateway, policy;  // as the user named them, for messages
  bool simulated = false;       // the policy takes a simulator's roots
  const Secret32* cache_secret =
      nullptr;                        // what salts of the engines' prefix caches are made of; null: nothing is shared
  AttestationWriter* kept = nullptr;  // where attestations are added, if anywhere
};

class Inference {
 public:
  Inference(ProxyContext& context, net::Exchange& exchange, std::string path);

  [[nodiscard]] net::Task<void> run();

 private:
  // What went wrong; nullopt: go on.
  using Refusal = std::optional<ApiError>;

  [[nodiscard]] Refusal check_head() const;
  [[nodiscard]] net::Task<Refusal> read_body();
  [[nodiscard]] net::Task<Refusal> prepare();
  [[nodiscard]] net::Task<Refusal> answer();
  [[nodiscard]] std::optional<Hash256> cache_salt() const;
  [[nodiscard]] net::Task<Refusal> pass_on(client::Answer answer, client::OutgoingAnswer& outgoing);
  [[nodiscard]] ApiError describe_failure(const client::Failure& failure);
  // One line in the log, without a byte of what was asked or answered.
  void note(const Refusal& refusal);

  ProxyContext& context_;
  net::Exchange& exchange_;
  std::string path_;
  Dialect dialect_;
  milliseconds began_;
  SecretBytes body_;
  seal::Routing routing_;
  net::HttpClient http_;
  client::HttpGateway gateway_;
  ClientAnswer client_;
  bool answered_ = false;
  bool left_ = false;  // the client did, before its answer was whole
};

}  // namespace aipg::proxy
