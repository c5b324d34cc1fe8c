// SPDX-License-Identifier: Apache-2.0
// The gateway's HTTP surface: which path does what, and who may ask. Each lane
// has one; what is neither a job nor a worker's link, the first answers.
#pragma once

#include <set>

#include "gateway/challenger.h"
#include "gateway/known_keys.h"
#include "gateway/readiness.h"
#include "gateway/relay.h"

namespace aipg::gateway {

// What a lane has now, or all of them.
struct LaneState {
  std::size_t connections = 0, connections_refused = 0, links = 0, jobs = 0, jobs_unsettled = 0;
  bool records_full = false;  // so many records wait for the disk that no further job may begin
};

class Routes {
 public:
  explicit Routes(const RelayContext& context);

  [[nodiscard]] net::Task<void> handle(net::Exchange& exchange);
  // What another lane began: a request that is no job, a job, a worker's link.
  [[nodiscard]] net::Task<void> answer(net::Exchange& exchange);
  void go_on(net::Exchange& exchange, RelayJourney journey);
  [[nodiscard]] net::Task<void> take_link(net::Exchange& exchange);
  // Whose connections /metrics counts; it must outlive this.
  void count_connections_of(const net::HttpServer& server) { server_ = &server; }
  // Those of the context's configuration, which may have changed; anything else of it is looked at as it is needed, and
  // for a worker's link when that begins.
  void use_limits();

  // No new jobs (readyz says 503, requests no_confidential_worker); running ones go on.
  void drain();
  void close_links();
  [[nodiscard]] net::WorkCount& jobs() { return jobs_; }
  [[nodiscard]] LaneState state();

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
  [[nodiscard]] net::Task<LaneState> state_of_all();
  [[nodiscard]] Readiness readiness(const LaneState& state);
  [[nodiscard]] net::Task<void> metrics(net::Exchange& exchange);
  [[nodiscard]] SessionLimits session_limits() const;
  [[nodiscard]] bool worker_token_good(const net::Headers& headers) const;
  [[nodiscard]] std::string models_document() const;

  RelayContext context_;
  KnownKeys keys_;
  Challenger challenger_;
  net::WorkCount jobs_;
  std::set<WorkerSession*> sessions_;
  std::uint64_t last_link_ = 0;
  bool draining_ = false, links_closed_ = false;
  const net::HttpServer* server_ = nullptr;
  Instant started_;
};

}  // namespace aipg::gateway
