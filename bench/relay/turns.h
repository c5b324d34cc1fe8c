// SPDX-License-Identifier: Apache-2.0
// The same measured at every server in turns, so that whatever else the machine
// does meets all of them alike, and the rows that come of it.
#pragma once

#include <optional>

#include "bench.h"
#include "report.h"

namespace aipg::bench::relay {

[[nodiscard]] const char* name_of(Bench::Kind kind);

struct Against {
  Bench::Kind peer = Bench::Kind::nginx;
  std::optional<Target> target;
};

class Turns {
 public:
  explicit Turns(const Bench& bench) : Turns(bench.kinds()) {}
  explicit Turns(std::vector<Bench::Kind> kinds) : kinds_(std::move(kinds)), samples_(kinds_.size()) {}

  void add(std::size_t server, double sample) { samples_[server].push_back(sample); }
  // A row for each server, with `factor` from samples to `unit`; ours as so many times the peer's, round by round.
  void rows(Report& report, const std::string& what, double factor, const std::string& unit,
            const Against& against) const;

 private:
  std::vector<Bench::Kind> kinds_;
  std::vector<std::vector<double>> samples_;
};

}  // namespace aipg::bench::relay
