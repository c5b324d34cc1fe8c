// SPDX-License-Identifier: Apache-2.0
// What /metrics shows. Labels come from closed enums, never from callers.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace aipg::gateway {

class Metrics {
 public:
  Metrics();
  ~Metrics();

  void request(std::string_view outcome);  // "answered", or an error code of api/error.h
  void first_byte(milliseconds after);     // from dispatch to the response preamble
  void relayed(std::uint64_t request_bytes, std::uint64_t response_bytes);
  void workers(std::size_t links, std::size_t keysets);
  void jobs_running(std::size_t n);
  void jobs_unsettled(std::size_t n);   // that ended and whose record is still to be written
  void challenges(std::size_t nonces);  // one quote asked for, for so many verifiers

  // The Prometheus text format.
  [[nodiscard]] std::string text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace aipg::gateway
