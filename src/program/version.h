// SPDX-License-Identifier: Apache-2.0
// What `PROGRAM version` prints: name-less, one line, for people and scripts.
#pragma once

#include <string>
#include <vector>

#include "program/exit_code.h"

namespace aipg::program {

inline constexpr const char* kVersion = "0.1.0";

[[nodiscard]] ExitCode print_version(const std::vector<std::string>& args);

}  // namespace aipg::program
