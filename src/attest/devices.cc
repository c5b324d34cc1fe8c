// SPDX-License-Identifier: Apache-2.0
#include "attest/devices.h"

#include "attest/nvidia/fabric.h"
#include "attest/nvidia/verify.h"

namespace aipg::attest {
namespace {

using nvidia::DeviceKind;
using nvidia::VerifiedReport;

bool is_gpu(const DeviceEvidence& device) { return device.arch != DeviceArch::ls10; }

// A switch belongs to Hopper's protected-PCIe systems and to nothing else.
bool fits_manifest(DeviceArch arch, const Manifest& manifest) {
  if (arch == DeviceArch::ls10) return manifest.device_mode == DeviceMode::ppcie;
  return manifest.device_arch == (arch == DeviceArch::hopper ? "hopper" : "blackwell");
}

bool mode_matches(nvidia::GpuMode mode, DeviceMode wanted) {
  switch (mode) {
    case nvidia::GpuMode::spt:
      return wanted == DeviceMode::spt;
    case nvidia::GpuMode::mpt:
      return wanted == DeviceMode::mpt;
    case nvidia::GpuMode::ppcie:
      return wanted == DeviceMode::ppcie;
  }
  return false;
}

std::optional<VerifiedReport> check_device(const DeviceEvidence& device, const DeviceExpectation& expected,
                                           Rules& rules) {
  auto report = nvidia::verify_report(device.report, device.chain, expected.roots.nvidia_device, expected.now, rules);
  if (!report) return std::nullopt;
  nvidia::check_nonce(*report, expected.nonce, rules);
  nvidia::check_fwid(*report, rules);
  nvidia::check_driver(*report, expected.manifest.min_driver, rules);
  rules.require(report->arch() == device.arch && fits_manifest(device.arch, expected.manifest), "nvidia_arch",
                "not the kind of device that bundle and manifest name");
  if (report->report().kind == DeviceKind::gpu) {
    rules.require(mode_matches(report->report().mode, expected.manifest.device_mode), "nvidia_mode",
                  "not in the mode that the manifest names");
  }
  return report;
}

}  // namespace

void check_devices(const std::vector<DeviceEvidence>& devices, const DeviceExpectation& expected, Verdict& verdict) {
  std::vector<VerifiedReport> verified;
  std::size_t gpus = 0, switches = 0;
  for (const DeviceEvidence& device : devices) {
    const std::string subject =
        is_gpu(device) ? "gpu " + std::to_string(gpus++) : "switch " + std::to_string(switches++);
    Rules rules(verdict, subject, expected.modes);
    auto report = check_device(device, expected, rules);
    if (!report) continue;
    verdict.identity.devices.push_back(nvidia::describe(*report));
    verified.push_back(*std::move(report));
  }
  Rules rules(verdict, "devices", expected.modes);
  rules.require(
      gpus == expected.manifest.device_count, "nvidia_device_count",
      std::to_string(gpus) + " shown, " + std::to_string(expected.manifest.device_count) + " in the manifest");
  if (devices.empty()) return;
  nvidia::check_distinct(verified, rules);
  if (expected.manifest.device_mode == DeviceMode::ppcie) nvidia::check_fabric(verified, rules);
}

}  // namespace aipg::attest
