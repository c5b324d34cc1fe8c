// SPDX-License-Identifier: Apache-2.0
// Every device of a bundle, and whether they are together what the manifest
// says: as many, of that kind, in that mode, none of them twice. Internal to
// appraise().
#pragma once

#include "attest/bundle.h"
#include "attest/roots.h"
#include "attest/rule_modes.h"
#include "attest/verdict.h"

namespace aipg::attest {

struct DeviceExpectation {
  const Manifest& manifest;
  const RuleModes& modes;
  const RootSet& roots;
  Hash256 nonce{};
  Instant now;
};

// One finding per rule and device; fills verdict.identity.devices.
void check_devices(const std::vector<DeviceEvidence>& devices, const DeviceExpectation& expected, Verdict& verdict);

}  // namespace aipg::attest
