// SPDX-License-Identifier: Apache-2.0
// What the status page shows, as values: which workers are verified, by which
// policy, how old their evidence is, and what came of the last verifications.
// Worker ids, models and devices are strangers' text until it is escaped.
#pragma once

#include <string>
#include <vector>

#include "proxy/activity.h"

namespace aipg::proxy {

struct ProxyContext;

// What does not change while the proxy runs.
struct StatusSettings {
  std::vector<std::string> listen;  // as given, ports as bound
  std::string kept;                 // the folder of attestations; empty: none
  bool token = false;
  Instant started;
};

struct WorkerStatus {
  std::string id, cpu, gpus, workload;  // workload: hex
  std::vector<std::string> models;
  attest::Level level = attest::Level::l0;
  bool post_quantum = false;
  milliseconds age{0};   // of the evidence
  milliseconds left{0};  // until the verdict may not be used any more
};

struct Status {
  StatusSettings settings;
  std::string version, gateway, policy;
  Instant now;
  bool simulated = false;  // the policy takes a simulator's roots
  std::vector<WorkerStatus> workers;
  std::vector<std::string> kept_ready;  // models
  std::vector<RecentVerdict> recent;    // newest first
  std::uint64_t answered = 0, refused = 0, cut = 0, left = 0;
  std::size_t running = 0;
};

[[nodiscard]] Status status_of(const ProxyContext& context, const StatusSettings& settings);
[[nodiscard]] std::string status_json(const Status& status);
// "41 s", "3 min", "2 h".
[[nodiscard]] std::string age_text(milliseconds age);

}  // namespace aipg::proxy
