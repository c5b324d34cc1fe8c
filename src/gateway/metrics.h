// SPDX-License-Identifier: Apache-2.0
// What /metrics shows: docs/metrics.md has every name, type and label value, and
// a test holds the two against each other. Labels come from closed lists, never
// from callers; all are there from the start, so that counting looks nothing up
// and makes nothing. Each of a gateway's threads counts for itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "program/process_usage.h"

namespace aipg::gateway {

enum class LinkDirection : std::uint8_t { to_worker, from_worker };

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // "answered", "cancelled", "cut", or an error code of api/error.h; what is none of those counts as "unknown".
  void request(std::string_view outcome, milliseconds took);
  void first_byte(milliseconds after);  // from dispatch to the response preamble
  void relayed(std::uint64_t request_bytes, std::uint64_t response_bytes);
  void challenges(std::size_t nonces);  // one quote asked for, for so many verifiers
  void link_bytes(LinkDirection direction, std::size_t n);
  // One transaction: how many records are durable by it, how many never will be, and whether the disk took none.
  void records(std::chrono::microseconds took, std::size_t written, std::size_t refused, bool disk_failed);
  void reloaded(bool done);

  // What is only looked at when somebody asks.
  struct Now {
    std::size_t connections = 0, connections_refused = 0, links = 0, keysets = 0, keysets_available = 0, jobs = 0,
                jobs_unsettled = 0;
    bool ready = false;
    Instant started = {};
    program::ProcessUsage process = {};
  };
  // The Prometheus text format; with what others counted besides, each on a thread of its own.
  [[nodiscard]] std::string text(const Now& now, const std::vector<const Metrics*>& others = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace aipg::gateway
