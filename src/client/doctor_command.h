// SPDX-License-Identifier: Apache-2.0
// `aipg doctor`: what works, what does not, and what to do, without sending a
// prompt. Exit code 0 only when a confidential request would work.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "program/description.h"
#include "program/exit_code.h"

namespace aipg::client {

// `commands` are all of the program's, whose keys the file of settings may have.
[[nodiscard]] program::ExitCode doctor_command(
    const std::vector<std::string>& args, const std::function<std::vector<program::CommandDescription>()>& commands);

}  // namespace aipg::client
