// SPDX-License-Identifier: Apache-2.0
// What this process uses of its machine, as the kernel counts it.
#pragma once

#include <cstdint>
#include <optional>

namespace aipg::program {

struct ProcessUsage {
  double cpu_seconds = 0;
  // Without /proc: not known.
  std::optional<std::uint64_t> resident_bytes = {}, virtual_bytes = {}, open_files = {};
  std::uint64_t max_files = 0;
};
// Counts open files one by one: for who asks now and then.
[[nodiscard]] ProcessUsage process_usage();

}  // namespace aipg::program
