// SPDX-License-Identifier: Apache-2.0
#include "program/process_usage.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace aipg::program {
namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

void count_memory(ProcessUsage& out) {
  std::ifstream pages("/proc/self/statm");
  std::uint64_t all = 0, resident = 0;
  if (!(pages >> all >> resident)) return;
  const auto page_bytes = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  out.virtual_bytes = all * page_bytes;
  out.resident_bytes = resident * page_bytes;
}

void count_files(ProcessUsage& out) {
  std::error_code failed;
  std::uint64_t n = 0;
  for (std::filesystem::directory_iterator each("/proc/self/fd", failed), end; !failed && each != end;
       each.increment(failed)) {
    ++n;
  }
  if (!failed) out.open_files = n - 1;  // without the one that looks
}

}  // namespace

ProcessUsage process_usage() {
  ProcessUsage out;
  rusage used{};
  if (getrusage(RUSAGE_SELF, &used) == 0) out.cpu_seconds = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) out.max_files = files.rlim_cur;
  count_memory(out);
  count_files(out);
  return out;
}

}  // namespace aipg::program
