// SPDX-License-Identifier: Apache-2.0
// `aipg simulate`: evidence of a simulated machine in any state, for demos,
// tests and other people's CI. Everything it makes is under the simulator's
// own roots: no policy but the one it writes beside it accepts any of it.
#pragma once

#include <string>
#include <vector>

#include "program/exit_code.h"

namespace aipg::client {

[[nodiscard]] program::ExitCode simulate_command(const std::vector<std::string>& args);

}  // namespace aipg::client
