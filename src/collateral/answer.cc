// SPDX-License-Identifier: Apache-2.0
#include "collateral/answer.h"

#include "attest/nras/jwks.h"
#include "attest/nvidia/rim.h"
#include "attest/nvidia/rim_service.h"
#include "attest/snp/certificate.h"
#include "attest/tdx/qe_identity.h"
#include "attest/tdx/tcb_info.h"
#include "base/hex.h"
#include "base/text.h"
#include "codec/pem.h"
#include "collateral/issuer_chain.h"
#include "crypto/crl.h"

namespace aipg::collateral {
namespace {

using Pieces = std::vector<Bytes>;

constexpr std::size_t kAskAndArk = 2;
constexpr std::size_t kMaxCertificateBytes = 64
                                             << 10;  // the pages that busy services send are longer than certificates
constexpr std::size_t kMaxJwksBytes = 1 << 20;

Result<Bytes> chain_of(const Answer& answer) {
  if (!answer.issuer_chain) return fail("issuer_chain_missing");
  AIPG_TRY(const std::string pem, read_issuer_chain(*answer.issuer_chain));
  return to_bytes(pem);
}

Result<Pieces> read_tcb_info(const Resource& resource, const Answer& answer) {
  AIPG_TRY(const attest::tdx::TcbInfo info, attest::tdx::parse_tcb_info(answer.body));
  if (info.tee != resource.tee || info.fmspc != resource.fmspc) return fail("answer_other_subject", "TCB info");
  AIPG_TRY(Bytes chain, chain_of(answer));
  return Pieces{answer.body, std::move(chain)};
}

Result<Pieces> read_qe_identity(const Resource& resource, const Answer& answer) {
  AIPG_TRY(const attest::tdx::QeIdentity identity, attest::tdx::parse_qe_identity(answer.body));
  if (identity.tee != resource.tee) return fail("answer_other_subject", "QE identity");
  AIPG_TRY(Bytes chain, chain_of(answer));
  return Pieces{answer.body, std::move(chain)};
}

// DER; caching services send it in hexadecimal.
Result<crypto::Crl> read_list(ByteView body) {
  const auto bytes = from_hex(trimmed(as_text(body)));
  return crypto::Crl::parse(bytes ? ByteView(*bytes) : body);
}

Result<Pieces> read_pck_crl(const Answer& answer) {
  AIPG_TRY(const crypto::Crl crl, read_list(answer.body));
  AIPG_TRY(Bytes chain, chain_of(answer));
  AIPG_TRY(const std::vector<Bytes> certificates, codec::parse_pem_certificates(as_text(chain), 2));
  AIPG_TRY(const crypto::Certificate issuer, crypto::Certificate::parse(certificates.front()));
  if (issuer.subject() != crl.issuer()) return fail("answer_other_subject", "revocation list");
  return Pieces{to_bytes(crl.der()), std::move(chain)};
}

Result<Pieces> read_crl(const Answer& answer) {
  AIPG_TRY(const crypto::Crl crl, read_list(answer.body));
  return Pieces{to_bytes(crl.der())};
}

Result<Pieces> read_vcek(const Answer& answer) {
  AIPG_TRY(const crypto::Certificate certificate, crypto::Certificate::parse(answer.body));
  AIPG_CHECK(attest::snp::read_key_extensions(certificate));
  return Pieces{answer.body};
}

Result<Pieces> read_authorities(const Answer& answer) {
  AIPG_TRY(const std::vector<Bytes> chain, codec::parse_pem_certificates(as_text(answer.body), kAskAndArk));
  if (chain.size() != kAskAndArk) return fail("answer_form", "two certificates");
  for (const Bytes& der : chain) AIPG_CHECK(crypto::Certificate::parse(der));
  return Pieces{answer.body};
}

Result<Pieces> read_rim(const Resource& resource, const Answer& answer) {
  AIPG_TRY(Bytes xml, attest::nvidia::parse_rim_answer(as_text(answer.body), resource.subject));
  if (!trimmed(as_text(xml)).starts_with('<')) return fail("answer_form", "manifest");
  return Pieces{std::move(xml)};
}

Result<Pieces> read_ocsp(const Resource& resource, const Answer& answer, std::optional<ByteView> nonce) {
  AIPG_TRY(const crypto::OcspResponse response, crypto::OcspResponse::parse(answer.body));
  if (!response.is_about(*resource.certificate)) return fail("answer_other_subject", "OCSP response");
  if (nonce && !(response.nonce() && equal(*response.nonce(), *nonce))) return fail("ocsp_nonce");
  return Pieces{answer.body};
}

Result<Pieces> read_jwks(const Answer& answer) {
  AIPG_CHECK(attest::nras::Jwks::parse(answer.body));
  return Pieces{answer.body};
}

}  // namespace

std::string_view issuer_chain_header(ResourceKind kind) {
  switch (kind) {
    case ResourceKind::tcb_info:
      return "TCB-Info-Issuer-Chain";
    case ResourceKind::qe_identity:
      return "SGX-Enclave-Identity-Issuer-Chain";
    case ResourceKind::pck_crl:
      return "SGX-PCK-CRL-Issuer-Chain";
    default:
      return {};
  }
}

std::size_t max_answer_bytes(ResourceKind kind) {
  switch (kind) {
    case ResourceKind::tcb_info:
      return attest::tdx::kMaxTcbInfoBytes;
    case ResourceKind::qe_identity:
      return attest::tdx::kMaxQeIdentityBytes;
    case ResourceKind::pck_crl:
    case ResourceKind::intel_root_crl:
    case ResourceKind::amd_crl:
      return crypto::kMaxCrlBytes;
    case ResourceKind::vcek:
    case ResourceKind::amd_authorities:
      return kMaxCertificateBytes;
    case ResourceKind::rim:
      return attest::nvidia::kMaxRimAnswerBytes;
    case ResourceKind::ocsp:
      return crypto::kMaxOcspBytes;
    case ResourceKind::jwks:
      break;
  }
  return kMaxJwksBytes;
}

Result<Pieces> read_answer(const Resource& resource, const Answer& answer, std::optional<ByteView> nonce) {
  switch (resource.kind) {
    case ResourceKind::tcb_info:
      return read_tcb_info(resource, answer);
    case ResourceKind::qe_identity:
      return read_qe_identity(resource, answer);
    case ResourceKind::pck_crl:
      return read_pck_crl(answer);
    case ResourceKind::intel_root_crl:
    case ResourceKind::amd_crl:
      return read_crl(answer);
    case ResourceKind::vcek:
      return read_vcek(answer);
    case ResourceKind::amd_authorities:
      return read_authorities(answer);
    case ResourceKind::rim:
      return read_rim(resource, answer);
    case ResourceKind::ocsp:
      return read_ocsp(resource, answer, nonce);
    case ResourceKind::jwks:
      break;
  }
  return read_jwks(answer);
}

}  // namespace aipg::collateral
