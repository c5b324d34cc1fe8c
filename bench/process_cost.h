// SPDX-License-Identifier: Apache-2.0
// What another process has cost so far.
#pragma once

#include <sys/types.h>

#include <optional>

namespace aipg::bench {

struct ProcessCost {
  double cpu_seconds = 0;  // of all its threads, in user mode and in the kernel
  double resident_mib = 0, peak_mib = 0;
};
// nullopt when there is no such process.
[[nodiscard]] std::optional<ProcessCost> cost_of(pid_t process);

}  // namespace aipg::bench
