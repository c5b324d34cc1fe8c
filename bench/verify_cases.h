// SPDX-License-Identifier: Apache-2.0
// What the verification benchmark judges: real evidence from the library
// beside the checkout, and a simulated machine where no real set can be
// accepted whole. Each case is accepted when it is judged; a benchmark of
// refusals would measure how early they come.
#pragma once

#include <optional>
#include <string>

#include "attest/appraise.h"
#include "attest/evidence.h"

namespace aipg::bench {

struct EvidenceCase {
  std::string name;
  attest::EvidenceKind kind = attest::EvidenceKind::tdx_quote;
  Bytes bytes, chain;  // the chain is PEM; empty where the evidence brings its own
  std::optional<Hash256> nonce;
  attest::Endorsements endorsements;
  attest::Policy policy;
  Instant at;

  [[nodiscard]] attest::Verdict judge(attest::VerifierCache* cache) const;
};

// nullopt where the library is not there.
struct RealCases {
  EvidenceCase tdx_v4, tdx_v5, snp;
  EvidenceCase tdx_v4_alone, h100_no_ocsp;  // what some peers can judge: no collateral; manifests and no responders
};
[[nodiscard]] std::optional<RealCases> real_cases();
// Where a file of the library lies, for verifiers in other processes.
[[nodiscard]] std::string library_file(std::string_view name);

// An H100 with 9 OCSP responses and 2 manifests, of the sizes of the real set: no instant accepts all of that one.
[[nodiscard]] EvidenceCase simulated_h100();
// 8 GPUs and 4 switches of one protected-PCIe machine, with 42 OCSP responses and 3 manifests.
[[nodiscard]] EvidenceCase simulated_fabric();

// A worker's whole evidence, as its clients appraise it: a TDX guest with one H100 and what their vendors publish.
struct BundleCase {
  std::string name;
  Bytes bytes;
  attest::Policy policy;
  attest::Freshness freshness;
  Instant at;

  [[nodiscard]] attest::Verdict judge(attest::VerifierCache* cache) const;
};
[[nodiscard]] BundleCase simulated_bundle();

}  // namespace aipg::bench
