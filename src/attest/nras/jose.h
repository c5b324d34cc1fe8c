// SPDX-License-Identifier: Apache-2.0
// The one kind of signed token that NVIDIA's attestation service makes: a
// compact JWS whose header is exactly a kid and "alg":"ES384", with a P-384
// signature of 96 bytes. Structure only: nothing in it is authentic until
// signed_by() says so, and the algorithm is never the token's choice. Refuses
// any other header member (jku, jwk, x5c, crit, typ, …), base64url that is not
// canonical, more than 256 KiB. Views borrow `compact`. Pure.
// Errors: jws_invalid (where says the part), jws_header, jws_algorithm.
// Source: RFC 7515; FORMATS.md 2.
#pragma once

#include <string>

#include "base/result.h"
#include "crypto/signature.h"

namespace aipg::attest::nras {

inline constexpr std::size_t kMaxJwsBytes = 256 << 10;

struct Jws {
  std::string_view compact;
  std::string_view signing_input;  // header and claims as they stand, with the dot
  std::string kid;                 // printable ASCII
  Bytes claims;                    // decoded; not looked at
  Bytes signature;                 // r ‖ s

  [[nodiscard]] bool signed_by(const crypto::EcPublicKey& key) const {
    return key.curve() == crypto::Curve::p384 && key.verify(as_bytes(signing_input), signature);
  }
};

[[nodiscard]] Result<Jws> parse_jws(std::string_view compact);

}  // namespace aipg::attest::nras
