// SPDX-License-Identifier: Apache-2.0
// What was verified, on one line, before anything is sent: "verified: H100,
// TDX, workload 3f9a…, L2, 41 s ago". Pure.
#pragma once

#include <string>

#include "client/core/session.h"

namespace aipg::client {

// The workers that a question will be sealed to; where they are not alike, each by its name. Without a line end; empty
// for none. Simulated hardware is checked as any other: only its level says that it proves nothing.
[[nodiscard]] std::string verdict_line(const std::vector<SharedCandidate>& sealed_to, Instant now);

// Says so in plain words where any of them is simulated, else empty. Without a line end.
[[nodiscard]] std::string simulated_line(const std::vector<SharedCandidate>& sealed_to);

}  // namespace aipg::client
