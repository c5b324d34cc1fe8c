// SPDX-License-Identifier: Apache-2.0
// Are these GPUs and switches one protected-PCIe fabric? Every switch that a
// GPU is wired to is here with evidence of its own, and every GPU that a
// switch is wired to as well, by the ids that both reports carry. Pure.
#pragma once

#include "attest/nvidia/verify.h"

namespace aipg::attest::nvidia {

// Rule nvidia_fabric.
void check_fabric(const std::vector<VerifiedReport>& devices, Rules& rules);

}  // namespace aipg::attest::nvidia
