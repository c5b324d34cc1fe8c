// SPDX-License-Identifier: Apache-2.0
#include "program/sandbox.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "program/sanitizer_needs.h"

namespace aipg::program {
namespace {

namespace fs = std::filesystem;

// Landlock holds the thread that asks for it and those that it makes later.
bool has_one_thread() {
  std::error_code failed;
  const auto threads = std::distance(fs::directory_iterator("/proc/self/task", failed), fs::directory_iterator());
  return !failed && threads == 1;
}

// Root's too: of what a file or another process is protected by, it has no more than its user. No privilege comes back
// by running a program, as none may be gained.
bool drop_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> held{}, none{};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || syscall(SYS_capget, &header, held.data()) != 0) return false;
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return false;
  const bool any = std::ranges::any_of(
      held, [](const auto& word) { return (word.effective | word.permitted | word.inheritable) != 0; });
  // Where there is nothing to drop, a service manager need not let it be asked for.
  return !any || syscall(SYS_capset, &header, none.data()) == 0;
}

}  // namespace

std::optional<Complaint> confine(const SandboxProfile& profile, const Log& log) {
  const int landlock = landlock_version();  // asked before: it is no call that a program needs
  if (const auto applied = apply_sandbox(profile, landlock); !applied) return sandbox_complaint(applied.error());
  log_sandbox(log, profile, landlock);
  return std::nullopt;
}

Result<void> apply_sandbox(SandboxProfile profile, int landlock) {
  if (!has_one_thread() && !sanitizer_has_threads()) return fail("sandbox_refused", "threads");
  if (!drop_capabilities()) return fail("sandbox_refused", "capabilities");
  (void)add_sanitizer_needs(profile);
  if (landlock > 0) AIPG_CHECK(apply_landlock(profile.rules, landlock));
  return filter_system_calls(profile.calls, profile.intruder);
}

Complaint sandbox_complaint(const Error& error) {
  return {.code = error.code,
          .happened = "the system refused to confine this program (" + std::string(error.where.view()) + ")",
          .next = "it needs a kernel with seccomp filters, and /proc; docs/operating.md#confinement",
          .exit = ExitCode::refused};
}

void log_sandbox(const Log& log, const SandboxProfile& profile, int landlock) {
  std::size_t calls = 0;
  for (const SyscallGroup group : profile.calls) calls += syscall_group(group).calls.size();
  log.info("confined", {{"system_calls", calls}, {"landlock", landlock}});
  if (landlock == 0) {
    log.warn("landlock_missing");
  } else if (landlock < kLandlockPorts) {
    log.warn("landlock_without_ports", {{"landlock", landlock}});
  }
}

std::vector<PathRule> name_and_trust_rules() {
  std::vector<PathRule> out = {{"/etc", PathUse::read, "names, addresses and authorities"}};
  // What /etc/resolv.conf links to, where it is a link.
  for (const std::string& folder : folders_of("/etc/resolv.conf")) {
    if (folder != "/etc") out.push_back({folder, PathUse::read, "name servers"});
  }
  return out;
}

}  // namespace aipg::program
