// SPDX-License-Identifier: Apache-2.0
// The two halves of the path benchmark; each starts a network of its own and
// adds its rows. False when something did not run; stderr says what.
#pragma once

#include "report.h"

namespace aipg::bench {

[[nodiscard]] bool measure_path(Report& report);

struct RealEngine {
  std::string program, model_file;
};
[[nodiscard]] bool measure_real_engine(Report& report, const RealEngine& engine);

}  // namespace aipg::bench
