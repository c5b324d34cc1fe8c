// SPDX-License-Identifier: Apache-2.0
#include "program/nearest.h"

#include <algorithm>
#include <utility>

namespace aipg::program {
namespace {

// Optimal string alignment distance, three rows of the table at a time.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), previous(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before = std::exchange(previous, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({previous[j] + 1, row[j - 1] + 1, changed});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view wrong, const std::vector<std::string>& known) {
  // Longer than any name of ours: not a slip of the fingers, and not worth a quadratic table.
  if (wrong.size() > 128) return std::nullopt;
  const std::string* best = nullptr;
  std::size_t least = std::string::npos;
  for (const std::string& name : known) {
    const std::size_t d = distance(wrong, name);
    if (d < least && d <= std::max(wrong.size(), name.size()) / 2) {
      best = &name;
      least = d;
    }
  }
  return best != nullptr ? std::optional(*best) : std::nullopt;
}

std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& known) {
  const auto meant = nearest(wrong, known);
  return meant ? "did you mean " + *meant + "? " : "";
}

}  // namespace aipg::program
