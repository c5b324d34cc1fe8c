// SPDX-License-Identifier: Apache-2.0
#include "attest/evidence.h"

#include "attest/evidence_cpu.h"
#include "attest/evidence_devices.h"
#include "attest/evidence_form.h"

namespace aipg::attest {
namespace {

struct KindName {
  std::string_view name;
  EvidenceKind kind;
};
constexpr std::array kKinds{
    KindName{"tdx-quote", EvidenceKind::tdx_quote},
    KindName{"sgx-quote", EvidenceKind::sgx_quote},
    KindName{"snp-report", EvidenceKind::snp_report},
    KindName{"vcek", EvidenceKind::vcek},
    KindName{"crl", EvidenceKind::crl},
    KindName{"gpu-report", EvidenceKind::gpu_report},
    KindName{"switch-report", EvidenceKind::gpu_report},
    KindName{"nvidia-evidence", EvidenceKind::nvidia_evidence},
    KindName{"rim", EvidenceKind::rim},
    KindName{"ocsp", EvidenceKind::ocsp},
    KindName{"nras-token", EvidenceKind::nras_token},
};

void judge(const SingleCase& about, Verdict& verdict) {
  switch (about.evidence.kind) {
    case EvidenceKind::tdx_quote:
      return judge_tdx_quote(about, verdict);
    case EvidenceKind::sgx_quote:
      return judge_sgx_quote(about, verdict);
    case EvidenceKind::snp_report:
      return judge_snp_report(about, verdict);
    case EvidenceKind::vcek:
      return judge_vcek(about, verdict);
    case EvidenceKind::crl:
      return judge_crl(about, verdict);
    case EvidenceKind::gpu_report:
      return judge_device_report(about, verdict);
    case EvidenceKind::nvidia_evidence:
      return judge_nvidia_evidence(about, verdict);
    case EvidenceKind::rim:
      return judge_rim(about, verdict);
    case EvidenceKind::ocsp:
      return judge_ocsp(about, verdict);
    case EvidenceKind::nras_token:
      return judge_nras_token(about, verdict);
  }
}

}  // namespace

std::optional<EvidenceKind> evidence_kind(std::string_view name) {
  for (const KindName& each : kKinds) {
    if (each.name == name) return each.kind;
  }
  return std::nullopt;
}

Verdict verify_evidence(const SingleEvidence& evidence, const Endorsements& endorsements, const Policy& policy,
                        Instant at, VerifierCache* cache) {
  Verdict verdict;
  verdict.policy = policy.name;
  verdict.simulated = is_simulated(policy.roots);
  verdict.at = at;
  const Bytes bytes = signed_form(evidence.kind, evidence.bytes);
  SingleEvidence signed_evidence = evidence;
  signed_evidence.bytes = bytes;
  CacheInUse in_use(cache, root_set(policy.roots));
  judge({{policy, endorsements, at, in_use.get()}, signed_evidence}, verdict);
  verdict.accepted = verdict.first_failed() == nullptr;
  if (verdict.accepted && verdict.simulated) verdict.level = Level::l0;
  return verdict;
}

}  // namespace aipg::attest
