// SPDX-License-Identifier: Apache-2.0
// The opaque part of an NVIDIA report: {type, length, value} fields with a
// closed list of types. Internal to report.cc. Errors: those of report.h.
#pragma once

#include "attest/nvidia/report.h"

namespace aipg::attest::nvidia {

enum OpaqueId : std::uint16_t {
  kDriverVersion = 3,
  kGpuInfo = 4,
  kVbiosVersion = 6,
  kNvdec0Status = 11,
  kMeasurementCounts = 12,
  kCprInfo = 13,
  kBoardId = 14,
  kChipSku = 15,
  kChipSkuMod = 16,
  kProject = 17,
  kProjectSku = 18,
  kProjectSkuMod = 19,
  kFwid = 20,
  kProtectedPcieStatus = 21,
  kSwitchPdi = 22,
  kFloorswept = 23,
  kPositionId = 24,
  kLockStatus = 25,
  kSwitchGpuPdis = 26,
  kOpaqueDataVersion = 34,
  kChipInfo = 35,
  kFeatureFlag = 36,
};

// Splits `data` into fields: every type known and at most once, nothing left over.
[[nodiscard]] Result<std::vector<OpaqueField>> split_opaque(ByteView data);
// Checks every field's form and fills what `out` holds of them. Needs out.kind and out.opaque.
[[nodiscard]] Result<void> read_opaque(ReportView& out);

}  // namespace aipg::attest::nvidia
