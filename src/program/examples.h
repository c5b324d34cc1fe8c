// SPDX-License-Identifier: Apache-2.0
// The examples of a --help text; private to this folder.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace aipg::program {

inline constexpr std::size_t kHelpWidth = 100;

// One line each with what it does beside it; below it, when a line would get too long. Ends with an empty line.
[[nodiscard]] std::string examples_text(const std::vector<std::pair<std::string, std::string>>& examples);

}  // namespace aipg::program
