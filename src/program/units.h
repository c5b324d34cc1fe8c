// SPDX-License-Identifier: Apache-2.0
// Values with their unit, as people write them in flags and files. Exact:
// digits and a unit, no sign, no fraction, no space; 0 needs none. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace aipg::program {

// 250ms, 30s, 5m, 1h. Error: invalid_duration.
[[nodiscard]] Result<milliseconds> parse_duration(std::string_view text);
// 512B, 512KiB, 16MiB, 1GiB. Error: invalid_size.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text);

// The same value in the largest unit that divides it.
[[nodiscard]] std::string duration_text(milliseconds value);
[[nodiscard]] std::string size_text(std::uint64_t value);

}  // namespace aipg::program
