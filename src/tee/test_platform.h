// SPDX-License-Identifier: Apache-2.0
// A simulated machine for tests with everything beside it, and the verifier of
// single evidence that trusts its authorities: valid from end to end. A test
// changes the machine before it is signed, or what was signed after it.
#pragma once

#include <set>

#include "attest/evidence.h"
#include "tee/machine_state.h"
#include "tee/simulated_evidence.h"

namespace aipg::tee {

inline const Instant kTestNow = *parse_instant("2026-11-22T12:00:00Z");

// Making AMD's keys takes seconds: one set for the whole program.
inline std::shared_ptr<const SimulatedAuthorities> test_authorities() {
  static const auto made = std::make_shared<const SimulatedAuthorities>(make_authorities(kTestNow, Amd::with));
  return made;
}

struct TestPlatform {
  using Codes = std::set<std::string>;

  SimulatedPlatform platform;
  attest::Policy policy;
  Instant now = kTestNow;
  Hash256 nonce = crypto::sha256(as_bytes("the verifier's nonce"));
  attest::Verdict verdict;  // what the last judgement came to

  explicit TestPlatform(SimulatedCpu cpu, const DeviceLayout& layout = {}, std::string_view base = "network")
      : platform(make_platform(test_authorities(), cpu, layout, kTestNow)), policy(*attest::ready_policy(base)) {
    policy.roots = attest::SimulatedRoots(platform.authorities->roots());
    policy.minimum_level = attest::Level::l0;
    ask_for_healthy_firmware(cpu, policy);
  }

  [[nodiscard]] attest::EvidenceKind cpu_kind() const {
    if (is_snp(platform.content.cpu)) return attest::EvidenceKind::snp_report;
    return platform.content.cpu == SimulatedCpu::sgx ? attest::EvidenceKind::sgx_quote
                                                     : attest::EvidenceKind::tdx_quote;
  }

  [[nodiscard]] attest::Endorsements endorsements() const {
    attest::Endorsements out;
    for (const Bytes& file : bytes_of(platform.collateral(now))) {
      if (!out.add(file)) __builtin_trap();
    }
    out.certificates = platform.cpu_chain(now);
    return out;
  }

  void judge(const attest::SingleEvidence& evidence, const attest::Endorsements& beside) {
    verdict = attest::verify_evidence(evidence, beside, policy, now);
  }
  void judge_cpu() {
    const Bytes evidence = platform.cpu_evidence();
    judge({.kind = cpu_kind(), .bytes = evidence}, endorsements());
  }
  void judge_devices() {
    const std::string json = sdk_evidence_json(platform.devices(nonce));
    judge({.kind = attest::EvidenceKind::nvidia_evidence, .bytes = as_bytes(json), .nonce = nonce}, endorsements());
  }

  [[nodiscard]] Codes codes(attest::Severity severity) const {
    Codes out;
    for (const attest::Finding& each : verdict.findings) {
      if (each.severity == severity) out.emplace(each.code.view());
    }
    return out;
  }
  [[nodiscard]] Codes failed() const { return codes(attest::Severity::failed); }
  [[nodiscard]] Codes warned() const { return codes(attest::Severity::warning); }
  // What nobody can help: switches do not say which firmware they run, as real ones do not.
  [[nodiscard]] Codes inherent() const {
    const auto& devices = platform.content.nvidia.devices;
    const bool switches = !devices.empty() && devices.back().report.chip == SimulatedChip::ls10;
    return switches ? Codes{"nvidia_fwid"} : Codes{};
  }
};

}  // namespace aipg::tee
