// SPDX-License-Identifier: Apache-2.0
// `aipg up`: the whole network on this machine: a simulated TEE, a gateway, a
// worker and an engine, for trying things out and for tests.
#pragma once

#include <string>
#include <vector>

#include "program/exit_code.h"

namespace aipg::client {

[[nodiscard]] program::ExitCode up_command(const std::vector<std::string>& args);

}  // namespace aipg::client
