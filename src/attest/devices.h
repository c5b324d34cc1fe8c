// SPDX-License-Identifier: Apache-2.0
// Every device of a bundle, and whether they are together what the manifest
// says: as many, of that kind, in that mode, none of them twice; and in a state
// that NVIDIA vouches for, in the way that the policy asks for. Internal to
// appraise().
#pragma once

#include "attest/bundle.h"
#include "attest/grounds.h"

namespace aipg::attest {

struct DeviceExpectation {
  const Manifest& manifest;
  Hash256 nonce{};
};

// One finding per rule and device; fills verdict.identity.devices. Returns whether every device is genuine.
bool check_devices(const std::vector<DeviceEvidence>& devices, const DeviceExpectation& expected,
                   const Grounds& grounds, Verdict& verdict);

}  // namespace aipg::attest
