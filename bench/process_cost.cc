// SPDX-License-Identifier: Apache-2.0
#include "process_cost.h"

#include <fmt/format.h>

#include <ctime>
#include <fstream>
#include <string>

namespace aipg::bench {
namespace {

// The clock counts nanoseconds, where /proc/PID/stat counts ticks of 10 ms.
std::optional<double> cpu_seconds(pid_t process) {
  clockid_t clock = 0;
  timespec time{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) return std::nullopt;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

std::optional<ProcessCost> cost_of(pid_t process) {
  const auto cpu = cpu_seconds(process);
  std::ifstream status(fmt::format("/proc/{}/status", process));
  if (!cpu || !status) return std::nullopt;
  ProcessCost out{.cpu_seconds = *cpu};
  constexpr double kKiBInMiB = 1024;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) out.resident_mib = std::stod(line.substr(6)) / kKiBInMiB;
    if (line.starts_with("VmHWM:")) out.peak_mib = std::stod(line.substr(6)) / kKiBInMiB;
  }
  return out;
}

}  // namespace aipg::bench
