// SPDX-License-Identifier: Apache-2.0
#include "attest/evidence_form.h"

#include "base/hex.h"
#include "base/text.h"
#include "codec/base64.h"

namespace aipg::attest {
namespace {

Bytes decoded(ByteView evidence) {
  const std::string_view text = trimmed(as_text(evidence));
  if (auto bytes = from_hex(text); bytes && !bytes->empty()) return *std::move(bytes);
  if (auto bytes = codec::from_base64(text); bytes && !bytes->empty()) return *std::move(bytes);
  return to_bytes(evidence);
}

// The one item of this list that the file holds, if it holds that and nothing else.
Bytes only(std::vector<Bytes> Endorsements::* list, ByteView evidence) {
  Endorsements file;
  const bool read = evidence.size() <= kMaxEndorsementBytes && file.add(evidence).has_value();
  return read && (file.*list).size() == 1 ? (file.*list).front() : to_bytes(evidence);
}

}  // namespace

Bytes signed_form(EvidenceKind kind, ByteView evidence) {
  switch (kind) {
    case EvidenceKind::tdx_quote:
    case EvidenceKind::sgx_quote:
    case EvidenceKind::snp_report:
    case EvidenceKind::gpu_report:
      return decoded(evidence);
    case EvidenceKind::vcek:
      return only(&Endorsements::certificates, evidence);
    case EvidenceKind::crl:
      return only(&Endorsements::crls, evidence);
    case EvidenceKind::rim:
      return only(&Endorsements::rims, evidence);
    case EvidenceKind::ocsp:
      return only(&Endorsements::ocsp_responses, evidence);
    case EvidenceKind::nvidia_evidence:
    case EvidenceKind::nras_token:
      break;
  }
  return to_bytes(evidence);
}

}  // namespace aipg::attest
