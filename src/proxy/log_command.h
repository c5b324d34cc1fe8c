// SPDX-License-Identifier: Apache-2.0
// `aipg log`: what `aipg proxy --keep-attestations` kept, each judged again as
// of its own time and by the policy that judged it then, or by another.
#pragma once

#include <string>
#include <vector>

#include "program/exit_code.h"

namespace aipg::proxy {

[[nodiscard]] program::ExitCode log_command(const std::vector<std::string>& args);

}  // namespace aipg::proxy
