// SPDX-License-Identifier: Apache-2.0
#include "collateral/description.h"

#include "attest/collateral_pack.h"
#include "attest/endorsements.h"
#include "attest/nras/token.h"
#include "attest/nvidia/rim.h"
#include "attest/nvidia/rim_signature.h"
#include "attest/tdx/qe_identity.h"
#include "attest/tdx/tcb_info.h"
#include "base/hex.h"
#include "codec/pem.h"
#include "crypto/crl.h"
#include "crypto/digest.h"
#include "crypto/ocsp.h"

namespace aipg::collateral {
namespace {

using attest::tdx::Tee;
using crypto::Certificate;

constexpr std::size_t kMaxChain = 16;

std::string_view word(Tee tee) { return tee == Tee::tdx ? "TDX" : "SGX"; }

Result<Description> describe_tcb_info(ByteView piece) {
  AIPG_TRY(const attest::tdx::TcbInfo info, attest::tdx::parse_tcb_info(piece));
  return Description{.what = "TCB info",
                     .about = std::string(word(info.tee)) + " FMSPC " + to_hex(info.fmspc) + ", evaluation " +
                              std::to_string(info.evaluation_data_number),
                     .issued = info.window.issue_date,
                     .until = info.window.next_update};
}

Result<Description> describe_qe_identity(ByteView piece) {
  AIPG_TRY(const attest::tdx::QeIdentity identity, attest::tdx::parse_qe_identity(piece));
  return Description{
      .what = "QE identity",
      .about = std::string(word(identity.tee)) + ", evaluation " + std::to_string(identity.evaluation_data_number),
      .issued = identity.window.issue_date,
      .until = identity.window.next_update};
}

// What a piece says about itself goes to terminals and tables.
std::string printable(std::string text) {
  std::ranges::replace_if(text, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

// As short as the shortest of a chain.
Result<Description> describe_chain(const std::vector<Bytes>& chain) {
  AIPG_TRY(const Certificate first, Certificate::parse(chain.front()));
  Description out{.what = chain.size() == 1 ? "certificate" : "certificates",
                  .about = first.subject_common_name(),
                  .issued = first.not_before(),
                  .until = first.not_after()};
  for (const Bytes& der : chain) {
    AIPG_TRY(const Certificate certificate, Certificate::parse(der));
    out.until = std::min(*out.until, certificate.not_after());
  }
  if (chain.size() > 1) out.about += " and " + std::to_string(chain.size() - 1) + " above it";
  return out;
}

// A Name's first common name; for people.
std::string name_text(ByteView name) {
  static constexpr ByteArray<5> kCommonName{0x06, 0x03, 0x55, 0x04, 0x03};
  const auto found = std::ranges::search(name, kCommonName);
  if (found.empty() || name.end() - found.end() < 2) return {};
  const ByteView value(found.end(), name.end());
  const std::size_t size = std::min<std::size_t>(value[1], value.size() - 2);
  return std::string(as_text(value.subspan(2, size)));
}

Result<Description> describe_crl(ByteView piece) {
  AIPG_TRY(const crypto::Crl crl, crypto::Crl::parse(piece));
  return Description{.what = "revocation list",
                     .about = name_text(crl.issuer()) + ", " + std::to_string(crl.size()) + " revoked",
                     .issued = crl.this_update(),
                     .until = crl.next_update()};
}

Result<Description> describe_rim(ByteView piece) {
  AIPG_TRY(const codec::xml::Document document,
           codec::xml::parse(as_text(piece), {.max_bytes = attest::nvidia::kMaxRimBytes}));
  AIPG_TRY(const attest::nvidia::Rim rim, attest::nvidia::parse_rim(document.root()));
  AIPG_TRY(const attest::nvidia::RimSignature signature, attest::nvidia::read_rim_signature(document.root()));
  AIPG_TRY(const Description signer, describe_chain(signature.certificates));
  return Description{.what = "reference manifest",
                     .about = rim.product + " " + rim.version,
                     .issued = signer.issued,
                     .until = signer.until};
}

Result<Description> describe_ocsp(ByteView piece) {
  AIPG_TRY(const crypto::OcspResponse response, crypto::OcspResponse::parse(piece));
  const crypto::OcspSingleResponse& first = response.responses().front();
  static constexpr std::array<std::string_view, 3> kStatus{"good", "REVOKED", "unknown"};
  return Description{.what = "OCSP response",
                     .about = "certificate " + to_hex(first.id.serial) + " " +
                              std::string(kStatus.at(static_cast<std::size_t>(first.status))),
                     .issued = first.this_update,
                     .until = first.next_update};
}

Result<Description> describe_jwks(ByteView piece) {
  AIPG_TRY(const attest::nras::Jwks jwks, attest::nras::Jwks::parse(piece));
  Description out{.what = "NRAS keys", .about = std::to_string(jwks.keys().size()) + " keys"};
  for (const attest::nras::Jwk& key : jwks.keys()) {
    out.until = std::max(out.until.value_or(key.certificate.not_after()), key.certificate.not_after());
  }
  return out;
}

Result<Description> describe_token(ByteView piece) {
  AIPG_TRY(const attest::nras::Token token, attest::nras::parse_token(piece));
  return Description{.what = "NRAS token", .about = std::to_string(token.devices.size()) + " device(s)"};
}

Result<Description> describe_intel(ByteView piece) {
  if (as_text(piece).starts_with("-----BEGIN ")) {
    AIPG_TRY(const std::vector<Bytes> chain, codec::parse_pem_certificates(as_text(piece), kMaxChain));
    return describe_chain(chain);
  }
  AIPG_TRY(const auto document, codec::json::parse(as_text(piece), {.max_bytes = attest::kMaxEndorsementBytes}));
  if (document.root().find("tcbInfo")) return describe_tcb_info(piece);
  if (document.root().find("enclaveIdentity")) return describe_qe_identity(piece);
  return Description{.what = "collateral", .about = "Intel's, combined"};
}

Result<void> describe_all(const std::vector<Bytes>& pieces, Result<Description> (*describe_one)(ByteView),
                          std::vector<Description>& out) {
  for (const Bytes& piece : pieces) {
    AIPG_TRY(Description one, describe_one(piece));
    one.about = printable(std::move(one.about));
    one.digest = crypto::sha256(piece);
    out.push_back(std::move(one));
  }
  return {};
}

Result<Description> describe_certificate(ByteView piece) { return describe_chain({to_bytes(piece)}); }

}  // namespace

Result<std::vector<Description>> describe(ByteView file) {
  attest::Endorsements pieces;
  AIPG_CHECK(pieces.add(file));
  std::vector<Description> out;
  AIPG_CHECK(describe_all(pieces.intel, describe_intel, out));
  // Those in PEM are there already, as chains.
  if (pieces.intel.empty()) AIPG_CHECK(describe_all(pieces.certificates, describe_certificate, out));
  AIPG_CHECK(describe_all(pieces.crls, describe_crl, out));
  AIPG_CHECK(describe_all(pieces.rims, describe_rim, out));
  AIPG_CHECK(describe_all(pieces.ocsp_responses, describe_ocsp, out));
  AIPG_CHECK(describe_all(pieces.jwks, describe_jwks, out));
  AIPG_CHECK(describe_all(pieces.tokens, describe_token, out));
  return out;
}

}  // namespace aipg::collateral
