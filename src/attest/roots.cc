// SPDX-License-Identifier: Apache-2.0
#include "attest/roots.h"

#include <string_view>

#include "codec/pem.h"

namespace aipg::attest {
namespace {

#include "attest/vendor_roots.inc"

std::vector<Bytes> compiled_in(std::string_view pem) {
  auto certificates = codec::parse_pem_certificates(pem, 8);
  if (!certificates) __builtin_trap();  // our own source text
  return *std::move(certificates);
}

}  // namespace

VendorRoots::VendorRoots()
    : set_{.intel = compiled_in(kIntelRoots),
           .amd = compiled_in(kAmdRoots),
           .nvidia_device = compiled_in(kNvidiaDeviceRoots),
           .nvidia_rim = compiled_in(kNvidiaRimRoots)} {}

const VendorRoots& VendorRoots::builtin() {
  static const VendorRoots roots;
  return roots;
}

VendorRoots VendorRoots::narrowed(const RootSet& wanted) {
  VendorRoots out;
  const auto keep = [](std::vector<Bytes>& ours, const std::vector<Bytes>& only) {
    std::erase_if(ours, [&](const Bytes& der) { return std::ranges::find(only, der) == only.end(); });
  };
  keep(out.set_.intel, wanted.intel);
  keep(out.set_.amd, wanted.amd);
  keep(out.set_.nvidia_device, wanted.nvidia_device);
  keep(out.set_.nvidia_rim, wanted.nvidia_rim);
  return out;
}

const RootSet& root_set(const Roots& roots) {
  if (const auto* simulated = std::get_if<SimulatedRoots>(&roots)) return simulated->set();
  return std::get<const VendorRoots*>(roots)->set();
}

bool is_simulated(const Roots& roots) { return std::holds_alternative<SimulatedRoots>(roots); }

}  // namespace aipg::attest
