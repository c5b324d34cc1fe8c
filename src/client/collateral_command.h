// SPDX-License-Identifier: Apache-2.0
// `aipg collateral`: what vendors publish beside evidence, for verifying it
// without asking anybody then. Exit codes as everywhere: 1 when something could
// not be had that somebody refused, 3 when somebody could not be reached.
#pragma once

#include <string>
#include <vector>

#include "program/exit_code.h"

namespace aipg::client {

[[nodiscard]] program::ExitCode collateral_command(const std::vector<std::string>& args);

// Its three parts.
[[nodiscard]] program::ExitCode collateral_fetch(const std::vector<std::string>& args);
[[nodiscard]] program::ExitCode collateral_show(const std::vector<std::string>& args);
[[nodiscard]] program::ExitCode collateral_pack(const std::vector<std::string>& args);

}  // namespace aipg::client
