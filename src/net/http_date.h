// SPDX-License-Identifier: Apache-2.0
// The time as HTTP's Date field has it: "Sun, 06 Nov 1994 08:49:37 GMT".
// Whole seconds; the obsolete forms are refused. Pure. Source: RFC 9110, 5.6.7.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace aipg::net {

[[nodiscard]] std::string http_date(Instant at);
// Error: invalid_http_date.
[[nodiscard]] Result<Instant> parse_http_date(std::string_view text);

}  // namespace aipg::net
