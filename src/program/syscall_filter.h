// SPDX-License-Identifier: Apache-2.0
// The seccomp filter that syscall_groups.h describes, made by libseccomp.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "program/syscall_groups.h"

namespace aipg::program {

// What becomes of a call of forbidden_families(). No version of our programs makes one, so that whoever does has broken
// in: the process ends, which leaves no second try and a line in the kernel's log. Engines are other people's code,
// which may ask whether a thing is there: they are told that it is not.
enum class Intruder : std::uint8_t { ends_the_program, is_refused };

// From now on, all threads of this process and its children can make the calls of these groups. Any other fails with
// ENOSYS, as on a kernel that does not have it: C libraries know how to do without. Takes away the right to gain
// privileges with it. Adds to what an earlier call took away. Error: sandbox_refused (where: system calls).
[[nodiscard]] Result<void> filter_system_calls(const std::vector<SyscallGroup>& groups, Intruder intruder);

// Whether libseccomp knows a call of this name, on whatever kind of machine.
[[nodiscard]] bool is_system_call(std::string_view name);

}  // namespace aipg::program
