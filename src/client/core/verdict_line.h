// SPDX-License-Identifier: Apache-2.0
// What was verified, on one line: "verified: NVIDIA H100, Intel TDX, workload
// 3f9a 71c2 …, L2, 41 s ago". Pure.
#pragma once

#include <string>

#include "client/core/session.h"

namespace aipg::client {

// The workers that a question will be sealed to: one line where they are alike, else one for each. Without a line end.
[[nodiscard]] std::string verdict_line(const std::vector<Candidate>& sealed_to, Instant now);

// The same for workers whose keys and evidence are the same: another one is news.
[[nodiscard]] std::vector<std::pair<Hash256, Instant>> verdict_key(const std::vector<Candidate>& sealed_to);

}  // namespace aipg::client
