// SPDX-License-Identifier: Apache-2.0
// The status in the Prometheus text format, for who runs a proxy for others:
// docs/metrics.md has every name, type and label value, and a test holds the two
// against each other.
#pragma once

#include <string>

#include "program/process_usage.h"
#include "proxy/status.h"

namespace aipg::proxy {

[[nodiscard]] std::string metrics_text(const Status& status, const program::ProcessUsage& process);

}  // namespace aipg::proxy
