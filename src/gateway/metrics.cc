// SPDX-License-Identifier: Apache-2.0
#include "gateway/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <vector>

#include "api/error.h"
#include "program/version.h"

namespace aipg::gateway {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using Buckets = Histogram::BucketBoundaries;

constexpr std::string_view kUnknown = "unknown", kRefused = "refused";
constexpr std::array<std::string_view, 3> kEnds = {"answered", "cancelled", "cut"};  // of requests that were dispatched

const Buckets kWaits{0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60};
const Buckets kRequests{0.005, 0.05, 0.25, 1, 2.5, 5, 10, 30, 60, 300, 1200};
const Buckets kWrites{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5};

std::vector<std::string_view> outcomes() {
  std::vector<std::string_view> out(kEnds.begin(), kEnds.end());
  for (const api::ErrorInfo& error : api::all_errors()) out.push_back(error.name);
  out.push_back(kUnknown);
  return out;
}

// Prometheus' word for what is not known.
double or_nothing(std::optional<std::uint64_t> value) {
  return value ? static_cast<double>(*value) : std::numeric_limits<double>::quiet_NaN();
}

double seconds_of(std::chrono::duration<double> duration) { return duration.count(); }

// What a registry makes, each with its name and its words.
struct Maker {
  prometheus::Registry& registry;
  Family<Counter>& counters(const std::string& name, const std::string& help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  Counter& counter(const std::string& name, const std::string& help) { return counters(name, help).Add({}); }
  Family<Gauge>& gauges(const std::string& name, const std::string& help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }
  Gauge& gauge(const std::string& name, const std::string& help) { return gauges(name, help).Add({}); }
  Family<Histogram>& histograms(const std::string& name, const std::string& help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }
};

// What another thread counted: the same families, in the same order. Gauges are of the whole gateway.
void add(std::vector<prometheus::MetricFamily>& to, const std::vector<prometheus::MetricFamily>& from) {
  for (std::size_t family = 0; family < to.size(); ++family) {
    for (prometheus::ClientMetric& sum : to[family].metric) {
      const auto& more = *std::ranges::find(from[family].metric, sum.label, &prometheus::ClientMetric::label);
      sum.counter.value += more.counter.value;
      sum.histogram.sample_count += more.histogram.sample_count;
      sum.histogram.sample_sum += more.histogram.sample_sum;
      for (std::size_t b = 0; b < sum.histogram.bucket.size(); ++b) {
        sum.histogram.bucket[b].cumulative_count += more.histogram.bucket[b].cumulative_count;
      }
    }
  }
}

}  // namespace

struct Metrics::State {
  State();

  struct Outcome {
    std::string_view name;
    Counter* count;
    Histogram* seconds;
  };
  [[nodiscard]] const Outcome& outcome(std::string_view name) const {
    const auto found = std::ranges::find(outcomes_, name, &Outcome::name);
    return found == outcomes_.end() ? outcomes_.back() : *found;
  }

  prometheus::Registry registry;
  Maker make{registry};
  Family<Counter>& bytes = make.counters("aipg_gateway_relayed_bytes_total", "Sealed bytes of requests, by direction.");
  Counter& request_bytes = bytes.Add({{"direction", "request"}});
  Counter& response_bytes = bytes.Add({{"direction", "response"}});
  Histogram& first_byte =
      make.histograms("aipg_gateway_first_byte_seconds", "From dispatch to the response preamble.").Add({}, kWaits);
  Counter& quotes = make.counter("aipg_gateway_challenges_total", "Challenges sent to workers.");
  Counter& nonces = make.counter("aipg_gateway_challenge_nonces_total", "Verifiers' nonces in them.");

  Family<Counter>& link_bytes =
      make.counters("aipg_gateway_link_bytes_total", "Bytes of messages on worker links, by direction.");
  std::array<Counter*, 2> linked = {&link_bytes.Add({{"direction", "to_worker"}}),
                                    &link_bytes.Add({{"direction", "from_worker"}})};
  Family<Counter>& records = make.counters("aipg_gateway_records_total", "Job records, by what became of them.");
  Counter& records_written = records.Add({{"result", "written"}});
  Counter& records_refused = records.Add({{"result", "refused"}});
  Family<Histogram>& writes =
      make.histograms("aipg_gateway_record_write_seconds", "Durable writes, each of all records that waited.");
  Histogram& writes_done = writes.Add({{"result", "done"}}, kWrites);
  Histogram& writes_failed = writes.Add({{"result", "failed"}}, kWrites);
  Family<Counter>& reloads = make.counters("aipg_gateway_reloads_total", "SIGHUPs, by what became of them.");
  Counter& reloads_done = reloads.Add({{"result", "done"}});
  Counter& reloads_refused = reloads.Add({{"result", "refused"}});

  Gauge& connections = make.gauge("aipg_gateway_connections", "Open connections, workers' links among them.");
  Counter& connections_refused =
      make.counter("aipg_gateway_connections_refused_total", "Connections that were one too many, and closed at once.");
  Gauge& links = make.gauge("aipg_gateway_worker_links", "Worker links.");
  Gauge& keysets = make.gauge("aipg_gateway_keysets", "Keysets that are admitted.");
  Gauge& available = make.gauge("aipg_gateway_keysets_available", "Keysets whose link takes another job.");
  Gauge& jobs = make.gauge("aipg_gateway_jobs_running", "Jobs that have not ended.");
  Gauge& unsettled = make.gauge("aipg_gateway_jobs_unsettled", "Jobs that ended and whose record is not durable yet.");
  Gauge& ready = make.gauge("aipg_gateway_ready", "Whether /readyz says 200.");

  Gauge& started = make.gauge("process_start_time_seconds", "When the process started, since 1970.");
  Counter& cpu = make.counter("process_cpu_seconds_total", "Time on processors.");
  Gauge& resident = make.gauge("process_resident_memory_bytes", "Memory in use.");
  Gauge& virtual_bytes = make.gauge("process_virtual_memory_bytes", "Memory that is mapped.");
  Gauge& files = make.gauge("process_open_fds", "Open descriptors.");
  Gauge& max_files = make.gauge("process_max_fds", "How many there may be.");

 private:
  std::vector<Outcome> outcomes_;  // a few dozen, found by their lengths before their letters
};

Metrics::State::State() {
  make.gauges("aipg_gateway_build_info", "1, with the program's version.")
      .Add({{"version", std::string(program::kVersion)}})
      .Set(1);
  auto& counts = make.counters("aipg_gateway_requests_total", "Requests on inference paths, by outcome.");
  auto& seconds = make.histograms("aipg_gateway_request_seconds", "Requests on inference paths, from head to end.");
  Histogram* const refused = &seconds.Add({{"outcome", std::string(kRefused)}}, kRequests);
  for (const std::string_view name : outcomes()) {
    const bool dispatched = std::ranges::find(kEnds, name) != kEnds.end();
    outcomes_.push_back({name, &counts.Add({{"outcome", std::string(name)}}),
                         dispatched ? &seconds.Add({{"outcome", std::string(name)}}, kRequests) : refused});
  }
}

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

void Metrics::request(std::string_view outcome, milliseconds took) {
  const State::Outcome& known = state_->outcome(outcome);
  known.count->Increment();
  known.seconds->Observe(seconds_of(took));
}
void Metrics::first_byte(milliseconds after) { state_->first_byte.Observe(seconds_of(after)); }
void Metrics::relayed(std::uint64_t request_bytes, std::uint64_t response_bytes) {
  state_->request_bytes.Increment(static_cast<double>(request_bytes));
  state_->response_bytes.Increment(static_cast<double>(response_bytes));
}
void Metrics::challenges(std::size_t nonces) {
  state_->quotes.Increment();
  state_->nonces.Increment(static_cast<double>(nonces));
}
void Metrics::link_bytes(LinkDirection direction, std::size_t n) {
  state_->linked[static_cast<std::size_t>(direction)]->Increment(static_cast<double>(n));
}
void Metrics::records(std::chrono::microseconds took, std::size_t written, std::size_t refused, bool disk_failed) {
  state_->records_written.Increment(static_cast<double>(written));
  state_->records_refused.Increment(static_cast<double>(refused));
  (disk_failed ? state_->writes_failed : state_->writes_done).Observe(seconds_of(took));
}
void Metrics::reloaded(bool done) { (done ? state_->reloads_done : state_->reloads_refused).Increment(); }

std::string Metrics::text(const Now& now, const std::vector<const Metrics*>& others) const {
  State& state = *state_;
  state.connections.Set(static_cast<double>(now.connections));
  state.connections_refused.Increment(
      std::max(0.0, static_cast<double>(now.connections_refused) - state.connections_refused.Value()));
  state.links.Set(static_cast<double>(now.links));
  state.keysets.Set(static_cast<double>(now.keysets));
  state.available.Set(static_cast<double>(now.keysets_available));
  state.jobs.Set(static_cast<double>(now.jobs));
  state.unsettled.Set(static_cast<double>(now.jobs_unsettled));
  state.ready.Set(now.ready ? 1 : 0);
  state.started.Set(static_cast<double>(now.started.ms) / 1000.0);
  state.cpu.Increment(std::max(0.0, now.process.cpu_seconds - state.cpu.Value()));
  state.resident.Set(or_nothing(now.process.resident_bytes));
  state.virtual_bytes.Set(or_nothing(now.process.virtual_bytes));
  state.files.Set(or_nothing(now.process.open_files));
  state.max_files.Set(static_cast<double>(now.process.max_files));
  auto all = state.registry.Collect();
  for (const Metrics* other : others) add(all, other->state_->registry.Collect());
  return prometheus::TextSerializer().Serialize(all);
}

}  // namespace aipg::gateway
