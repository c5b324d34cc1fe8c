// SPDX-License-Identifier: Apache-2.0
#include "client/simulate_bundle.h"

#include "tee/attester.h"
#include "tee/simulated_names.h"

namespace aipg::client {
namespace {

using attest::DeviceMode;

constexpr std::chrono::minutes kKeysetLife{60};

// The platform as it stands: what vendors say about it is not renewed, for the state that was asked for may be in that.
class AsItStands final : public tee::Attester {
 public:
  AsItStands(tee::SimulatedPlatform& platform, Instant at) : platform_(platform), at_(at) {}

  Result<tee::CpuEvidence> quote(ByteView report_data) override {
    tee::use_report_data(platform_.content, to_array<64>(report_data));
    const auto kind = tee::is_snp(platform_.content.cpu) ? attest::CpuKind::snp : attest::CpuKind::tdx;
    return tee::CpuEvidence{.kind = kind, .quote = platform_.cpu_evidence(), .chain = platform_.cpu_chain(at_)};
  }
  Result<std::vector<attest::DeviceEvidence>> devices(const Hash256& nonce) override {
    return platform_.devices(nonce);
  }
  Result<std::vector<Bytes>> collateral(Instant now) override { return tee::bytes_of(platform_.collateral(now)); }

 private:
  tee::SimulatedPlatform& platform_;
  Instant at_;
};

DeviceMode mode_of(const tee::DeviceLayout& layout) {
  if (layout.gpus == 0) return DeviceMode::none;
  switch (layout.wiring) {
    case tee::GpuWiring::alone:
      return DeviceMode::spt;
    case tee::GpuWiring::switched:
      return DeviceMode::ppcie;
    case tee::GpuWiring::encrypted:
      break;
  }
  return DeviceMode::mpt;
}

std::string arch_of(const tee::DeviceLayout& layout) {
  if (layout.gpus == 0) return "none";
  return layout.chip == tee::SimulatedChip::gb100 ? "blackwell" : "hopper";
}

attest::Manifest manifest_for(const tee::DeviceLayout& layout) {
  attest::Manifest out;
  out.name = "SIMULATED workload";
  const crypto::Hash384 weights = tee::simulated_measurement("weights");
  out.components = {{"worker", 1, tee::simulated_measurement("worker"), {}}, {"weights", 1, weights, {}}};
  out.engine_argv = {"/simulated/engine"};
  out.models = {{"simulated-model", weights, {"/v1/chat/completions"}}};
  out.device_arch = arch_of(layout);
  out.device_count = layout.gpus;
  out.device_mode = mode_of(layout);
  out.source_commit = std::string(40, '0');
  return attest::make_manifest(std::move(out));
}

attest::Keyset keyset_at(Instant at) {
  crypto::SystemRng rng;
  return attest::make_keyset("simulated", at, at + kKeysetLife,
                             {{1, to_bytes(rng.array<32>())}, {2, to_bytes(rng.array<1216>())}}, rng.array<32>());
}

}  // namespace

SimulatedFiles make_simulated_bundle(tee::SimulatedPlatform& platform, const tee::DeviceLayout& layout,
                                     const SimulateRequest& request) {
  const attest::Manifest manifest = manifest_for(layout);
  tee::use_workload(platform.content, manifest.hash);
  const attest::NonceTree asked(std::vector{request.nonce});
  AsItStands attester(platform, request.at);
  const auto bundle =
      tee::collect_evidence(attester, {.value = asked.root()}, keyset_at(request.at), manifest, request.at);
  if (!bundle) __builtin_trap();  // nothing that it asks can fail
  SimulatedFiles out;
  out.evidence.push_back({"bundle.json", bundle->bytes});
  out.pieces.push_back({.kind = {}, .flag = {}, .file = "bundle.json", .chain = {}});
  out.collateral = platform.collateral(request.at);
  out.release = {.name = manifest.name, .boot = tee::boot_of(platform.content.cpu), .workload_hash = manifest.hash};
  return out;
}

}  // namespace aipg::client
