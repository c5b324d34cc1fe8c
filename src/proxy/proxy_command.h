// SPDX-License-Identifier: Apache-2.0
// `aipg proxy`: every OpenAI client on this machine becomes confidential.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "program/description.h"
#include "program/exit_code.h"

namespace aipg::proxy {

// `describe` says what all commands of the program know, which the user's file is held against when it is read again.
[[nodiscard]] program::ExitCode proxy_command(const std::vector<std::string>& args,
                                              std::function<std::vector<program::CommandDescription>()> describe);

}  // namespace aipg::proxy
