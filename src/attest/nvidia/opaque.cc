// SPDX-License-Identifier: Apache-2.0
#include "attest/nvidia/opaque.h"

#include "base/byte_reader.h"
#include "base/hex.h"

namespace aipg::attest::nvidia {
namespace {

constexpr std::uint8_t kOn = 0xAA, kOff = 0x55;
constexpr std::uint64_t kLastKnownOpaqueVersion = 1;
constexpr std::size_t kGpuPdiBytes = 18 * 8, kPdiBytes = 8, kGpuCountsBytes = 64 * 4;

bool is_known(std::uint16_t id) { return (id >= 1 && id <= 27) || (id >= 32 && id <= 36); }

bool is_text_field(std::uint16_t id) {
  return id == kDriverVersion || (id >= kChipSku && id <= kProjectSkuMod) || id == kChipInfo;
}

// The one length a field may have; nullopt where devices differ or nobody reads it.
std::optional<std::size_t> fixed_size(std::uint16_t id, DeviceKind kind) {
  const bool gpu = kind == DeviceKind::gpu;
  switch (id) {
    case kGpuInfo:
      return gpu ? std::optional<std::size_t>(8) : std::nullopt;
    case kVbiosVersion:
      return gpu ? 8 : 14;
    case kNvdec0Status:
    case kProtectedPcieStatus:
      return 1;
    case kMeasurementCounts:
      return gpu ? std::optional<std::size_t>(kGpuCountsBytes) : std::nullopt;
    case kCprInfo:
    case kBoardId:
      return 4;
    case kFwid:
      return 48;
    case kSwitchPdi:
      return gpu ? kGpuPdiBytes : kPdiBytes;
    case kFloorswept:
    case kPositionId:
    case kLockStatus:
      return 2;
    case kSwitchGpuPdis:
      return 128;
    default:
      return std::nullopt;
  }
}

// Printable ASCII up to the first NUL, and nothing but NULs after it.
Result<std::string> read_text(ByteView value) {
  const auto end = std::ranges::find(value, 0);
  const auto length = static_cast<std::size_t>(end - value.begin());
  const ByteView text = value.first(length);
  const bool printable = std::ranges::all_of(text, [](std::uint8_t c) { return c >= 0x20 && c <= 0x7e; });
  if (!printable || length == value.size() || !all_zero(value.subspan(length))) {
    return fail("report_opaque_value", "text");
  }
  return to_text(text);
}

Result<std::uint64_t> read_number(ByteView value, std::uint64_t max) {
  if (value.empty() || value.size() > 8) return fail("report_opaque_value", "number");
  std::uint64_t out = 0;
  for (std::size_t i = value.size(); i-- > 0;) out = out << 8 | value[i];
  if (out > max) return fail("report_opaque_value", "number");
  return out;
}

Result<bool> read_switch(ByteView value) {
  if (value[0] == kOn) return true;
  if (value[0] == kOff) return false;
  return fail("report_opaque_value", "on or off");
}

// Bytes 3 2 1 0 4 in upper-case hexadecimal with dots.
std::string gpu_vbios(ByteView value) {
  std::string out;
  for (std::size_t i : {3, 2, 1, 0, 4}) out += (out.empty() ? "" : ".") + to_hex(value.subspan(i, 1));
  for (char& c : out) {
    if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

bool is_switch_vbios(ByteView value) {
  return std::ranges::all_of(
      value, [](std::uint8_t c) { return c == '.' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); });
}

Result<void> check_form(const OpaqueField& field, DeviceKind kind) {
  if (const auto size = fixed_size(field.id, kind); size && field.value.size() != *size) {
    return fail("report_opaque_value", "length", field.id);
  }
  if (field.id == kMeasurementCounts && field.value.size() % 4 != 0) return fail("report_opaque_value", "length", 12);
  if (is_text_field(field.id)) AIPG_CHECK(read_text(field.value));
  if (field.id == kNvdec0Status || field.id == kProtectedPcieStatus) AIPG_CHECK(read_switch(field.value));
  if (field.id == kOpaqueDataVersion) AIPG_CHECK(read_number(field.value, kLastKnownOpaqueVersion));
  return {};
}

Result<void> read_mode(ReportView& out) {
  if (const auto pcie = out.find(kProtectedPcieStatus)) {
    AIPG_TRY(out.protected_pcie, read_switch(*pcie));
    if (out.protected_pcie) out.mode = GpuMode::ppcie;
  }
  const auto flag = out.find(kFeatureFlag);
  if (!flag) return {};
  AIPG_TRY(const std::uint64_t feature, read_number(*flag, 2));
  constexpr std::array<GpuMode, 3> kByFlag{GpuMode::spt, GpuMode::mpt, GpuMode::ppcie};
  const GpuMode mode = kByFlag.at(static_cast<std::size_t>(feature));
  // Two fields that disagree describe no state we know.
  if (out.protected_pcie && mode != GpuMode::ppcie) return fail("report_opaque_value", "mode");
  out.mode = mode;
  return {};
}

Result<std::string> text_of(const ReportView& report, std::uint16_t id) {
  const auto value = report.find(id);
  if (!value) return std::string();
  return read_text(*value);
}

Result<void> read_gpu(ReportView& out) {
  AIPG_TRY(out.driver_version, text_of(out, kDriverVersion));
  if (out.driver_version.empty()) return fail("report_opaque_missing", "driver version", kDriverVersion);
  const auto vbios = out.find(kVbiosVersion);
  if (!vbios) return fail("report_opaque_missing", "vbios version", kVbiosVersion);
  out.vbios_version = gpu_vbios(*vbios);
  if (!out.find(kNvdec0Status)) return fail("report_opaque_missing", "nvdec0 status", kNvdec0Status);
  return read_mode(out);
}

Result<void> read_nvswitch(ReportView& out) {
  const auto vbios = out.find(kVbiosVersion);
  if (!vbios) return fail("report_opaque_missing", "bios version", kVbiosVersion);
  if (!is_switch_vbios(*vbios)) return fail("report_opaque_value", "bios version", kVbiosVersion);
  out.vbios_version = to_text(*vbios);
  if (!out.find(kSwitchPdi)) return fail("report_opaque_missing", "pdi", kSwitchPdi);
  return {};
}

}  // namespace

Result<std::vector<OpaqueField>> split_opaque(ByteView data) {
  ByteReader in(data);
  std::vector<OpaqueField> out;
  std::array<bool, 256> seen{};
  while (in.left() > 0) {
    const std::size_t at = in.offset();
    const std::uint16_t id = in.u16le();
    const ByteView value = in.take(in.u16le());
    if (!in.ok()) return fail("report_opaque", {}, at);
    if (!is_known(id)) return fail("report_opaque_unknown", {}, at);
    if (seen.at(id)) return fail("report_opaque_duplicate", {}, at);
    seen.at(id) = true;
    out.push_back({id, value});
  }
  return out;
}

Result<void> read_opaque(ReportView& out) {
  for (const OpaqueField& field : out.opaque) AIPG_CHECK(check_form(field, out.kind));
  out.fwid = out.find(kFwid);
  AIPG_TRY(out.project, text_of(out, kProject));
  AIPG_TRY(out.project_sku, text_of(out, kProjectSku));
  AIPG_TRY(out.chip_sku, text_of(out, kChipSku));
  return out.kind == DeviceKind::gpu ? read_gpu(out) : read_nvswitch(out);
}

}  // namespace aipg::attest::nvidia
