// SPDX-License-Identifier: Apache-2.0
// What runs in the guest: the pair of boot image and workload against signed
// reference values and the policy's pins, and the link from one to the other
// (docs/protocol.md, "What runs"). Internal to appraise().
//
// Rules, all required: workload_unbound (the pair is known), workload_not_expected,
// release_revoked, release_over, platform_denied.
#pragma once

#include "attest/grounds.h"
#include "attest/reference.h"

namespace aipg::attest {

struct RunningWorkload {
  BootMeasurement boot;
  Hash256 workload_hash{};
};

// `reference` may be null: then only pins count. Fills identity.boot_name.
void check_workload(const RunningWorkload& running, const VerifiedReference* reference, const Grounds& grounds,
                    Verdict& verdict);

// The policy, and whatever the reference values ask for besides.
[[nodiscard]] Policy tightened(const Policy& policy, const ReferenceMinimum& minimum);

}  // namespace aipg::attest
