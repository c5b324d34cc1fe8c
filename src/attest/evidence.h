// SPDX-License-Identifier: Apache-2.0
// Evidence of any origin, judged singly: one quote, report, certificate, list,
// manifest, response or token, with what the vendors say beside it, as far as
// the policy goes. What is given is checked; what is missing is a finding. Pure:
// no I/O, no clock, no globals. All findings are reported, not only the first,
// wherever going on is safe.
//
// A verdict on single evidence has no level, for levels are about a whole
// machine: under vendors' roots accepted means what the policy asked for holds.
#pragma once

#include <optional>

#include "attest/endorsements.h"
#include "attest/policy.h"
#include "attest/verdict.h"
#include "attest/verifier_cache.h"

namespace aipg::attest {

enum class EvidenceKind : std::uint8_t {
  tdx_quote,
  sgx_quote,
  snp_report,       // with its VCEK or VLEK and authorities among the endorsements
  vcek,             // a VCEK or VLEK certificate, with its authorities
  crl,              // a revocation list, with its issuer's certificates
  gpu_report,       // a GPU's or a switch's, with its chain
  nvidia_evidence,  // what NVIDIA's tools write for whole machines
  rim,
  ocsp,  // a response, with the chain of certificates or the manifest that it is about
  nras_token,
};
// "tdx-quote", …, "nras-token"; "switch-report" is a gpu_report.
[[nodiscard]] std::optional<EvidenceKind> evidence_kind(std::string_view name);

struct SingleEvidence {
  EvidenceKind kind;
  ByteView bytes;  // as signed, or in hexadecimal, base64 or PEM
  // Of a device's report: PEM, leaf first. Without it, the endorsements' certificates in the order they were added.
  std::optional<ByteView> chain = {};
  std::optional<Hash256> nonce = {};  // of device evidence and tokens: what they must be over
  // Of a quote or report that a paravisor passes on: the data it is about. Only under a policy for such.
  std::optional<ByteView> runtime_data = {};
};

// The verdict is the same with a cache and without. One that is for other roots than the policy's is not used.
[[nodiscard]] Verdict verify_evidence(const SingleEvidence& evidence, const Endorsements& endorsements,
                                      const Policy& policy, Instant at, VerifierCache* cache = nullptr);

}  // namespace aipg::attest
