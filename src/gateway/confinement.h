// SPDX-License-Identifier: Apache-2.0
// What a gateway needs of its machine once it listens: connections that come to
// it, its store, and the files that SIGHUP makes it read again. It connects to
// nobody and opens no port.
#pragma once

#include <optional>

#include "gateway/config.h"
#include "program/sandbox.h"

namespace aipg::gateway {

// `config_file`: where the settings are from, if from a file.
[[nodiscard]] program::SandboxProfile confinement(const Config& config, const std::optional<std::string>& config_file);

}  // namespace aipg::gateway
