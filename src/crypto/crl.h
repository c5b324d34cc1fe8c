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

class Crl {
 public:
  [[nodiscard]] static Result<Crl> parse(ByteView der);

  [[nodiscard]] ByteView der() const { return der_; }
  [[nodiscard]] ByteView tbs() const { return ByteView(der_).subspan(tbs_begin_, tbs_size_); }
  [[nodiscard]] const Bytes& issuer() const { return issuer_; }  // DER of the Name
  [[nodiscard]] Instant this_update() const { return this_update_; }
  [[nodiscard]] Instant next_update() const { return next_update_; }
  [[nodiscard]] SignatureAlgorithm signature_algorithm() const { return algorithm_; }
  [[nodiscard]] std::optional<Bytes> authority_key_id() const { return authority_key_id_; }
  [[nodiscard]] std::size_t size() const { return serials_.size(); }  // how many are revoked
  // `serial` as Certificate::serial() gives it: the INTEGER's content. A reason makes no
  // difference: a certificate on hold is revoked too.
  [[nodiscard]] bool is_revoked(const Bytes& serial) const;

  // Is the signature over tbs() good under this issuer's key? (Names and dates are verify_crl()'s business.)
  [[nodiscard]] bool signed_by(const Certificate& issuer) const;

 private:
  friend class CrlParser;
  struct Slice {
    std::uint32_t begin, size;  // of der_; kMaxCrlBytes fits
  };
  Crl() = default;
  [[nodiscard]] ByteView bytes(Slice slice) const { return ByteView(der_).subspan(slice.begin, slice.size); }

  Bytes der_;
  std::size_t tbs_begin_ = 0, tbs_size_ = 0;
  Bytes issuer_, signature_;
  Instant this_update_, next_update_;
  SignatureAlgorithm algorithm_ = SignatureAlgorithm::ecdsa_sha256;
  std::optional<Bytes> authority_key_id_;
  std::vector<Slice> serials_;  // sorted by the bytes, each once
};

// The list is this issuer's, current at `at`, and signed. `issuer` must itself have been verified.
// Errors: crl_issuer, crl_key_id, crl_key_usage, crl_not_yet_valid, crl_expired, crl_signature.
[[nodiscard]] Result<void> verify_crl(const Crl& crl, const Certificate& issuer, Instant at);

}  // namespace aipg::crypto
