// SPDX-License-Identifier: Apache-2.0
// What a proxy needs of its machine once it listens: its gateway, what finding
// and verifying that reads, the folder that keeps attestations, and the files
// that SIGHUP makes it read again. It starts nothing and opens no port.
#pragma once

#include <optional>

#include "program/sandbox.h"
#include "proxy/config.h"

namespace aipg::proxy {

// `config_file`: where the settings are from, if from a file.
[[nodiscard]] program::SandboxProfile confinement(const Config& config, const net::Address& gateway,
                                                  const std::vector<net::Address>& listen,
                                                  const std::optional<std::string>& config_file);

}  // namespace aipg::proxy
