// SPDX-License-Identifier: Apache-2.0
#include "turns.h"

#include <algorithm>

namespace aipg::bench::relay {

const char* name_of(Bench::Kind kind) {
  switch (kind) {
    case Bench::Kind::gateway:
      return "aipg-gateway";
    case Bench::Kind::nginx:
      return "nginx";
    case Bench::Kind::haproxy:
      return "HAProxy";
    case Bench::Kind::litellm:
      return "LiteLLM";
    case Bench::Kind::portkey:
      break;
  }
  return "Portkey";
}

void Turns::rows(Report& report, const std::string& what, double factor, const std::string& unit,
                 const Against& against) const {
  for (std::size_t i = 1; i < kinds_.size(); ++i) {
    report.add({what + ": " + name_of(kinds_[i]), spread_of(samples_[i]).times(factor), unit});
  }
  Row row{.what = what + ": " + name_of(kinds_[0]), .value = spread_of(samples_[0]).times(factor), .unit = unit};
  const auto peer = std::ranges::find(kinds_, against.peer);
  if (peer != kinds_.end()) {
    const auto& theirs = samples_[static_cast<std::size_t>(peer - kinds_.begin())];
    std::vector<double> ratios;
    for (std::size_t i = 0; i < theirs.size(); ++i) ratios.push_back(samples_[0][i] / theirs[i]);
    row.compared = Comparison{name_of(against.peer), spread_of(ratios).median, "times", against.target};
  }
  report.add(std::move(row));
}

}  // namespace aipg::bench::relay
