// SPDX-License-Identifier: Apache-2.0
#include "attest/evidence_form.h"

#include "base/hex.h"
#include "codec/base64.h"

namespace aipg::attest {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

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
