// SPDX-License-Identifier: Apache-2.0
// What the proxy's answers are called, in one place.
#pragma once

#include <string_view>

namespace aipg::proxy {

inline constexpr std::string_view kVerdictHeader = "x-aipg-verdict";  // accepted, rejected
inline constexpr std::string_view kLevelHeader = "x-aipg-level";      // L0 … L3
inline constexpr std::string_view kWorkerHeader = "x-aipg-worker";    // the worker's id
inline constexpr std::string_view kJson = "application/json";
inline constexpr std::string_view kStatusPath = "/status.json";
inline constexpr std::string_view kMetricsPath = "/metrics";

}  // namespace aipg::proxy
