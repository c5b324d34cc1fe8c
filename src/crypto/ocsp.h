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

#include <functional>

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

// How the certificates that a response carries are read.
using ReadCertificate = std::function<Result<Certificate>(ByteView der)>;

// Cheap to copy: copies share what was read, and which key was found to have signed it.
class OcspResponse {
 public:
  // Refuses more than 64 KiB, DER that is not minimal, another responseStatus
  // than successful, another response type than basic, unknown critical
  // extensions, more than 16 answers or 4 certificates.
  [[nodiscard]] static Result<OcspResponse> parse(ByteView der,
                                                  const ReadCertificate& read_certificate = &Certificate::parse);

  [[nodiscard]] ByteView signed_part() const { return content_->signed_part; }
  // Exactly one of the two: the DER of the responder's Name, or the SHA-1 of its public key.
  [[nodiscard]] const Bytes& responder_name() const { return content_->responder_name; }
  [[nodiscard]] const Bytes& responder_key_hash() const { return content_->responder_key_hash; }
  [[nodiscard]] Instant produced_at() const { return content_->produced_at; }
  [[nodiscard]] const std::vector<OcspSingleResponse>& responses() const { return content_->responses; }
  [[nodiscard]] const std::optional<Bytes>& nonce() const { return content_->nonce; }
  [[nodiscard]] SignatureAlgorithm signature_algorithm() const { return content_->algorithm; }
  [[nodiscard]] const Bytes& signature() const { return content_->signature; }  // r ‖ s
  [[nodiscard]] const std::vector<Certificate>& certificates() const { return content_->certificates; }

  [[nodiscard]] bool is_about(const OcspCertId& id) const;
  // Is the signature good under this key? Computed once for the same key.
  [[nodiscard]] bool signed_by(const EcPublicKey& key) const;

 private:
  friend class OcspParser;
  struct Content {
    Bytes signed_part, responder_name, responder_key_hash, signature;
    Instant produced_at;
    std::vector<OcspSingleResponse> responses;
    std::optional<Bytes> nonce;
    SignatureAlgorithm algorithm = SignatureAlgorithm::ecdsa_sha384;
    std::vector<Certificate> certificates;
    KnownSigner signer;
  };
  explicit OcspResponse(std::shared_ptr<const Content> content) : content_(std::move(content)) {}
  std::shared_ptr<const Content> content_;
};

// Is `subject` good at `at`, as its issuer says or somebody whom the issuer
// made a responder? `subject` and `issuer` come from a chain that was verified
// already. With `nonce`, the response must repeat exactly it. `skew` is how
// far the responder's clock may be ahead.
[[nodiscard]] Result<void> verify_ocsp(const OcspResponse& response, const Certificate& subject,
                                       const Certificate& issuer, Instant at, std::optional<ByteView> nonce,
                                       milliseconds skew = milliseconds(0));
// The same for a subject whose id under `issuer` is known.
[[nodiscard]] Result<void> verify_ocsp(const OcspResponse& response, const OcspCertId& subject,
                                       const Certificate& issuer, Instant at, std::optional<ByteView> nonce,
                                       milliseconds skew = milliseconds(0));

// Did `issuer`, or a responder that it made, sign this, whatever it says and whenever? Errors: ocsp_responder,
// ocsp_responder_issuer, ocsp_algorithm, ocsp_signature.
[[nodiscard]] Result<void> verify_ocsp_signer(const OcspResponse& response, const Certificate& issuer);

}  // namespace aipg::crypto
