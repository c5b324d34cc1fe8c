// SPDX-License-Identifier: Apache-2.0
#include "attest/nvidia/fabric.h"

#include <set>

#include "attest/nvidia/opaque.h"

namespace aipg::attest::nvidia {
namespace {

using Pdi = ByteArray<8>;  // per-device id, as the certificate writes it
constexpr std::size_t kGpusOfSwitch = 8;

bool is_gpu(const VerifiedReport& device) { return device.report().kind == DeviceKind::gpu; }

// The ids a device says it is wired to: GPUs write switches little-endian, switches write GPUs big-endian.
std::set<Pdi> peers_of(const VerifiedReport& device) {
  const auto field = device.report().find(is_gpu(device) ? kSwitchPdi : kSwitchGpuPdis);
  std::set<Pdi> out;
  if (!field) return out;
  const std::size_t count = is_gpu(device) ? field->size() / 8 : kGpusOfSwitch;
  for (std::size_t i = 0; i < count; ++i) {
    Pdi pdi = to_array<8>(field->subspan(8 * i, 8));
    if (is_gpu(device)) std::ranges::reverse(pdi);
    out.insert(pdi);
  }
  return out;
}

// One side of the fabric: who is here, and whom the other side is wired to.
struct Side {
  std::set<Pdi> present, wired;
};

}  // namespace

void check_distinct(const std::vector<VerifiedReport>& devices, Rules& rules) {
  std::set<Bytes> serials, keys;
  for (const VerifiedReport& device : devices) {
    serials.insert(device.device_serial());
    keys.insert(device.key());
  }
  rules.require(serials.size() == devices.size() && keys.size() == devices.size(), "nvidia_device_twice",
                "one device is shown twice");
}

void check_one_nonce(const std::vector<VerifiedReport>& devices, Rules& rules) {
  const bool one = std::ranges::all_of(devices, [&devices](const VerifiedReport& device) {
    return equal(device.report().nonce, devices.front().report().nonce);
  });
  rules.require(one, "nvidia_one_nonce", "the devices answered different nonces");
}

void check_one_mode(const std::vector<VerifiedReport>& devices, Rules& rules) {
  std::set<GpuMode> modes;
  for (const VerifiedReport& device : devices) {
    if (is_gpu(device)) modes.insert(device.report().mode);
  }
  rules.require(modes.size() <= 1, "nvidia_one_mode", "the GPUs are in different modes");
}

void check_fabric(const std::vector<VerifiedReport>& devices, Rules& rules) {
  constexpr Literal kCode = "nvidia_fabric";
  Side gpus, switches;
  bool good = true;
  for (const VerifiedReport& device : devices) {
    const std::set<Pdi> peers = peers_of(device);
    good = good && !peers.empty() && (!is_gpu(device) || device.report().mode == GpuMode::ppcie);
    (is_gpu(device) ? gpus : switches).present.insert(device.pdi());
    (is_gpu(device) ? switches : gpus).wired.insert(peers.begin(), peers.end());
  }
  good = good && !gpus.present.empty() && !switches.present.empty();
  rules.require(good && gpus.present == gpus.wired && switches.present == switches.wired, kCode,
                "a GPU or a switch of this fabric has shown no evidence, or one that is not of it has");
}

}  // namespace aipg::attest::nvidia
