// SPDX-License-Identifier: Apache-2.0
// The simulated halves of verify_cases.h.
#include "codec/pem.h"
#include "tee/simulated_evidence.h"
#include "tee/simulated_pki.h"
#include "tee/simulated_report.h"
#include "tee/simulated_rim.h"
#include "tee/test_machine.h"
#include "verify_cases.h"

namespace aipg::bench {
namespace {

using attest::DeviceArch;
using attest::DeviceEvidence;
using crypto::Certificate;
using crypto::EcPrivateKey;

const Instant kNow = *parse_instant("2026-11-22T12:00:00Z");
const Hash256 kNonce = crypto::sha256(as_bytes("the benchmark's nonce"));
const crypto::Hash384 kFwid = tee::simulated_measurement("GPU FWID");

Certificate parsed(const Bytes& der) {
  auto out = Certificate::parse(der);
  if (!out) __builtin_trap();
  return *std::move(out);
}

// NVIDIA's reference value service: one root, CA and L3 with a responder each, and any number of L4 signers below.
class ReferenceValues {
 public:
  ReferenceValues() {
    // The simulator's own PKI forgets its authorities' keys; its certificates say what ours look like.
    (void)tee::make_rim_pki(kNow, [this](tee::RimTemplates& made) { templates_ = made; });
    for (std::size_t i = kFirstAuthority; i < kLength; ++i)
      keys_.push_back(EcPrivateKey::generate(crypto::Curve::p384));
    for (std::size_t i = kFirstAuthority; i < kLength; ++i) {
      authorities_.push_back(issued(i, key(i).public_key()));
      responders_.push_back(tee::make_responder(tee::responder_at(kNow), templates_.at(i).subject_cn, key(i)));
    }
  }

  [[nodiscard]] const Bytes& root() const { return authorities_.back(); }

  // A manifest under a signer of its own, and what responders say about the signer's chain.
  void publish(const tee::RimContent& content, Instant asked_at, attest::Endorsements& out) {
    auto signer = EcPrivateKey::generate(crypto::Curve::p384);
    tee::SimulatedRimPki pki{.chain = {issued(0, signer.public_key())}, .key = std::move(signer)};
    pki.chain.insert(pki.chain.end(), authorities_.begin(), authorities_.end());
    out.rims.push_back(to_bytes(tee::make_rim(content, pki)));
    for (std::size_t i = 0; i < responders_.size(); ++i) {
      const auto answer = tee::answer_about(parsed(pki.chain[i]), parsed(pki.chain[i + 1]), asked_at);
      out.ocsp_responses.push_back(tee::make_ocsp_response(tee::content_of(answer, responders_[i]), responders_[i]));
    }
  }

 private:
  static constexpr std::size_t kFirstAuthority = 1, kLength = 4;

  [[nodiscard]] const EcPrivateKey& key(std::size_t i) const { return keys_[i - kFirstAuthority]; }

  [[nodiscard]] Bytes issued(std::size_t i, const crypto::EcPublicKey& subject) const {
    const std::size_t issuer = std::min(i + 1, kLength - 1);
    return crypto::issue_certificate(templates_.at(i), subject, templates_.at(issuer).subject_cn, key(issuer));
  }

  tee::RimTemplates templates_;
  std::vector<EcPrivateKey> keys_;
  std::vector<Bytes> authorities_;  // L3, CA, root
  std::vector<tee::SimulatedResponder> responders_;
};

attest::Policy policy_for(const tee::SimulatedPki& pki, const ReferenceValues& values) {
  attest::RootSet roots = pki.roots();
  roots.nvidia_rim = {values.root()};
  attest::Policy out = *attest::ready_policy("vendor");
  out.roots = attest::SimulatedRoots(std::move(roots));
  out.minimum_level = attest::Level::l0;  // what a policy file must say of such roots
  return out;
}

void add_answers(const tee::SimulatedPki& pki, const std::vector<Bytes>& chain, attest::Endorsements& out) {
  for (Bytes& each : tee::make_revocation_answers(pki, chain, kNow)) out.ocsp_responses.push_back(std::move(each));
}

// Each asks the responders anew, as tools do that look at one manifest after the other.
void add_manifests(ReferenceValues& values, const std::vector<tee::RimContent>& contents, attest::Endorsements& out) {
  Instant asked_at = kNow;
  for (const tee::RimContent& each : contents) {
    values.publish(each, asked_at, out);
    asked_at = asked_at - std::chrono::seconds(1);
  }
}

const tee::RimContent kDriver = tee::driver_rim("570.124.06"), kVbios = tee::vbios_rim("96.00.9F.00.01"),
                      kSwitch = tee::switch_rim("96.10.55.00.01");

DeviceEvidence gpu(const tee::SimulatedDevice& device, const std::vector<ByteArray<8>>& switches) {
  tee::ReportContent content;
  content.nonce = kNonce;
  content.fwid = kFwid;
  content.peers = switches;
  if (!switches.empty()) content.protected_pcie = 0xAA;
  return {DeviceArch::hopper, tee::make_report(content, device.key), device.chain};
}

DeviceEvidence nvswitch(const tee::SimulatedDevice& device, const std::vector<ByteArray<8>>& gpus) {
  tee::ReportContent content = tee::switch_report(device.pdi, gpus);
  content.nonce = kNonce;
  return {DeviceArch::ls10, tee::make_report(content, device.key), device.chain};
}

std::vector<tee::SimulatedDevice> make_devices(const tee::SimulatedPki& pki, std::uint32_t count,
                                               tee::SimulatedChip chip) {
  std::vector<tee::SimulatedDevice> out;
  for (std::uint32_t i = 0; i < count; ++i) out.push_back(tee::make_device(pki, i, kFwid, kNow, chip));
  return out;
}

std::vector<ByteArray<8>> ids_of(const std::vector<tee::SimulatedDevice>& devices) {
  std::vector<ByteArray<8>> out;
  for (const tee::SimulatedDevice& each : devices) out.push_back(each.pdi);
  return out;
}

}  // namespace

EvidenceCase simulated_h100() {
  const tee::SimulatedPki pki = tee::make_pki(kNow);
  ReferenceValues values;
  const tee::SimulatedDevice device = tee::make_device(pki, 0, kFwid, kNow);
  EvidenceCase out;
  out.name = "H100, 9 OCSP, 2 RIMs";
  out.kind = attest::EvidenceKind::gpu_report;
  out.bytes = gpu(device, {}).report;
  for (const Bytes& each : device.chain) append(out.chain, as_bytes(codec::to_pem_certificate(each)));
  out.nonce = kNonce;
  add_answers(pki, device.chain, out.endorsements);
  add_manifests(values, {kDriver, kVbios}, out.endorsements);
  out.policy = policy_for(pki, values);
  out.at = kNow;
  return out;
}

EvidenceCase simulated_fabric() {
  const tee::SimulatedPki pki = tee::make_pki(kNow);
  ReferenceValues values;
  const auto gpus = make_devices(pki, 8, tee::SimulatedChip::gh100);
  const auto switches = make_devices(pki, 4, tee::SimulatedChip::ls10);
  EvidenceCase out;
  out.name = "8 GPUs, 4 switches";
  out.kind = attest::EvidenceKind::nvidia_evidence;
  std::vector<DeviceEvidence> devices;
  for (const auto& each : gpus) devices.push_back(gpu(each, ids_of(switches)));
  for (const auto& each : switches) devices.push_back(nvswitch(each, ids_of(gpus)));
  for (const DeviceEvidence& each : devices) add_answers(pki, each.chain, out.endorsements);
  add_manifests(values, {kDriver, kVbios, kSwitch}, out.endorsements);
  out.bytes = to_bytes(tee::ppcie_evidence_json(devices));
  out.nonce = kNonce;
  out.policy = policy_for(pki, values);
  out.at = kNow;
  return out;
}

attest::Verdict BundleCase::judge(attest::VerifierCache* cache) const {
  return attest::appraise(bytes, policy, {.freshness = freshness, .cache = cache}, at).verdict;
}

BundleCase simulated_bundle() {
  tee::TestMachine machine;
  return {"bundle, TDX and 1 H100", machine.bundle().bytes, machine.policy, *machine.freshness, machine.now};
}

}  // namespace aipg::bench
