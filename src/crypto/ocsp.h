// SPDX-License-Identifier: Apache-2.0
// OCSP (RFC 6960) as NVIDIA's responder speaks it: responses read by our own
// strict DER walk, and the request a fetcher posts. An OcspResponse is
// structure only; verify_ocsp() says whether it is a good answer about one
// certificate at one instant. Pure; const calls from any thread.
//
// Errors of parse(): ocsp_invalid (where says the field), ocsp_unsuccessful,
// and those of Certificate::parse() for the responder's certificate.
// Errors of verify_ocsp(), in the order of its checks:
//   ocsp_other_certificate   no answer about this certificate
//   ocsp_repeated            more than one
//   ocsp_responder           no certificate of the signer, or ones that have no business here
//   ocsp_responder_issuer    the signer's certificate is not of the subject's issuer
//   ocsp_responder_usage     … is not for signing OCSP responses, or for more than that
//   ocsp_responder_nocheck   … could be revoked itself, which nobody could check
//   ocsp_responder_expired, ocsp_responder_not_yet_valid
//   ocsp_algorithm, ocsp_signature
//   ocsp_revoked             for good, so whatever the answer's window
//   ocsp_not_yet_valid, ocsp_no_next_update, ocsp_expired
//   ocsp_nonce
//   ocsp_on_hold (reason certificateHold), ocsp_unknown
// Source: RFC 6960, RFC 9654; FORMATS.md 1.4.
#pragma once

#include "crypto/certificate.h"

namespace aipg::crypto {

// Which certificate an answer is about. Ours hash with SHA-384, as NVIDIA's do.
struct OcspCertId {
  Bytes hash_oid;  // content bytes of the OBJECT IDENTIFIER
  Bytes issuer_name_hash, issuer_key_hash;
  Bytes serial;  // INTEGER content as it stands

  friend bool operator==(const OcspCertId&, const OcspCertId&) = default;
};
[[nodiscard]] OcspCertId ocsp_cert_id(const Certificate& subject, const Certificate& issuer);

// How a response names a responder by its key: SHA-1, because RFC 6960 says so. Only a name, never trusted.
[[nodiscard]] Bytes ocsp_key_hash(const Certificate& responder);

// The DER of an OCSPRequest for one certificate. A nonce has 1 to 128 bytes, or is left out when empty.
[[nodiscard]] Bytes make_ocsp_request(const OcspCertId& id, ByteView nonce);

enum class OcspStatus : std::uint8_t { good, revoked, unknown };

struct OcspSingleResponse {
  OcspCertId id;
  OcspStatus status = OcspStatus::unknown;
  std::optional<Instant> revoked_at;
  std::optional<unsigned> reason;  // CRLReason
  Instant this_update;
  std::optional<Instant> next_update;
};

inline constexpr std::size_t kMaxOcspBytes = 64 << 10;

class OcspResponse {
 public:
  // Refuses more than 64 KiB, DER that is not minimal, another responseStatus
  // than successful, another response type than basic, unknown critical
  // extensions, more than 16 answers or 4 certificates.
  [[nodiscard]] static Result<OcspResponse> parse(ByteView der);

  [[nodiscard]] ByteView signed_part() const { return signed_part_; }
  // Exactly one of the two: the DER of the responder's Name, or the SHA-1 of its public key.
  [[nodiscard]] const Bytes& responder_name() const { return responder_name_; }
  [[nodiscard]] const Bytes& responder_key_hash() const { return responder_key_hash_; }
  [[nodiscard]] Instant produced_at() const { return produced_at_; }
  [[nodiscard]] const std::vector<OcspSingleResponse>& responses() const { return responses_; }
  [[nodiscard]] const std::optional<Bytes>& nonce() const { return nonce_; }
  [[nodiscard]] SignatureAlgorithm signature_algorithm() const { return algorithm_; }
  [[nodiscard]] const Bytes& signature() const { return signature_; }  // r ‖ s
  [[nodiscard]] const std::vector<Certificate>& certificates() const { return certificates_; }

  [[nodiscard]] bool is_about(const OcspCertId& id) const;

 private:
  friend class OcspParser;
  OcspResponse() = default;
  Bytes signed_part_, responder_name_, responder_key_hash_, signature_;
  Instant produced_at_;
  std::vector<OcspSingleResponse> responses_;
  std::optional<Bytes> nonce_;
  SignatureAlgorithm algorithm_ = SignatureAlgorithm::ecdsa_sha384;
  std::vector<Certificate> certificates_;
};

// Is `subject` good at `at`, as its issuer says or somebody whom the issuer
// made a responder? `subject` and `issuer` come from a chain that was verified
// already. With `nonce`, the response must repeat exactly it. `skew` is how
// far the responder's clock may be ahead.
[[nodiscard]] Result<void> verify_ocsp(const OcspResponse& response, const Certificate& subject,
                                       const Certificate& issuer, Instant at, std::optional<ByteView> nonce,
                                       milliseconds skew = milliseconds(0));

// Did `issuer`, or a responder that it made, sign this, whatever it says and whenever? Errors: ocsp_responder,
// ocsp_responder_issuer, ocsp_algorithm, ocsp_signature.
[[nodiscard]] Result<void> verify_ocsp_signer(const OcspResponse& response, const Certificate& issuer);

}  // namespace aipg::crypto
