// SPDX-License-Identifier: Apache-2.0
// `aipg chat`: one question, one answer, and the proof that belongs to it.
#pragma once

#include <string>
#include <vector>

#include "program/exit_code.h"

namespace aipg::client {

[[nodiscard]] program::ExitCode chat_command(const std::vector<std::string>& args);

}  // namespace aipg::client
