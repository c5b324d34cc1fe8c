// SPDX-License-Identifier: Apache-2.0
#include "gateway/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace aipg::gateway {

struct Metrics::State {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                          .Name("aipg_gateway_requests_total")
                                                          .Help("Requests on inference paths, by outcome.")
                                                          .Register(registry);
  prometheus::Family<prometheus::Counter>& bytes = prometheus::BuildCounter()
                                                       .Name("aipg_gateway_relayed_bytes_total")
                                                       .Help("Sealed bytes relayed, by direction.")
                                                       .Register(registry);
  prometheus::Counter& request_bytes = bytes.Add({{"direction", "request"}});
  prometheus::Counter& response_bytes = bytes.Add({{"direction", "response"}});
  prometheus::Histogram& first_byte =
      prometheus::BuildHistogram()
          .Name("aipg_gateway_first_byte_seconds")
          .Help("From dispatch to the response preamble.")
          .Register(registry)
          .Add({}, prometheus::Histogram::BucketBoundaries{0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60});
  prometheus::Gauge& links =
      prometheus::BuildGauge().Name("aipg_gateway_worker_links").Help("Worker links now.").Register(registry).Add({});
  prometheus::Gauge& keysets = prometheus::BuildGauge()
                                   .Name("aipg_gateway_keysets")
                                   .Help("Keysets that can be sealed to now.")
                                   .Register(registry)
                                   .Add({});
  prometheus::Gauge& jobs =
      prometheus::BuildGauge().Name("aipg_gateway_jobs_running").Help("Jobs now.").Register(registry).Add({});
  prometheus::Gauge& unsettled = prometheus::BuildGauge()
                                     .Name("aipg_gateway_jobs_unsettled")
                                     .Help("Jobs that ended and whose record is still to be written.")
                                     .Register(registry)
                                     .Add({});
  prometheus::Counter& quotes = prometheus::BuildCounter()
                                    .Name("aipg_gateway_challenges_total")
                                    .Help("Challenges sent to workers.")
                                    .Register(registry)
                                    .Add({});
  prometheus::Counter& nonces = prometheus::BuildCounter()
                                    .Name("aipg_gateway_challenge_nonces_total")
                                    .Help("Verifiers' nonces answered by them.")
                                    .Register(registry)
                                    .Add({});
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

void Metrics::request(std::string_view outcome) {
  state_->requests.Add({{"outcome", std::string(outcome)}}).Increment();
}
void Metrics::first_byte(milliseconds after) {
  state_->first_byte.Observe(static_cast<double>(after.count()) / 1000.0);
}
void Metrics::relayed(std::uint64_t request_bytes, std::uint64_t response_bytes) {
  state_->request_bytes.Increment(static_cast<double>(request_bytes));
  state_->response_bytes.Increment(static_cast<double>(response_bytes));
}
void Metrics::workers(std::size_t links, std::size_t keysets) {
  state_->links.Set(static_cast<double>(links));
  state_->keysets.Set(static_cast<double>(keysets));
}
void Metrics::jobs_running(std::size_t n) { state_->jobs.Set(static_cast<double>(n)); }
void Metrics::jobs_unsettled(std::size_t n) { state_->unsettled.Set(static_cast<double>(n)); }
void Metrics::challenges(std::size_t nonces) {
  state_->quotes.Increment();
  state_->nonces.Increment(static_cast<double>(nonces));
}

std::string Metrics::text() const { return prometheus::TextSerializer().Serialize(state_->registry.Collect()); }

}  // namespace aipg::gateway
