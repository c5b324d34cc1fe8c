// SPDX-License-Identifier: Apache-2.0
// What several devices must be together: different ones, over one nonce, in one
// mode, and, behind protected PCIe, a whole fabric. Pure.
#pragma once

#include "attest/nvidia/verify.h"

namespace aipg::attest::nvidia {

// Rule nvidia_device_twice. The same chip, or the same attestation key, shown twice is one device counted twice.
void check_distinct(const std::vector<VerifiedReport>& devices, Rules& rules);
// Rule nvidia_one_nonce.
void check_one_nonce(const std::vector<VerifiedReport>& devices, Rules& rules);
// Rule nvidia_one_mode. Of GPUs; switches have none.
void check_one_mode(const std::vector<VerifiedReport>& devices, Rules& rules);

// Rule nvidia_fabric. Are these GPUs and switches one protected-PCIe fabric?
// Every GPU says that it is in that mode; the switches that GPUs are wired to,
// and the GPUs that switches are wired to, are exactly those that are here.
void check_fabric(const std::vector<VerifiedReport>& devices, Rules& rules);

}  // namespace aipg::attest::nvidia
