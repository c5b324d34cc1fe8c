// SPDX-License-Identifier: Apache-2.0
// System calls by what a program needs them for, and those that no program of
// ours has a use for: the tables that sandbox.h applies and prints. Names are
// Linux's; one that this kind of machine does not have is passed over. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace aipg::program {

// What a program may need, each with its line in syscall_group().
enum class SyscallGroup : std::uint8_t {
  memory,
  threads,
  time,
  self,
  descriptors,
  reading,
  writing,
  streams,
  connecting,
  programs,        // running others, and whatever code they bring: for engines
  unix_listening,  // sockets of that kind that wait to be connected to
  tcp_listening,
  sanitizing,  // for builds with a sanitizer only
};

// Which uses of a call are let through; others are as if the call was not on the list.
enum class CallLimit : std::uint8_t {
  none,
  not_executable,
  threads,
  no_namespaces,
  own_process,
  asking,
  descriptor_state,
  thread_names,
  unix_or_ip,
  unix_streams,
  unix_pairs,
  tcp_streams,
};

struct Call {
  std::string_view name;
  CallLimit limit = CallLimit::none;
};

struct GroupOfCalls {
  std::string_view name, why;
  std::span<const Call> calls;
};
[[nodiscard]] const GroupOfCalls& syscall_group(SyscallGroup group);

// What a limit leaves, in words; empty for none.
[[nodiscard]] std::string_view limit_text(CallLimit limit);

// Calls that take over another process or the kernel, and hand what they find to whoever broke in. `clone` with a flag
// of a namespace belongs to them, and is not in the table.
struct ForbiddenFamily {
  std::string_view name;
  std::span<const std::string_view> calls;
};
[[nodiscard]] std::span<const ForbiddenFamily> forbidden_families();

}  // namespace aipg::program
