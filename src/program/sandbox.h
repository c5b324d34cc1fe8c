// SPDX-License-Identifier: Apache-2.0
// What a program that runs for long confines itself to, once it has what it
// needs and before it meets anybody: the system calls, files and TCP ports that
// it has a use for, and nothing else, for all that comes after. It cannot be
// undone, and no setting turns it off. It has no capability then, also as root.
// Where the kernel has no Landlock, the system calls alone are confined, which
// log_sandbox() and sandbox_text() say.
// A program with a sanitizer in it is let do what that does besides.
#pragma once

#include <optional>
#include <string>

#include "program/complaint.h"
#include "program/landlock.h"
#include "program/log.h"
#include "program/syscall_filter.h"

namespace aipg::program {

struct SandboxProfile {
  std::string program;  // "aipg-gateway serve"
  std::vector<SyscallGroup> calls;
  Intruder intruder = Intruder::ends_the_program;
  LandlockRules rules = {};
};

// Confines this process, which must have one thread, and says so in the log; warns of what this kernel does not have.
// Complaint: sandbox_refused.
[[nodiscard]] std::optional<Complaint> confine(const SandboxProfile& profile, const Log& log);

// Its parts. With what version `landlock` of Landlock knows. Error: sandbox_refused (where: threads, capabilities,
// files, system calls).
[[nodiscard]] Result<void> apply_sandbox(SandboxProfile profile, int landlock);
[[nodiscard]] Complaint sandbox_complaint(const Error& error);
void log_sandbox(const Log& log, const SandboxProfile& profile, int landlock);

// For --print-sandbox: all that apply_sandbox() would do here, from the same tables.
[[nodiscard]] std::string sandbox_text(SandboxProfile profile, int landlock = landlock_version());

// What finding addresses by name and verifying servers reads, as its system replaces these files while programs run.
[[nodiscard]] std::vector<PathRule> name_and_trust_rules();

}  // namespace aipg::program
