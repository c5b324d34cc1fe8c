// SPDX-License-Identifier: Apache-2.0
// Small things about text that several readers need. Pure; views borrow.
#pragma once

#include <string_view>

namespace aipg {

// Without the spaces, tabs and line ends around it.
[[nodiscard]] inline std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace aipg
