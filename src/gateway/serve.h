// SPDX-License-Identifier: Apache-2.0
// `aipg-gateway serve`: runs a gateway until it is told to stop. SIGTERM drains:
// running jobs end, then exit code done; a second one ends at once. SIGHUP reads
// the settings again (reload.h).
#pragma once

#include <string>
#include <vector>

#include "program/exit_code.h"

namespace aipg::gateway {

[[nodiscard]] program::ExitCode serve_command(const std::vector<std::string>& args);

}  // namespace aipg::gateway
