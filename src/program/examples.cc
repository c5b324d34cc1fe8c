// SPDX-License-Identifier: Apache-2.0
#include "program/examples.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace aipg::program {

std::string examples_text(const std::vector<std::pair<std::string, std::string>>& examples) {
  std::size_t widest = 0, longest = 0;
  for (const auto& [line, what] : examples) {
    widest = std::max(widest, line.size());
    longest = std::max(longest, what.size());
  }
  const bool beside = 2 + widest + 3 + longest <= kHelpWidth;
  std::string out;
  for (const auto& [line, what] : examples) {
    if (beside) {
      fmt::format_to(std::back_inserter(out), "  {:<{}}   {}\n", line, widest, what);
    } else {
      fmt::format_to(std::back_inserter(out), "  {}\n      {}\n", line, what);
    }
  }
  if (!examples.empty()) out += '\n';
  return out;
}

}  // namespace aipg::program
