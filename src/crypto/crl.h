// SPDX-License-Identifier: Apache-2.0
// Certificate revocation lists as the vendors issue them: complete, direct,
// version 2, or version 1, which has no extensions. Structure only: nothing
// here is authentic until verify_crl() accepts it for its issuer.
// Refuses: DER that is not minimal, inner and outer algorithms that differ, no
// nextUpdate, critical extensions that are not known, delta lists and lists of
// limited or foreign scope, a serial listed twice, more than 4 MiB.
// Errors: crl_invalid (where says the field).
// Pure; const calls from any thread. Source: RFC 5280, 5; FORMATS.md 0.
#pragma once

#include <optional>
#include <vector>

#include "crypto/certificate.h"

namespace aipg::crypto {

inline constexpr std::size_t kMaxCrlBytes = 4 << 20;

// Cheap to copy: copies share what was read, and which issuer's key was found to have signed it.
class Crl {
 public:
  [[nodiscard]] static Result<Crl> parse(ByteView der);

  [[nodiscard]] ByteView der() const { return content_->der; }
  [[nodiscard]] ByteView tbs() const { return der().subspan(content_->tbs_begin, content_->tbs_size); }
  [[nodiscard]] const Bytes& issuer() const { return content_->issuer; }  // DER of the Name
  [[nodiscard]] Instant this_update() const { return content_->this_update; }
  [[nodiscard]] Instant next_update() const { return content_->next_update; }
  [[nodiscard]] SignatureAlgorithm signature_algorithm() const { return content_->algorithm; }
  [[nodiscard]] const std::optional<Bytes>& authority_key_id() const { return content_->authority_key_id; }
  [[nodiscard]] std::size_t size() const { return content_->serials.size(); }  // how many are revoked
  // `serial` as Certificate::serial() gives it: the INTEGER's content. A reason makes no
  // difference: a certificate on hold is revoked too.
  [[nodiscard]] bool is_revoked(const Bytes& serial) const;

  // Is the signature over tbs() good under this issuer's key? (Names and dates are verify_crl()'s business.)
  // Computed once for the same issuer's key.
  [[nodiscard]] bool signed_by(const Certificate& issuer) const;

 private:
  friend class CrlParser;
  struct Slice {
    std::uint32_t begin, size;  // of der; kMaxCrlBytes fits
  };
  struct Content {
    Bytes der;
    std::size_t tbs_begin = 0, tbs_size = 0;
    Bytes issuer, signature;
    Instant this_update, next_update;
    SignatureAlgorithm algorithm = SignatureAlgorithm::ecdsa_sha256;
    std::optional<Bytes> authority_key_id;
    std::vector<Slice> serials;  // sorted by the bytes, each once
    KnownSigner signer;

    [[nodiscard]] ByteView bytes(Slice slice) const { return ByteView(der).subspan(slice.begin, slice.size); }
  };
  explicit Crl(std::shared_ptr<const Content> content) : content_(std::move(content)) {}
  std::shared_ptr<const Content> content_;
};

// The list is this issuer's, current at `at`, and signed. `issuer` must itself have been verified.
// Errors: crl_issuer, crl_key_id, crl_key_usage, crl_not_yet_valid, crl_expired, crl_signature.
[[nodiscard]] Result<void> verify_crl(const Crl& crl, const Certificate& issuer, Instant at);

}  // namespace aipg::crypto
