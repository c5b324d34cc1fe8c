// SPDX-License-Identifier: Apache-2.0
// The known name that a mistyped one was probably meant to be.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aipg::program {

// The one with the fewest letters inserted, dropped, changed or swapped; the
// first of several. nullopt when more than half of the letters would change.
[[nodiscard]] std::optional<std::string> nearest(std::string_view wrong, const std::vector<std::string>& known);

// "did you mean chat.model? ", or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& known);

}  // namespace aipg::program
