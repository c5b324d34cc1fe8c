// SPDX-License-Identifier: Apache-2.0
// RSA keys that sign as AMD's authorities do: PSS with SHA-384, MGF1-SHA-384
// and a salt of 48. For the simulator's PKI and for tests; not part of the
// verifier. Wiped. Threads: const calls from any thread.
#pragma once

#include "crypto/certificate.h"

namespace aipg::crypto {

class RsaPrivateKey {
 public:
  // Takes about a second for 4096 bits.
  [[nodiscard]] static RsaPrivateKey generate(unsigned bits);
  // PKCS#1 RSAPrivateKey, as private_der() writes it. Error: invalid_private_key.
  [[nodiscard]] static Result<RsaPrivateKey> from_der(ByteView rsa_private_key);
  RsaPrivateKey(RsaPrivateKey&&) noexcept;
  RsaPrivateKey& operator=(RsaPrivateKey&&) noexcept;
  ~RsaPrivateKey();

  [[nodiscard]] Bytes public_der() const;  // PKCS#1 RSAPublicKey
  [[nodiscard]] SecretBytes private_der() const;
  [[nodiscard]] Bytes sign_pss_sha384(ByteView message) const;

 private:
  struct State;
  explicit RsaPrivateKey(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace aipg::crypto
