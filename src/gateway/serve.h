// SPDX-License-Identifier: Apache-2.0
// Runs a gateway until it is told to stop.
#pragma once

#include <functional>

#include "gateway/config.h"
#include "program/exit_code.h"

namespace aipg::gateway {

// SIGTERM drains: running jobs end, then exit code done; a second one ends at
// once. `on_ready` hears the bound port.
[[nodiscard]] program::ExitCode serve(const Config& config, const std::function<void(std::uint16_t port)>& on_ready);

}  // namespace aipg::gateway
