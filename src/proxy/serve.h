// SPDX-License-Identifier: Apache-2.0
// Runs the proxy until SIGTERM or SIGINT: then no new connection is taken,
// answers under way have the grace, and a second signal ends at once. SIGHUP
// reads the settings again (reload.h).
#pragma once

#include <functional>

#include "proxy/reload.h"

namespace aipg::proxy {

// Where settings are from.
struct Source {
  std::optional<std::string> file;
  ReadAgain read_again;
};

// `ground` is where the session of these settings asks. `on_ready` is told where it listens, ports as bound.
[[nodiscard]] program::ExitCode serve(Config config, CheckedConfig checked, client::SessionGround ground, Source source,
                                      const std::function<void(const std::vector<std::string>&)>& on_ready);

}  // namespace aipg::proxy
