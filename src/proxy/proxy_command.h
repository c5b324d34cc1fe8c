// SPDX-License-Identifier: Apache-2.0
// `aipg proxy`: every OpenAI client on this machine becomes confidential.
#pragma once

#include <string>
#include <vector>

#include "program/exit_code.h"

namespace aipg::proxy {

[[nodiscard]] program::ExitCode proxy_command(const std::vector<std::string>& args);

}  // namespace aipg::proxy
