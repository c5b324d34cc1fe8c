// SPDX-License-Identifier: Apache-2.0
// `aipg-gateway keys create|list|revoke`: API keys in a gateway's state folder.
// Works while the gateway runs; a revoked key is refused within a second.
#pragma once

#include <string>
#include <vector>

#include "program/exit_code.h"

namespace aipg::gateway {

[[nodiscard]] program::ExitCode keys_command(const std::vector<std::string>& args);

}  // namespace aipg::gateway
