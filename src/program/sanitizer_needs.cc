// SPDX-License-Identifier: Apache-2.0
// AddressSanitizer's: a leak check stops all threads by tracing them from a helper, and a report runs a symbolizer.
#include <filesystem>

#include "program/sanitizer_needs.h"

namespace aipg::program {

bool sanitizer_has_threads() { return __has_feature(thread_sanitizer); }

bool add_sanitizer_needs(SandboxProfile& profile) {
  profile.intruder = Intruder::is_refused;  // it traces
  profile.calls.insert(profile.calls.end(), {SyscallGroup::programs, SyscallGroup::sanitizing});
  for (const char* folder : {"/usr", "/lib", "/lib64"}) {
    profile.rules.paths.push_back({folder, PathUse::run, "the sanitizer's symbolizer"});
  }
  profile.rules.paths.push_back({"/proc", PathUse::read, "the sanitizer's view of threads and memory"});
  std::error_code failed;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failed);
  profile.rules.paths.push_back({self.string(), PathUse::read, "the sanitizer's symbols"});
  return true;
}

}  // namespace aipg::program
