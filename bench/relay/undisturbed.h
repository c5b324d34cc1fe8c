// SPDX-License-Identifier: Apache-2.0
// Rounds that tell of the servers, and not of who else uses the machine: what is
// measured while its host took the cores away for more than a little is measured
// again, a few times. The report says how often that did not help.
#pragma once

#include <string>

#include "loop.h"
#include "report.h"

namespace aipg::bench::relay {

// Of all cores, since the machine started (/proc/stat); 0 where nobody says so.
[[nodiscard]] double stolen_seconds();

class Undisturbed {
 public:
  // What a round comes to: of the first that was quiet, or of the last.
  template <typename Round>
  auto operator()(Round round) {
    for (int left = kTries;; --left) {
      const double stolen = stolen_seconds();
      const TimePoint began = now();
      auto out = round();
      const double took = std::chrono::duration<double>(now() - began).count();
      const bool quiet = stolen_seconds() - stolen <= kPart * took;
      if (!quiet && left > 1) continue;
      ++rounds_;
      disturbed_ += quiet ? 0 : 1;
      return out;
    }
  }
  // Nothing when all were quiet.
  void note(Report& report, const std::string& what) const;

 private:
  static constexpr int kTries = 4;
  static constexpr double kPart = 0.01;
  int rounds_ = 0, disturbed_ = 0;
};

}  // namespace aipg::bench::relay
