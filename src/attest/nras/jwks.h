// SPDX-License-Identifier: Apache-2.0
// The keys of NVIDIA's attestation service, as its JWKS document lists them.
// Who vouches for the document is the caller's business: it was fetched from
// the pinned origin over TLS, or its certificates lead to pinned ones.
// Refuses: over 1 MiB or 256 keys, keys that are not EC on P-384, members of
// private or symmetric keys and any other unknown one, a kid twice, a point
// that is not the key of its own certificate (x5c). Pure.
// Errors: jwks_invalid, jwks_key (where says what), jwks_repeated, and those
// of the JSON reader and of Certificate::parse(); of check_key_chain():
// nras_key_chain. Source: RFC 7517; FORMATS.md 2.
#pragma once

#include "crypto/certificate.h"

namespace aipg::attest::nras {

struct Jwk {
  std::string kid;
  crypto::EcPublicKey key;
  crypto::Certificate certificate;  // of this very key
  std::vector<Bytes> issuers;       // the rest of x5c, not looked at
};

class Jwks {
 public:
  [[nodiscard]] static Result<Jwks> parse(ByteView document);
  [[nodiscard]] const Jwk* find(std::string_view kid) const;
  [[nodiscard]] const std::vector<Jwk>& keys() const { return keys_; }

 private:
  Jwks() = default;
  std::vector<Jwk> keys_;
};

// The key's certificate was issued by one of `pinned` (DER of intermediates),
// for signing, and both are valid at `at`.
[[nodiscard]] Result<void> check_key_chain(const Jwk& key, const std::vector<Bytes>& pinned, Instant at);

}  // namespace aipg::attest::nras
