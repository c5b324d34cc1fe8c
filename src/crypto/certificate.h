// SPDX-License-Identifier: Apache-2.0
// X.509 certificates as the vendors issue them, read by our own strict DER
// walk; the crypto library only sees the key and the signature. Structure
// only: nothing here is authentic until a chain to a pinned root is verified.
// Refuses: DER that is not minimal, a version other than 3, inner and outer
// signature algorithms that differ, repeated extensions, unknown key types.
// Errors: certificate_invalid (where says the field), certificate_algorithm.
// Pure; const calls from any thread. Source: RFC 5280; FORMATS.md 0.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "codec/der.h"
#include "crypto/known_signer.h"
#include "crypto/signature.h"

namespace aipg::crypto {

// The last is what NVIDIA's attestation service certifies its token keys with; a chain's profile names one of them.
enum class SignatureAlgorithm : std::uint8_t { ecdsa_sha256, ecdsa_sha384, rsa_pss_sha384, rsa_pkcs1_sha256 };

struct Extension {
  Bytes oid;  // content bytes of the OBJECT IDENTIFIER
  bool critical = false;
  Bytes value;  // content of the OCTET STRING
};

// An RSA public key; used for AMD's ARK and ASK, and for NVIDIA's attestation service. PSS with SHA-384,
// MGF1-SHA-384, salt 48; PKCS#1 v1.5 with SHA-256.
// Takes 2048 to 4096 bits. Errors: der_invalid, invalid_public_key.
class RsaPublicKey {
 public:
  [[nodiscard]] static Result<RsaPublicKey> from_der(ByteView rsa_public_key);  // PKCS#1 RSAPublicKey
  [[nodiscard]] bool verify_pss_sha384(ByteView message, ByteView signature) const;
  [[nodiscard]] bool verify_pkcs1_sha256(ByteView message, ByteView signature) const;
  [[nodiscard]] unsigned bits() const;

 private:
  struct State;
  explicit RsaPublicKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;  // immutable, so sharing is safe
};

// Cheap to copy: copies share what was read, and which issuer's key was found to have signed it.
class Certificate {
 public:
  [[nodiscard]] static Result<Certificate> parse(ByteView der);

  [[nodiscard]] ByteView der() const { return content_->der; }
  [[nodiscard]] ByteView tbs() const { return der().subspan(content_->tbs_begin, content_->tbs_size); }
  [[nodiscard]] const Bytes& serial() const { return content_->serial; }    // INTEGER content as it stands
  [[nodiscard]] const Bytes& issuer() const { return content_->issuer; }    // DER of the Name
  [[nodiscard]] const Bytes& subject() const { return content_->subject; }  // DER of the Name
  [[nodiscard]] std::string subject_common_name() const;  // display only; never trusted, empty if none
  [[nodiscard]] Instant not_before() const { return content_->not_before; }
  [[nodiscard]] Instant not_after() const { return content_->not_after; }
  [[nodiscard]] bool valid_at(Instant at) const { return not_before() <= at && at <= not_after(); }
  [[nodiscard]] SignatureAlgorithm signature_algorithm() const { return content_->algorithm; }
  [[nodiscard]] const Bytes& spki() const { return content_->spki; }  // DER of SubjectPublicKeyInfo
  // Exactly one of the two.
  [[nodiscard]] const EcPublicKey* ec_key() const { return std::get_if<EcPublicKey>(&content_->key); }
  [[nodiscard]] const RsaPublicKey* rsa_key() const { return std::get_if<RsaPublicKey>(&content_->key); }
  [[nodiscard]] const std::vector<Extension>& extensions() const { return content_->extensions; }
  [[nodiscard]] const Extension* find_extension(const codec::der::Oid& oid) const;

  // Known extensions, decoded. Absent: nullopt.
  [[nodiscard]] std::optional<bool> is_ca() const { return content_->is_ca; }  // basicConstraints
  [[nodiscard]] std::optional<unsigned> path_length() const { return content_->path_length; }
  // keyUsage, bit i of the value is bit i of the BIT STRING (0 digitalSignature, 5 keyCertSign, 6 cRLSign).
  [[nodiscard]] std::optional<unsigned> key_usage() const { return content_->key_usage; }
  [[nodiscard]] const std::optional<Bytes>& subject_key_id() const { return content_->subject_key_id; }
  [[nodiscard]] const std::optional<Bytes>& authority_key_id() const { return content_->authority_key_id; }

  // Is the signature over tbs() good under this issuer's key? (Names and dates are the chain's business.)
  // Computed once for the same issuer's key.
  [[nodiscard]] bool signed_by(const Certificate& issuer) const;

 private:
  friend class CertificateParser;
  struct Content {
    Bytes der;
    std::size_t tbs_begin = 0, tbs_size = 0;
    Bytes serial, issuer, subject, spki, signature;
    Instant not_before, not_after;
    SignatureAlgorithm algorithm = SignatureAlgorithm::ecdsa_sha256;
    std::variant<std::monostate, EcPublicKey, RsaPublicKey> key;
    std::vector<Extension> extensions;
    std::optional<bool> is_ca;
    std::optional<unsigned> path_length, key_usage;
    std::optional<Bytes> subject_key_id, authority_key_id;
    KnownSigner signer;
  };
  explicit Certificate(std::shared_ptr<const Content> content) : content_(std::move(content)) {}
  std::shared_ptr<const Content> content_;
};

// What a chain's profile asks of it. The chain is leaf first, root last.
struct ChainProfile {
  std::size_t length;              // exactly
  SignatureAlgorithm algorithm;    // of every certificate
  bool leaf_has_key_usage = true;  // AMD's VCEK has none
};

// Structure, names, key ids, constraints, usages, unknown critical extensions,
// dates at `at`, the last certificate byte-equal to one of `roots`, and every
// signature below it. Only basicConstraints and keyUsage may be critical: no vendor marks more.
// Errors: chain_length, chain_root, chain_issuer, chain_key_id, chain_algorithm,
// chain_ca, chain_key_usage, chain_critical_extension, chain_not_yet_valid,
// chain_expired, chain_signature; offset is the certificate's position.
[[nodiscard]] Result<void> verify_chain(const std::vector<Certificate>& chain, const std::vector<Bytes>& roots,
                                        const ChainProfile& profile, Instant at);

}  // namespace aipg::crypto
