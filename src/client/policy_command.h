// SPDX-License-Identifier: Apache-2.0
// `aipg policy`: what a policy asks for, in words; whether a file is one; and a
// file to begin with. No network, no evidence.
#pragma once

#include <string>
#include <vector>

#include "attest/policy.h"
#include "program/exit_code.h"

namespace aipg::client {

[[nodiscard]] program::ExitCode policy_command(const std::vector<std::string>& args);

// Every rule that a policy may relax, what this one makes of it, and what it is about.
[[nodiscard]] std::string explain_policy(const attest::Policy& policy);

}  // namespace aipg::client
