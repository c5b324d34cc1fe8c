// SPDX-License-Identifier: Apache-2.0
// `aipg reference`: makes, signs, checks and shows the network's reference
// values (attest/reference.h). No network; private keys stay in their files.
#pragma once

#include <string>
#include <vector>

#include "program/exit_code.h"

namespace aipg::client {

[[nodiscard]] program::ExitCode reference_command(const std::vector<std::string>& args);

}  // namespace aipg::client
