// SPDX-License-Identifier: Apache-2.0
// The parts of the client benchmark; each adds its rows. They share a network
// that runs the scripted engine. False when something did not run; stderr says
// what.
#pragma once

#include "local_network.h"
#include "report.h"

namespace aipg::bench {

// What scripts/bench has installed.
struct ClientPeers {
  std::string python;       // with openai 3
  std::string site_folder;  // the package aipg, unpacked
  std::string nginx;        // empty: it cannot be had here
};

inline constexpr std::string_view kClientModel = "scripted";
inline constexpr std::size_t kClientPromptBytes = 4096;

// `import aipg` beside `import openai`.
[[nodiscard]] bool measure_import(const ClientPeers& peers, Report& report);
// Calls of the Python SDK beside the same calls of plain openai straight to the engine.
[[nodiscard]] net::Task<bool> measure_python_calls(net::Runtime& runtime, const LocalNetwork& network,
                                                   const ClientPeers& peers, Report& report);
// Time to the first token through `aipg proxy`.
[[nodiscard]] net::Task<bool> measure_proxy_first_token(net::Runtime& runtime, const LocalNetwork& network,
                                                        Report& report);
// What the proxy costs with many streams open, beside nginx.
[[nodiscard]] net::Task<bool> measure_proxy_streams(net::Runtime& runtime, const LocalNetwork& network,
                                                    const ClientPeers& peers, Report& report);

}  // namespace aipg::bench
