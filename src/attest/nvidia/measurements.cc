// SPDX-License-Identifier: Apache-2.0
#include "attest/nvidia/measurements.h"

#include <bitset>

#include "attest/nvidia/opaque.h"

namespace aipg::attest::nvidia {
namespace {

constexpr std::uint8_t kNvdecIndex = 35, kNvdecDisabled = 0x55;
constexpr std::string_view kSwitchBoard = "5612_0002_890";
constexpr std::string_view kDefaultBlackwellChip = "GB100";  // what reports without CHIP_INFO are from
constexpr std::size_t kMaxIdPart = 64;

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return upper(c); });
  return out;
}

// Hexadecimal digits in versions are written in either case.
bool equal_version(std::string_view a, std::string_view b) { return !a.empty() && upper(a) == upper(b); }

// A part of an id: nothing that means something in an address or a path.
Result<std::string> id_part(std::string_view text, Literal where) {
  std::string part = upper(text);
  const bool good = !part.empty() && part.size() <= kMaxIdPart && std::ranges::all_of(part, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
  });
  if (!good || part.starts_with('.')) return fail("rim_id_invalid", where);
  return part;
}

std::string without_dots(std::string text) {
  std::erase(text, '.');
  return text;
}

// "GB100", from the report or, where it says nothing, the only one there was before it did.
std::string blackwell_chip(const ReportView& report) {
  const auto field = report.find(kChipInfo);
  if (!field) return std::string(kDefaultBlackwellChip);
  return std::string(as_text(*field).substr(0, as_text(*field).find('\0')));
}

Result<std::string> driver_id(const VerifiedReport& report) {
  AIPG_TRY(const std::string version, id_part(report.report().driver_version, "driver version"));
  if (report.arch() == DeviceArch::hopper) return "NV_GPU_DRIVER_GH100_" + version;
  AIPG_TRY(const std::string chip, id_part(blackwell_chip(report.report()), "chip info"));
  return "NV_GPU_CC_DRIVER_" + chip + "_" + version;
}

Result<std::string> vbios_id(const VerifiedReport& report) {
  const ReportView& view = report.report();
  AIPG_TRY(const std::string version, id_part(view.vbios_version, "vbios version"));
  if (view.kind == DeviceKind::nvswitch) {
    return "NV_SWITCH_BIOS_" + std::string(kSwitchBoard) + "_" + without_dots(version);
  }
  AIPG_TRY(const std::string project, id_part(view.project, "project"));
  AIPG_TRY(const std::string project_sku, id_part(view.project_sku, "project sku"));
  AIPG_TRY(const std::string chip_sku, id_part(view.chip_sku, "chip sku"));
  return "NV_GPU_VBIOS_" + project + "_" + project_sku + "_" + chip_sku + "_" + without_dots(version);
}

// A manifest says which chip it is for, and driver versions are the same for all chips.
bool fits_product(const VerifiedReport& report, const Rim& rim) {
  const bool is_switch = report.report().kind == DeviceKind::nvswitch;
  if (is_switch != (rim.edition == RimEdition::nvswitch)) return false;
  switch (report.arch()) {
    case DeviceArch::hopper:
      return rim.product == "GH100";
    case DeviceArch::blackwell:
      return rim.product == blackwell_chip(report.report());
    case DeviceArch::ls10:
      return rim.product == "LS10";
  }
  return false;
}

std::optional<RimKind> kind_for(const VerifiedReport& report, const Rim& rim) {
  if (!fits_product(report, rim)) return std::nullopt;
  if (equal_version(rim.version, report.report().vbios_version)) return RimKind::vbios;
  if (equal_version(rim.version, report.report().driver_version)) return RimKind::driver;
  return std::nullopt;
}

// The one manifest of each kind.
struct Assigned {
  const Rim* driver = nullptr;
  const Rim* vbios = nullptr;

  [[nodiscard]] const Rim*& of(RimKind kind) { return kind == RimKind::driver ? driver : vbios; }
};

Assigned assign(const VerifiedReport& report, const std::vector<VerifiedRim>& rims, Rules& rules) {
  Assigned out;
  bool twice = false;
  for (const VerifiedRim& each : rims) {
    const Rim& rim = each.content();
    const auto kind = kind_for(report, rim);
    rules.require(kind.has_value(), "rim_version",
                  "a manifest of " + rim.product + " " + rim.version + ", which this device does not run", [&] {
                    const ReportView& runs = report.report();
                    const std::string driver = runs.driver_version.empty() ? "" : runs.driver_version + " or ";
                    return Compared{driver + runs.vbios_version, rim.version};
                  });
    if (!kind) continue;
    twice = twice || out.of(*kind) != nullptr;
    out.of(*kind) = &rim;
  }
  if (!rims.empty()) rules.require(!twice, "rim_twice", "two manifests for the same part of this device");
  return out;
}

using Indexes = std::bitset<kRimIndexes>;

Indexes active_in(const Rim& rim) {
  Indexes out;
  for (const RimMeasurement& each : rim.measurements) out.set(each.index, each.active);
  return out;
}

std::string list(const Indexes& indexes) {
  std::string out;
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    if (indexes.test(i)) out += (out.empty() ? "" : ", ") + std::to_string(i);
  }
  return out;
}

// "measurement 9 differs; 31 of 32 measurements match"
std::string differences(const Indexes& differing, const Comparison& comparison) {
  const bool one = differing.count() == 1;
  return (one ? "measurement " : "measurements ") + list(differing) + (one ? " differs; " : " differ; ") +
         to_text(comparison);
}

// Its engine is off, so that what is measured of it means nothing.
bool is_skipped(const ReportView& report, std::size_t index) {
  if (report.kind != DeviceKind::gpu || index != kNvdecIndex) return false;
  const auto status = report.find(kNvdec0Status);
  return status && equal(*status, ByteArray<1>{kNvdecDisabled});
}

bool matches(const ReportView& report, const RimMeasurement& golden) {
  if (golden.index >= report.measurements.size()) return false;
  const ByteView measured = report.measurements[golden.index];
  return std::ranges::any_of(golden.alternatives, [measured](const auto& each) { return equal(each, measured); });
}

void compare(const ReportView& report, const Rim& rim, Comparison& out, Indexes& differing) {
  for (const RimMeasurement& golden : rim.measurements) {
    if (!golden.active || is_skipped(report, golden.index)) continue;
    ++out.compared;
    if (matches(report, golden)) {
      ++out.matched;
    } else {
      differing.set(golden.index);
    }
  }
}

}  // namespace

Result<RimIds> rim_ids(const VerifiedReport& report) {
  RimIds out;
  if (report.report().kind == DeviceKind::gpu) {
    AIPG_TRY(out.driver, driver_id(report));
  }
  AIPG_TRY(out.vbios, vbios_id(report));
  return out;
}

bool is_for(const VerifiedRim& rim, const VerifiedReport& report) {
  return kind_for(report, rim.content()).has_value();
}

Comparison check_measurements(const VerifiedReport& report, const std::vector<VerifiedRim>& rims, Rules& rules) {
  const Assigned assigned = assign(report, rims, rules);
  Comparison out;
  if (assigned.driver == nullptr && report.report().kind == DeviceKind::gpu) out.missing.push_back(RimKind::driver);
  if (assigned.vbios == nullptr) out.missing.push_back(RimKind::vbios);
  if (assigned.driver != nullptr && assigned.vbios != nullptr) {
    const Indexes both = active_in(*assigned.driver) & active_in(*assigned.vbios);
    rules.require(both.none(), "rim_index_conflict", "both manifests claim measurement " + list(both));
  }
  Indexes differing;
  for (const Rim* rim : {assigned.driver, assigned.vbios}) {
    if (rim != nullptr) compare(report.report(), *rim, out, differing);
  }
  // Without anything to compare with there is nothing to say, least of all that it matches.
  if (assigned.driver != nullptr || assigned.vbios != nullptr) {
    rules.require(out.compared > 0 && out.matched == out.compared, "nvidia_measurements", differences(differing, out),
                  [&] { return compare_numbers(out.compared, out.matched); });
  }
  return out;
}

std::string to_text(const Comparison& comparison) {
  return std::to_string(comparison.matched) + " of " + std::to_string(comparison.compared) + " measurements match";
}

}  // namespace aipg::attest::nvidia
