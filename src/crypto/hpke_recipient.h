// SPDX-License-Identifier: Apache-2.0
// The recipient's half of HPKE: key pairs and SetupBaseR.
#pragma once

#include "crypto/hpke.h"
#include "crypto/xwing_recipient.h"

namespace aipg::crypto::hpke {

// A recipient's key pair. Move-only; the private half is wiped.
class KeyPair {
 public:
  // X25519: 32 random bytes are the private key. X-Wing: 32 random bytes are the seed.
  static KeyPair generate(Suite suite, Rng& rng);
  // From a 32-byte private key (X25519) or seed (X-Wing).
  static KeyPair from_seed(Suite suite, Secret32 seed);

  [[nodiscard]] Suite suite() const { return suite_; }
  [[nodiscard]] ByteView public_key() const { return public_key_; }
  [[nodiscard]] const Secret32& seed() const { return seed_; }
  // The KEM's own part of SetupBaseR; X25519's is the Diffie-Hellman secret. nullopt as xwing::DecapsulationKey.
  [[nodiscard]] std::optional<Secret32> decapsulate(ByteView enc) const;

 private:
  KeyPair(Suite suite, Secret32 seed);
  Suite suite_;
  Secret32 seed_;
  std::optional<xwing::DecapsulationKey> xwing_;
  Bytes public_key_;
};

// SetupBaseR. Errors: hpke_enc (wrong size, all-zero shared secret).
[[nodiscard]] Result<Context> setup_base_recipient(const KeyPair& key, ByteView enc, ByteView info);

}  // namespace aipg::crypto::hpke
