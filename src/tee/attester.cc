// SPDX-License-Identifier: Apache-2.0
#include "tee/attester.h"

namespace aipg::tee {
namespace {

Hash256 hash_of(const std::vector<attest::DeviceEvidence>& devices) {
  std::vector<attest::DeviceDigestInput> inputs;
  for (const attest::DeviceEvidence& device : devices) {
    inputs.push_back({device.arch, device.report, device.chain.front()});
  }
  return attest::device_hash(inputs);
}

Result<std::vector<attest::DeviceEvidence>> collect_devices(Attester& attester, const Hash256& nonce,
                                                            const attest::Manifest& manifest) {
  if (manifest.device_count == 0) return std::vector<attest::DeviceEvidence>();
  AIPG_TRY(std::vector<attest::DeviceEvidence> devices, attester.devices(nonce));
  const bool complete = !devices.empty() && std::ranges::none_of(devices, [](const attest::DeviceEvidence& each) {
    return each.chain.empty();
  });
  if (!complete) return fail("tee_device", "without certificates");
  return devices;
}

}  // namespace

Result<attest::Bundle> collect_evidence(Attester& attester, const Challenge& given, const attest::Keyset& keyset,
                                        const attest::Manifest& manifest, Instant now) {
  attest::Bundle out;
  out.challenge_kind = given.epoch.empty() ? attest::ChallengeKind::nonces : attest::ChallengeKind::epoch;
  out.challenge_value = given.value;
  out.epoch = given.epoch;
  out.keyset = keyset.bytes;
  out.manifest = manifest.bytes;
  const Hash256 challenge = attest::challenge_hash(out.challenge_kind, out.challenge_value);
  AIPG_TRY(out.devices, collect_devices(attester, attest::gpu_nonce(challenge, keyset.id), manifest));
  const auto bound = attest::report_data(challenge, keyset.id, manifest.hash, hash_of(out.devices));
  AIPG_TRY(CpuEvidence cpu, attester.quote(bound));
  out.cpu_kind = cpu.kind;
  out.quote = std::move(cpu.quote);
  out.cpu_chain = std::move(cpu.chain);
  AIPG_TRY(out.collateral, attester.collateral(now));
  return attest::make_bundle(std::move(out));
}

}  // namespace aipg::tee
