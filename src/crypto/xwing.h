// SPDX-License-Identifier: Apache-2.0
// X-Wing, the hybrid KEM of ML-KEM-768 and X25519: the sender's half and the
// combiner. The recipient's half is xwing_recipient.h.
// Source: draft-connolly-cfrg-xwing-kem.
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "crypto/random.h"

namespace aipg::crypto::xwing {

inline constexpr std::size_t kMlkemPublicKeyBytes = 1184;
inline constexpr std::size_t kMlkemCiphertextBytes = 1088;
inline constexpr std::size_t kPublicKeyBytes = kMlkemPublicKeyBytes + 32;    // ML-KEM ‖ X25519
inline constexpr std::size_t kCiphertextBytes = kMlkemCiphertextBytes + 32;  // ML-KEM ‖ X25519

struct Encapsulated {
  Bytes ciphertext;
  Secret32 shared_secret;
};

// Draws 64 bytes: 32 for ML-KEM, 32 as the ephemeral X25519 key.
// Error: hpke_public_key (wrong size, ML-KEM's modulus check, low-order point).
[[nodiscard]] Result<Encapsulated> encapsulate(ByteView public_key, Rng& rng);

// SHA3-256(ss_M ‖ ss_X ‖ ct_X ‖ pk_X ‖ label).
[[nodiscard]] Secret32 combine(const Secret32& mlkem_secret, const Secret32& x25519_secret, ByteView x25519_ciphertext,
                               ByteView x25519_public_key);

}  // namespace aipg::crypto::xwing
