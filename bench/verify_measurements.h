// SPDX-License-Identifier: Apache-2.0
// The parts of the verification benchmark; each adds its rows. False when
// something that must be accepted was not; stderr says what.
#pragma once

#include "report.h"
#include "verify_cases.h"

namespace aipg::bench {

// In this process, collateral in memory, one thread, against the signature checks that cannot be left out.
// `peers_folder` is where the peers are; empty when there are none.
[[nodiscard]] bool measure_in_memory(Report& report, const std::optional<RealCases>& real,
                                     const std::string& peers_folder);
// `aipg verify`, from its start to its verdict, and its peak memory.
[[nodiscard]] bool measure_processes(Report& report, const std::optional<RealCases>& real);

}  // namespace aipg::bench
