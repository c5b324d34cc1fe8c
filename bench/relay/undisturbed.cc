// SPDX-License-Identifier: Apache-2.0
#include "undisturbed.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>

namespace aipg::bench::relay {

double stolen_seconds() {
  constexpr int kStolen = 7;  // behind the name and seven others
  std::ifstream stat("/proc/stat");
  std::string name;
  double ticks = 0;
  stat >> name;
  for (int i = 0; i <= kStolen && stat; ++i) stat >> ticks;
  return stat ? ticks / static_cast<double>(sysconf(_SC_CLK_TCK)) : 0;
}

void Undisturbed::note(Report& report, const std::string& what) const {
  if (disturbed_ == 0) return;
  report.note(
      fmt::format("{}: in {} of {} rounds the machine was taken away for more than {:.0f} % of the time, each time it "
                  "was tried",
                  what, disturbed_, rounds_, 100 * kPart));
}

}  // namespace aipg::bench::relay
