// SPDX-License-Identifier: Apache-2.0
// Runs the proxy until SIGTERM or SIGINT: then no new connection is taken,
// answers under way have the grace, and a second signal ends at once.
#pragma once

#include <functional>

#include "proxy/config.h"

namespace aipg::proxy {

// `ground` is where the session of these settings asks. `on_ready` is told where it listens, ports as bound.
[[nodiscard]] program::ExitCode serve(const Config& config, CheckedConfig checked, client::SessionGround ground,
                                      const std::function<void(const std::vector<std::string>&)>& on_ready);

}  // namespace aipg::proxy
