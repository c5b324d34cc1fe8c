// SPDX-License-Identifier: Apache-2.0
// `aipg verify`: judges an attestation, an answer that carries one, or
// evidence. Asks nobody, but for what vendors publish beside evidence that came
// without it (verify_online.h).
#pragma once

#include <string>
#include <vector>

#include "program/exit_code.h"

namespace aipg::client {

[[nodiscard]] program::ExitCode verify_command(const std::vector<std::string>& args);

}  // namespace aipg::client
