// SPDX-License-Identifier: Apache-2.0
// The gateway's HTTP surface: which path does what, and who may ask. Used on
// the gateway's thread.
#pragma once

#include <set>

#include "gateway/challenger.h"
#include "gateway/known_keys.h"
#include "gateway/readiness.h"
#include "gateway/relay.h"

namespace aipg::gateway {

class Routes {
 public:
  explicit Routes(const RelayContext& context);

  [[nodiscard]] net::Task<void> handle(net::Exchange& exchange);
  // Whose connections /metrics counts; it must outlive this.
  void count_connections_of(const net::HttpServer& server) { server_ = &server; }
  // Those of the context's configuration, which may have changed; anything else of it is looked at as it is needed, and
  // for a worker's link when that begins.
  void use_limits();

  // No new jobs (readyz says 503, requests no_confidential_worker); running ones go on.
  void drain();
  void close_links();
  [[nodiscard]] net::WorkCount& jobs() { return jobs_; }

 private:
  [[nodiscard]] net::Task<void> inference(net::Exchange& exchange);
  [[nodiscard]] net::Task<void> challenge(net::Exchange& exchange);
  [[nodiscard]] net::Task<void> evidence(net::Exchange& exchange);
  [[nodiscard]] net::Task<void> worker_link(net::Exchange& exchange);
  [[nodiscard]] net::Task<void> read_only(net::Exchange& exchange);
  [[nodiscard]] net::Task<void> only_post(net::Exchange& exchange);
  [[nodiscard]] net::Task<void> no_upgrade(net::Exchange& exchange);
  [[nodiscard]] net::Task<void> error(net::Exchange& exchange, Refusal refusal, net::Headers more = {});
  // The same on an inference path, where outcomes are counted.
  [[nodiscard]] net::Task<void> refuse(net::Exchange& exchange, Refusal refusal);
  [[nodiscard]] Readiness readiness();
  [[nodiscard]] Metrics::Now now();
  [[nodiscard]] SessionLimits session_limits() const;
  [[nodiscard]] bool worker_token_good(const net::Headers& headers) const;
  [[nodiscard]] std::string models_document() const;

  RelayContext context_;
  KnownKeys keys_;
  Challenger challenger_;
  net::WorkCount jobs_;
  std::set<WorkerSession*> sessions_;
  bool draining_ = false;
  const net::HttpServer* server_ = nullptr;
  Instant started_;
};

}  // namespace aipg::gateway
