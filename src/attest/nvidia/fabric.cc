// SPDX-License-Identifier: Apache-2.0
#include "attest/nvidia/fabric.h"

#include <set>

#include "attest/nvidia/opaque.h"

namespace aipg::attest::nvidia {
namespace {

using Pdi = ByteArray<8>;  // per-device id, as the certificate writes it
constexpr std::uint8_t kGpuSerial = 0x41, kSwitchSerial = 0x50;
constexpr std::size_t kGpusOfSwitch = 8;

// The device certificate's serial is a prefix and the PDI.
std::optional<Pdi> pdi_of(const VerifiedReport& device) {
  const std::uint8_t prefix = device.report().kind == DeviceKind::gpu ? kGpuSerial : kSwitchSerial;
  const Bytes& serial = device.device_serial();
  if (serial.size() != 9 || serial[0] != prefix) return std::nullopt;
  return to_array<8>(ByteView(serial).subspan(1));
}

// The ids a device says it is wired to: GPUs write switches little-endian, switches write GPUs big-endian.
std::set<Pdi> peers_of(const ReportView& report) {
  const bool gpu = report.kind == DeviceKind::gpu;
  const auto field = report.find(gpu ? kSwitchPdi : kSwitchGpuPdis);
  std::set<Pdi> out;
  if (!field) return out;
  const std::size_t count = gpu ? field->size() / 8 : kGpusOfSwitch;
  for (std::size_t i = 0; i < count; ++i) {
    Pdi pdi = to_array<8>(field->subspan(8 * i, 8));
    if (gpu) std::ranges::reverse(pdi);
    out.insert(pdi);
  }
  return out;
}

bool is_itself(const VerifiedReport& device, const Pdi& pdi) {
  return device.report().kind == DeviceKind::gpu || equal(*device.report().find(kSwitchPdi), pdi);
}

}  // namespace

void check_fabric(const std::vector<VerifiedReport>& devices, Rules& rules) {
  constexpr Literal kCode = "nvidia_fabric";
  std::set<Pdi> gpus, switches;
  for (const VerifiedReport& device : devices) {
    const auto pdi = pdi_of(device);
    if (!pdi || !is_itself(device, *pdi)) return void(rules.require(false, kCode, "a device whose id is not its own"));
    (device.report().kind == DeviceKind::gpu ? gpus : switches).insert(*pdi);
  }
  bool complete = !gpus.empty() && !switches.empty();
  for (const VerifiedReport& device : devices) {
    const std::set<Pdi> peers = peers_of(device.report());
    const std::set<Pdi>& present = device.report().kind == DeviceKind::gpu ? switches : gpus;
    complete = complete && !peers.empty() && std::ranges::includes(present, peers);
  }
  rules.require(complete, kCode, "a GPU or a switch of this fabric has shown no evidence");
}

}  // namespace aipg::attest::nvidia
