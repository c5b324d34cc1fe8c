// SPDX-License-Identifier: Apache-2.0
// Does a device measure as NVIDIA says it should? Which manifests a report
// needs, which of those given are they, and the comparison with their golden
// values. Pure. Errors: rim_id_invalid (where says the field).
#pragma once

#include "attest/nvidia/rim.h"
#include "attest/nvidia/verify.h"

namespace aipg::attest::nvidia {

enum class RimKind : std::uint8_t { driver, vbios };  // a switch's BIOS is a vbios

// The names under which NVIDIA's service keeps the manifests of this device:
// capital letters, digits, '.' and '_' only, fit for addresses and file names.
struct RimIds {
  std::string driver;  // empty for switches, which have none
  std::string vbios;
};
[[nodiscard]] Result<RimIds> rim_ids(const VerifiedReport& report);

// Is the manifest for this device's product, and for its driver or its VBIOS?
[[nodiscard]] bool is_for(const VerifiedRim& rim, const VerifiedReport& report);

// What the comparison came to, for display; the findings decide.
struct Comparison {
  std::size_t compared = 0, matched = 0;
  std::vector<RimKind> missing;  // of those the device needs; the caller's finding (rim_missing)
};

// Rules, for each manifest: rim_version (it is for this device's product, and
// for its driver or its VBIOS); then rim_twice, rim_index_conflict, and, if
// there is one to compare with, nvidia_measurements, which names every index
// that differs. Index i of a manifest is SPDM's i + 1.
[[nodiscard]] Comparison check_measurements(const VerifiedReport& report, const std::vector<VerifiedRim>& rims,
                                            Rules& rules);

// "32 of 32 measurements match"
[[nodiscard]] std::string to_text(const Comparison& comparison);

}  // namespace aipg::attest::nvidia
