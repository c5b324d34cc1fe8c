// SPDX-License-Identifier: Apache-2.0
// The part of `aipg doctor` that asks the gateway: whether it answers, what
// time it has, and whether it knows the key.
#pragma once

#include <string>
#include <vector>

#include "client/connection.h"
#include "client/doctor_report.h"

namespace aipg::client {

// What its Date field says against our clock, give or take `round_trip`. Evidence and requests have times in them: more
// than half a minute keeps them from working. Pure.
[[nodiscard]] Check clock_check(std::optional<std::string_view> date, Instant now, milliseconds round_trip);

// "gateway", then "clock" and "key accepted" when it answers. `api_key` may be empty. Runs its own event loop.
[[nodiscard]] std::vector<Check> gateway_checks(const ConnectionSettings& settings, const std::string& api_key);

}  // namespace aipg::client
