// SPDX-License-Identifier: Apache-2.0
// `aipg-worker serve`: runs a worker until it is told to stop.
#pragma once

#include "worker/config.h"

namespace aipg::worker {

// Measures, starts the engine, links to the gateway. SIGTERM drains: running
// jobs end, then exit code done; a second one ends at once.
[[nodiscard]] program::ExitCode serve(const HostSettings& settings);
// Prints what serve() confines itself and its engine to.
[[nodiscard]] program::ExitCode print_sandbox(const HostSettings& settings);

}  // namespace aipg::worker
