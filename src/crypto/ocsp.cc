// SPDX-License-Identifier: Apache-2.0
#include "crypto/ocsp.h"

#include <openssl/sha.h>

#include "crypto/certificate_fields.h"
#include "crypto/digest.h"

namespace aipg::crypto {

namespace der = codec::der;
using der::Element;

namespace {

constexpr der::Oid kBasicConstraints = "2.5.29.19", kKeyUsage = "2.5.29.15", kSha384 = "2.16.840.1.101.3.4.2.2",
                   kNonce = "1.3.6.1.5.5.7.48.1.2", kNoCheck = "1.3.6.1.5.5.7.48.1.5",
                   kOcspSigning = "1.3.6.1.5.5.7.3.9", kExtendedKeyUsage = "2.5.29.37";
constexpr unsigned kDigitalSignature = 1U << 0;
constexpr unsigned kCertificateHold = 6;
constexpr std::size_t kMaxNonceBytes = 128;

// The bits of a certificate's public key without the frame around them: what key hashes are over.
Bytes public_key_bits(const Certificate& certificate) {
  const auto whole = der::parse_single(certificate.spki(), der::kSequence);
  if (!whole) __builtin_trap();  // Certificate::parse() read it
  der::Reader fields(whole->content);
  const auto algorithm = fields.next();
  const auto bits = fields.next(der::kBitString);
  if (!algorithm || !bits) __builtin_trap();
  return to_bytes(bits->content.subspan(1));
}

bool is_responder(const OcspResponse& response, const Certificate& candidate) {
  if (!response.responder_name().empty()) return response.responder_name() == candidate.subject();
  return response.responder_key_hash() == ocsp_key_hash(candidate);
}

// --- the responder -------------------------------------------------------------

Result<void> check_issued(const Certificate& responder, const Certificate& issuer) {
  if (responder.issuer() != issuer.subject()) return fail("ocsp_responder_issuer", "name");
  if (responder.authority_key_id() && issuer.subject_key_id() &&
      responder.authority_key_id() != issuer.subject_key_id()) {
    return fail("ocsp_responder_issuer", "key_id");
  }
  if (responder.signature_algorithm() != SignatureAlgorithm::ecdsa_sha384) {
    return fail("ocsp_responder_issuer", "algorithm");
  }
  if (!responder.signed_by(issuer)) return fail("ocsp_responder_issuer", "signature");
  return {};
}

// NVIDIA's first responders name the no-check extension among the purposes instead of having it.
struct Purposes {
  bool ocsp_signing = false, no_check = false, other = false;
};

Result<Purposes> read_purposes(ByteView extension_value) {
  AIPG_CHECK(der::check_strict(extension_value));
  AIPG_TRY(const Element list, der::parse_single(extension_value, der::kSequence));
  Purposes out;
  for (der::Reader reader(list.content); !reader.empty();) {
    AIPG_TRY(const Element oid, reader.next(der::kOid));
    bool& purpose = kOcspSigning.is(oid.content) ? out.ocsp_signing
                    : kNoCheck.is(oid.content)   ? out.no_check
                                                 : out.other;
    if (purpose) return fail("der_invalid", "repeated");
    purpose = true;
  }
  return out;
}

bool has_unknown_critical_extension(const Certificate& certificate) {
  const std::array known{certificate.find_extension(kBasicConstraints), certificate.find_extension(kKeyUsage),
                         certificate.find_extension(kExtendedKeyUsage), certificate.find_extension(kNoCheck)};
  return std::ranges::any_of(certificate.extensions(), [&](const Extension& each) {
    return each.critical && std::ranges::find(known, &each) == known.end();
  });
}

Result<void> check_usage(const Certificate& responder) {
  if (responder.is_ca().value_or(false)) return fail("ocsp_responder_usage", "ca");
  if ((responder.key_usage().value_or(0) & kDigitalSignature) == 0) return fail("ocsp_responder_usage", "key_usage");
  if (has_unknown_critical_extension(responder)) return fail("ocsp_responder_usage", "critical_extension");
  const Extension* usage = responder.find_extension(kExtendedKeyUsage);
  if (usage == nullptr) return fail("ocsp_responder_usage", "missing");
  const auto purposes = read_purposes(usage->value);
  if (!purposes || !purposes->ocsp_signing || purposes->other) return fail("ocsp_responder_usage", "purpose");
  const Extension* no_check = responder.find_extension(kNoCheck);
  const bool extension = no_check != nullptr && no_check->value == der::element(der::kNull, {});
  if (!extension && !purposes->no_check) return fail("ocsp_responder_nocheck");
  return {};
}

// Whose key must have signed: the issuer, or the one certificate that the response names.
Result<const Certificate*> find_signer(const OcspResponse& response, const Certificate& issuer) {
  const Certificate* signer = is_responder(response, issuer) ? &issuer : nullptr;
  for (const Certificate& each : response.certificates()) {
    // What is carried along but vouched for by nobody has no place here.
    if (equal(each.der(), issuer.der())) continue;
    if (signer != nullptr || !is_responder(response, each)) return fail("ocsp_responder", "unneeded");
    signer = &each;
  }
  if (signer == nullptr) return fail("ocsp_responder", "missing");
  return signer;
}

Result<void> check_responder(const Certificate& responder, const Certificate& issuer, Instant at) {
  AIPG_CHECK(check_issued(responder, issuer));
  AIPG_CHECK(check_usage(responder));
  if (at < responder.not_before()) return fail("ocsp_responder_not_yet_valid");
  if (responder.not_after() < at) return fail("ocsp_responder_expired");
  return {};
}

Result<void> check_signature(const OcspResponse& response, const Certificate& signer) {
  const EcPublicKey* key = signer.ec_key();
  const bool p384 = key != nullptr && key->curve() == Curve::p384;
  if (!p384 || response.signature_algorithm() != SignatureAlgorithm::ecdsa_sha384) return fail("ocsp_algorithm");
  if (!response.signed_by(*key)) return fail("ocsp_signature");
  return {};
}

// --- the answer ------------------------------------------------------------------

Result<const OcspSingleResponse*> find_answer(const OcspResponse& response, const OcspCertId& id) {
  const auto found = std::ranges::find(response.responses(), id, &OcspSingleResponse::id);
  if (found == response.responses().end()) return fail("ocsp_other_certificate");
  if (std::ranges::count(response.responses(), id, &OcspSingleResponse::id) > 1) return fail("ocsp_repeated");
  return &*found;
}

// Before the dates: that a certificate was revoked stays true when the answer is old. A hold may end.
Result<void> check_revoked(const OcspSingleResponse& answer) {
  if (answer.status == OcspStatus::revoked && answer.reason != kCertificateHold) return fail("ocsp_revoked");
  return {};
}

Result<void> check_status(const OcspSingleResponse& answer) {
  switch (answer.status) {
    case OcspStatus::good:
      return {};
    case OcspStatus::revoked:
      return fail("ocsp_on_hold");
    case OcspStatus::unknown:
      break;
  }
  return fail("ocsp_unknown");
}

Result<void> check_window(const OcspSingleResponse& answer, Instant at, milliseconds skew) {
  if (at + skew < answer.this_update) return fail("ocsp_not_yet_valid");
  if (!answer.next_update) return fail("ocsp_no_next_update");
  if (*answer.next_update < at) return fail("ocsp_expired");
  return {};
}

Result<void> check_nonce(const OcspResponse& response, std::optional<ByteView> nonce) {
  if (!nonce) return {};
  if (!response.nonce()) return fail("ocsp_nonce", "missing");
  if (!equal(*response.nonce(), *nonce)) return fail("ocsp_nonce");
  return {};
}

// --- writing -----------------------------------------------------------------------

Bytes write_cert_id(const OcspCertId& id) {
  const Bytes algorithm = der::sequence({der::element(der::kOid, id.hash_oid), der::element(der::kNull, {})});
  return der::sequence({algorithm, der::octet_string(id.issuer_name_hash), der::octet_string(id.issuer_key_hash),
                        der::element(der::kInteger, id.serial)});
}

}  // namespace

bool OcspResponse::is_about(const OcspCertId& id) const {
  return std::ranges::find(responses(), id, &OcspSingleResponse::id) != responses().end();
}

bool OcspResponse::signed_by(const EcPublicKey& key) const {
  return content_->signer.holds(key.xy(), [&] { return key.verify(signed_part(), signature()); });
}

OcspCertId ocsp_cert_id(const Certificate& subject, const Certificate& issuer) {
  return {.hash_oid = der::oid_content(kSha384),
          .issuer_name_hash = to_bytes(sha384(issuer.subject())),
          .issuer_key_hash = to_bytes(sha384(public_key_bits(issuer))),
          .serial = subject.serial()};
}

Bytes ocsp_key_hash(const Certificate& responder) {
  const Bytes bits = public_key_bits(responder);
  Bytes out(SHA_DIGEST_LENGTH);
  SHA1(bits.data(), bits.size(), out.data());
  return out;
}

Bytes make_ocsp_request(const OcspCertId& id, ByteView nonce) {
  if (nonce.size() > kMaxNonceBytes) __builtin_trap();
  const Bytes list = der::sequence({der::sequence({write_cert_id(id)})});
  if (nonce.empty()) return der::sequence({der::sequence({list})});
  const Bytes extension = der::sequence({der::oid(kNonce), der::octet_string(der::octet_string(nonce))});
  return der::sequence(
      {der::sequence({list, der::constructed(der::context_constructed(2), {der::sequence({extension})})})});
}

Result<void> verify_ocsp(const OcspResponse& response, const Certificate& subject, const Certificate& issuer,
                         Instant at, std::optional<ByteView> nonce, milliseconds skew) {
  return verify_ocsp(response, ocsp_cert_id(subject, issuer), issuer, at, nonce, skew);
}

Result<void> verify_ocsp(const OcspResponse& response, const OcspCertId& subject, const Certificate& issuer, Instant at,
                         std::optional<ByteView> nonce, milliseconds skew) {
  AIPG_TRY(const OcspSingleResponse* answer, find_answer(response, subject));
  AIPG_TRY(const Certificate* signer, find_signer(response, issuer));
  if (signer != &issuer) AIPG_CHECK(check_responder(*signer, issuer, at));
  AIPG_CHECK(check_signature(response, *signer));
  AIPG_CHECK(check_revoked(*answer));
  AIPG_CHECK(check_window(*answer, at, skew));
  AIPG_CHECK(check_nonce(response, nonce));
  return check_status(*answer);
}

Result<void> verify_ocsp_signer(const OcspResponse& response, const Certificate& issuer) {
  AIPG_TRY(const Certificate* signer, find_signer(response, issuer));
  if (signer != &issuer) AIPG_CHECK(check_issued(*signer, issuer));
  return check_signature(response, *signer);
}

}  // namespace aipg::crypto
