// SPDX-License-Identifier: Apache-2.0
// `aipg-worker manifest`: measures the workload and prints its manifest.
#pragma once

#include <string>
#include <vector>

#include "program/exit_code.h"

namespace aipg::worker {

[[nodiscard]] program::ExitCode manifest_command(const std::vector<std::string>& args);

}  // namespace aipg::worker
