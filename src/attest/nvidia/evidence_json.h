// SPDX-License-Identifier: Apache-2.0
// Device evidence as NVIDIA's own tools write it to files, and its verification.
// Two documents: an array of {"arch", "certificate", "evidence", "nonce"}, from
// the attestation SDK; and an object of "gpus" and "nvswitches", from the
// protected-PCIe verifier. Which one it is follows from its outermost bracket.
// Both are closed lists of fields. What the file says about a device is only
// compared with what the device signed. Pure.
// Errors: those of codec/json.h, json_fields.h and pem.h; evidence_empty,
// evidence_too_many, evidence_arch, evidence_base64, evidence_nonce.
#pragma once

#include <functional>

#include "attest/nvidia/verify.h"

namespace aipg::attest::nvidia {

inline constexpr std::size_t kMaxEvidenceBytes = 1 << 20;
inline constexpr std::size_t kMaxEvidenceDevices = 16;

struct StatedDevice {
  DeviceArch arch = DeviceArch::hopper;
  Bytes report;
  std::vector<Bytes> chain;      // DER, in the file's order
  std::optional<Hash256> nonce;  // which it says it is over; not in the second document
};

[[nodiscard]] Result<std::vector<StatedDevice>> parse_evidence_json(std::string_view json);

// What a relying party asks of such evidence, besides that it is genuine.
struct EvidenceExpectation {
  std::optional<Hash256> nonce;  // without one, freshness_unproven warns
  std::uint32_t min_driver = 570;
};

// Writes findings about "gpu 0", "switch 1", "devices".
using RulesFor = std::function<Rules(std::string subject)>;

// Every device (verify.h; nvidia_arch: of the kind that the file says), then all
// together (fabric.h). Where only GPUs or only switches of a protected-PCIe
// fabric are shown, nvidia_fabric is expected, not required. Returns those whose
// report is genuine; they borrow from `devices`.
[[nodiscard]] std::vector<VerifiedReport> verify_evidence(const std::vector<StatedDevice>& devices,
                                                          const std::vector<Bytes>& roots, Instant at,
                                                          const EvidenceExpectation& expected,
                                                          const RulesFor& rules_for, VerifierCache* cache = nullptr);

}  // namespace aipg::attest::nvidia
