// SPDX-License-Identifier: Apache-2.0
// Programs run to their end, for benchmarks: how long, and how much memory.
#pragma once

#include <string>
#include <vector>

namespace aipg::bench {

struct Ended {
  int status = -1;             // its exit status; −1 when it did not start or was killed
  std::size_t peak_bytes = 0;  // resident
};
// Standard output goes nowhere; standard error is ours.
[[nodiscard]] Ended run_to_end(const std::vector<std::string>& argv);

}  // namespace aipg::bench
