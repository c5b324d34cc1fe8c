// SPDX-License-Identifier: Apache-2.0
#include "program/syscall_filter.h"

#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <memory>
#include <string>

namespace aipg::program {
namespace {

// libseccomp's limit: each argument is compared once.
using Comparisons = std::vector<scmp_arg_cmp>;
using Filter = std::unique_ptr<void, void (*)(scmp_filter_ctx)>;

constexpr scmp_datum_t kNamespaces[] = {CLONE_NEWCGROUP, CLONE_NEWIPC,  CLONE_NEWNET, CLONE_NEWNS,
                                        CLONE_NEWPID,    CLONE_NEWUSER, CLONE_NEWUTS};
constexpr scmp_datum_t kAnyNamespace =
    CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWUTS;
constexpr scmp_datum_t kThread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
constexpr scmp_datum_t kSocketTypes = 0xf;  // the rest of the argument are flags

// Which uses a limit lets through: one list of comparisons each, all of which must hold.
std::vector<Comparisons> uses_of(CallLimit limit) {
  const auto is = [](unsigned argument, scmp_datum_t value) { return scmp_arg_cmp{argument, SCMP_CMP_EQ, value, 0}; };
  const auto masked = [](unsigned argument, scmp_datum_t mask, scmp_datum_t value) {
    return scmp_arg_cmp{argument, SCMP_CMP_MASKED_EQ, mask, value};
  };
  switch (limit) {
    case CallLimit::none:
      return {{}};
    case CallLimit::not_executable:
      return {{masked(2, PROT_EXEC, 0)}};
    case CallLimit::threads:
      return {{masked(0, kThread | kAnyNamespace, kThread)}};
    case CallLimit::no_namespaces:
      return {{masked(0, kAnyNamespace, 0)}};
    case CallLimit::own_process:
      return {{is(0, static_cast<scmp_datum_t>(getpid()))}};
    case CallLimit::asking:
      return {{is(2, 0)}};
    case CallLimit::descriptor_state:
      return {{is(1, FIONREAD)}, {is(1, TCGETS)}};
    case CallLimit::thread_names:
      return {{is(0, PR_SET_NAME)}, {is(0, PR_GET_NAME)}};
    case CallLimit::unix_or_ip:
      return {{is(0, AF_UNIX)}, {is(0, AF_INET)}, {is(0, AF_INET6)}};
    case CallLimit::unix_streams:
      return {{is(0, AF_UNIX), masked(1, kSocketTypes, SOCK_STREAM)}};
    case CallLimit::unix_pairs:
      return {{is(0, AF_UNIX)}};
    case CallLimit::tcp_streams:
      return {{is(0, AF_INET), masked(1, kSocketTypes, SOCK_STREAM)},
              {is(0, AF_INET6), masked(1, kSocketTypes, SOCK_STREAM)}};
  }
  __builtin_unreachable();
}

// False when libseccomp does not take it. A call that this kind of machine does not have is no trouble.
bool add(const Filter& filter, std::uint32_t action, std::string_view name, const Comparisons& comparisons) {
  const int number = seccomp_syscall_resolve_name(std::string(name).c_str());
  if (number == __NR_SCMP_ERROR) return false;
  return seccomp_rule_add_array(filter.get(), action, number, static_cast<unsigned>(comparisons.size()),
                                comparisons.data()) == 0;
}

// A call that one group limits and another does not is not limited.
std::map<std::string_view, std::vector<CallLimit>> merged(const std::vector<SyscallGroup>& groups) {
  std::map<std::string_view, std::vector<CallLimit>> out;
  for (const SyscallGroup group : groups) {
    for (const Call& call : syscall_group(group).calls) out[call.name].push_back(call.limit);
  }
  for (auto& [name, limits] : out) {
    if (std::ranges::find(limits, CallLimit::none) != limits.end()) limits = {CallLimit::none};
  }
  return out;
}

bool allow(const Filter& filter, const std::vector<SyscallGroup>& groups) {
  for (const auto& [name, limits] : merged(groups)) {
    for (const CallLimit limit : limits) {
      for (const Comparisons& use : uses_of(limit)) {
        if (!add(filter, SCMP_ACT_ALLOW, name, use)) return false;
      }
    }
  }
  return true;
}

bool forbid(const Filter& filter, std::uint32_t action) {
  for (const ForbiddenFamily& family : forbidden_families()) {
    for (const std::string_view name : family.calls) {
      if (!add(filter, action, name, {})) return false;
    }
  }
  return std::ranges::all_of(kNamespaces, [&](scmp_datum_t flag) {
    return add(filter, action, "clone", {scmp_arg_cmp{0, SCMP_CMP_MASKED_EQ, flag, flag}});
  });
}

}  // namespace

Result<void> filter_system_calls(const std::vector<SyscallGroup>& groups, Intruder intruder) {
  constexpr std::uint32_t kAbsent = SCMP_ACT_ERRNO(ENOSYS);
  const Filter filter(seccomp_init(kAbsent), seccomp_release);
  const bool made = filter && allow(filter, groups) &&
                    // What is refused as everything else is needs no rule.
                    (intruder == Intruder::is_refused || forbid(filter, SCMP_ACT_KILL_PROCESS)) &&
                    seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
                    seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
                    // A tree instead of a list: kernels before 5.11 walk it at each call.
                    seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0;
  if (!made || seccomp_load(filter.get()) != 0) return fail("sandbox_refused", "system calls");
  return {};
}

bool is_system_call(std::string_view name) {
  return seccomp_syscall_resolve_name(std::string(name).c_str()) != __NR_SCMP_ERROR;
}

}  // namespace aipg::program
