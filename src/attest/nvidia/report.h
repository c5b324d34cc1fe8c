// SPDX-License-Identifier: Apache-2.0
// Splits one NVIDIA attestation report into its parts: an SPDM 1.1
// GET_MEASUREMENTS request followed by the device's MEASUREMENTS response, as
// GPUs (64 measurements) and LS10 switches (31) make them. Structure only:
// nothing here is authentic until verify_report() accepts it. Views borrow
// `in`. Pure. Errors: report_too_large, report_truncated,
// report_trailing_bytes, report_request, report_response, report_measurements,
// report_opaque (lengths), report_opaque_duplicate, report_opaque_unknown,
// report_opaque_missing, report_opaque_value.
// Source: DMTF DSP0274 1.1; NVIDIA's opaque fields as real reports have them.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace aipg::attest::nvidia {

inline constexpr std::size_t kMaxReportBytes = 64 << 10;
inline constexpr std::size_t kGpuMeasurements = 64, kSwitchMeasurements = 31;

enum class DeviceKind : std::uint8_t { gpu, nvswitch };

// What a GPU says it is part of: alone, several behind encrypted NVLink, or
// eight with protected PCIe.
enum class GpuMode : std::uint8_t { spt, mpt, ppcie };

struct OpaqueField {
  std::uint16_t id = 0;
  ByteView value;
};

struct ReportView {
  DeviceKind kind = DeviceKind::gpu;
  ByteView signed_part;                // all but the signature
  ByteView signature;                  // r ‖ s, 96
  ByteView nonce;                      // the request's, 32
  std::vector<ByteView> measurements;  // SHA-384 each; element 0 is SPDM index 1
  std::vector<OpaqueField> opaque;     // in order

  // Read from the opaque fields.
  std::string driver_version;  // "570.124.06"; empty on switches
  std::string vbios_version;   // "96.00.9F.00.01"
  std::string project, project_sku, chip_sku;
  std::optional<ByteView> fwid;  // 48; absent on old firmware
  GpuMode mode = GpuMode::spt;   // of a GPU
  bool protected_pcie = false;

  // The value of an opaque field, if it is there.
  [[nodiscard]] std::optional<ByteView> find(std::uint16_t id) const;
};

[[nodiscard]] Result<ReportView> parse_report(ByteView in);

// The first number of "570.124.06"; nullopt when there is none.
[[nodiscard]] std::optional<std::uint32_t> driver_branch(std::string_view driver_version);

}  // namespace aipg::attest::nvidia
