// SPDX-License-Identifier: Apache-2.0
// A simulated machine for tests, and a verifier that trusts it: valid from end
// to end, with a hook at every place where a test may break one rule.
#pragma once

#include <functional>
#include <set>

#include "attest/appraise.h"
#include "tee/attester.h"
#include "tee/simulated_collateral.h"
#include "tee/simulated_names.h"
#include "tee/simulated_quote.h"
#include "tee/simulated_report.h"
#include "tee/simulated_rim.h"

namespace aipg::tee {

struct TestMachine : Attester {
  Instant now = *parse_instant("2026-11-22T12:00:00Z");
  SimulatedPki pki = make_pki(now);
  SimulatedRimPki rim_pki = make_rim_pki(now);
  CollateralContent intel = good_collateral(now);
  std::vector<Bytes> pck_issuers{pki.pck_chain[1], pki.pck_chain[2]};
  crypto::EcPrivateKey attestation_key = crypto::EcPrivateKey::generate(crypto::Curve::p256);
  crypto::Hash384 fwid = simulated_measurement("GPU FWID");
  std::vector<SimulatedDevice> gpus;
  attest::BootTuple boot{simulated_measurement("MRTD"), simulated_measurement("RTMR0"), simulated_measurement("RTMR1"),
                         simulated_measurement("RTMR2")};

  attest::Manifest manifest = attest::make_manifest(good_manifest());
  attest::Keyset keyset = good_keyset();
  Hash256 nonce = crypto::sha256(as_bytes("the verifier's nonce"));
  std::vector<Hash256> nonces{crypto::sha256(as_bytes("another verifier's")), nonce, Hash256{}};
  attest::NonceTree tree{nonces};
  std::optional<attest::Freshness> freshness = attest::Freshness{nonce, tree.path(1)};
  attest::Policy policy = good_policy();

  std::function<void(QuoteContent&)> edit_content;           // before the quote is signed
  std::function<void(Bytes&)> edit_quote;                    // after
  std::function<void(ReportContent&)> edit_report;           // before the report is signed
  std::function<void(attest::DeviceEvidence&)> edit_device;  // after; the quote commits to the result
  std::function<void(std::vector<attest::DeviceEvidence>&)> edit_devices;
  std::function<void(std::vector<Bytes>&)> edit_collateral;
  std::function<void(attest::Bundle&)> edit_bundle;  // last of all
  std::optional<Challenge> epoch;                    // instead of nonces
  std::string driver;                                // as the last report says, for its manifest

  TestMachine() { gpus.push_back(make_device(pki, 0, fwid, now)); }

  Result<CpuEvidence> quote(ByteView report_data) override {
    QuoteContent content;
    content.mrseam = simulated_measurement("TDX module");
    content.mrtd = boot.mrtd;
    content.rtmr = {boot.rtmr0, boot.rtmr1, boot.rtmr2, attest::workload_rtmr3(manifest.hash)};
    content.report_data = to_array<64>(report_data);
    if (edit_content) edit_content(content);
    Bytes out = make_quote(content, pki, attestation_key);
    if (edit_quote) edit_quote(out);
    return CpuEvidence{.kind = attest::CpuKind::tdx, .quote = std::move(out), .chain = {}};
  }

  Result<std::vector<attest::DeviceEvidence>> devices(const Hash256& gpu_nonce) override {
    std::vector<attest::DeviceEvidence> out;
    for (const SimulatedDevice& gpu : gpus) {
      ReportContent content;
      content.nonce = gpu_nonce;
      content.fwid = fwid;
      if (edit_report) edit_report(content);
      driver = content.driver;
      out.push_back({attest::DeviceArch::hopper, make_report(content, gpu.key), gpu.chain});
      if (edit_device) edit_device(out.back());
    }
    if (edit_devices) edit_devices(out);
    return out;
  }

  [[nodiscard]] Bytes intel_says(const CollateralContent& content) const {
    attest::tdx::Collateral out = make_collateral(content, pki.intel);
    out.pck_crl_issuer_chain = pck_issuers;
    return to_bytes(combined_json(out));
  }

  // What Intel and NVIDIA publish about this machine.
  [[nodiscard]] std::vector<Bytes> collateral() const {
    std::vector<Bytes> out{intel_says(intel)};
    if (manifest.device_count != 0) {
      out.push_back(to_bytes(make_rim(driver_rim(driver), rim_pki)));
      out.push_back(to_bytes(make_rim(vbios_rim("96.00.9F.00.01"), rim_pki)));
      std::ranges::copy(make_rim_revocation_answers(rim_pki, now), std::back_inserter(out));
    }
    for (const SimulatedDevice& gpu : gpus) {
      std::ranges::copy(make_revocation_answers(pki, gpu.chain, now), std::back_inserter(out));
    }
    if (edit_collateral) edit_collateral(out);
    return out;
  }
  Result<std::vector<Bytes>> collateral(Instant) override { return collateral(); }

  [[nodiscard]] attest::Bundle bundle() {
    attest::Bundle out = *collect_evidence(*this, epoch ? *epoch : Challenge{tree.root()}, keyset, manifest, now);
    if (edit_bundle) edit_bundle(out);
    return attest::make_bundle(std::move(out));
  }

  [[nodiscard]] attest::Appraisal appraise() { return attest::appraise(bundle().bytes, policy, inputs(), now); }
  [[nodiscard]] attest::AppraisalInputs inputs() const { return {freshness, {}, nullptr}; }

  // The codes of the rules that failed, each once.
  [[nodiscard]] std::set<std::string> failed() {
    std::set<std::string> out;
    const attest::Appraisal appraisal = appraise();
    for (const attest::Finding& finding : appraisal.verdict.findings) {
      if (finding.severity == attest::Severity::failed) out.insert(std::string(finding.code.view()));
    }
    // The three ways to say "refused" always agree.
    if (out.empty() != appraisal.verdict.accepted || out.empty() != appraisal.worker.has_value() ||
        out.empty() != appraisal.verdict.level.has_value()) {
      out.insert("contradictory verdict");
    }
    return out;
  }

  // Uses another manifest everywhere, and pins it.
  void use(attest::Manifest content) {
    manifest = attest::make_manifest(std::move(content));
    policy.releases = {{"test image", boot, manifest.hash}};
  }

  [[nodiscard]] static attest::Manifest good_manifest() {
    attest::Manifest out;
    out.name = "test model on a test engine";
    out.components = {{"worker", 1000, simulated_measurement("worker"), std::nullopt},
                      {"weights", 2000, simulated_measurement("weights"), Hash256{1}}};
    out.engine_argv = {"engine", "--offline"};
    out.engine_environment = {"HOME=/nonexistent"};
    out.models = {{"test-model", simulated_measurement("weights"), {"/v1/chat/completions"}}};
    out.device_arch = "hopper";
    out.device_count = 1;
    out.device_mode = attest::DeviceMode::spt;
    out.source_commit = "0000000000000000000000000000000000000000";
    return out;
  }

  [[nodiscard]] attest::Keyset good_keyset() const {
    return attest::make_keyset("w-01", now, now + std::chrono::minutes(60), {{1, Bytes(32, 7)}, {2, Bytes(1216, 8)}},
                               ByteArray<32>{9});
  }

  [[nodiscard]] attest::Policy good_policy() const {
    attest::Policy out;
    attest::RootSet roots = pki.roots();
    roots.nvidia_rim = {rim_pki.chain.back()};
    out.roots = attest::SimulatedRoots(std::move(roots));
    out.releases = {{"test image", boot, manifest.hash}};
    out.minimum_level = attest::Level::l0;
    return out;
  }
};

}  // namespace aipg::tee
