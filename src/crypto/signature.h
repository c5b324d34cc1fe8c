// SPDX-License-Identifier: Apache-2.0
// Signatures as evidence carries them: ECDSA P-256/P-384 as raw r‖s, Ed25519.
// Verification is a yes or no; r or s = 0 or ≥ n is no. High-S is legal.
// PrivateKey is for the simulator and for receipts; wiped. Threads: const
// calls from any thread.
#pragma once

#include <memory>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/random.h"

namespace aipg::crypto {

enum class Curve : std::uint8_t { p256, p384 };

// A public key parsed once and used often. Refuses points off the curve or at
// infinity, and anything but an uncompressed point. Error: invalid_public_key.
class EcPublicKey {
 public:
  // x ‖ y, without the leading 04.
  [[nodiscard]] static Result<EcPublicKey> from_xy(Curve curve, ByteView xy);
  EcPublicKey(EcPublicKey&&) noexcept;
  EcPublicKey& operator=(EcPublicKey&&) noexcept;
  EcPublicKey(const EcPublicKey&);
  EcPublicKey& operator=(const EcPublicKey&);
  ~EcPublicKey();

  [[nodiscard]] Curve curve() const;
  [[nodiscard]] ByteView xy() const;
  // P-256 hashes with SHA-256, P-384 with SHA-384. `rs` is 64 or 96 bytes.
  [[nodiscard]] bool verify(ByteView message, ByteView rs) const;

 private:
  struct State;
  explicit EcPublicKey(std::shared_ptr<const State> state);  // immutable, so sharing is safe
  std::shared_ptr<const State> state_;
};

class EcPrivateKey {
 public:
  [[nodiscard]] static EcPrivateKey generate(Curve curve);
  // From a scalar, big-endian, fixed width. Error: invalid_private_key.
  [[nodiscard]] static Result<EcPrivateKey> from_scalar(Curve curve, ByteView scalar);
  EcPrivateKey(EcPrivateKey&&) noexcept;
  EcPrivateKey& operator=(EcPrivateKey&&) noexcept;
  ~EcPrivateKey();

  [[nodiscard]] const EcPublicKey& public_key() const;
  [[nodiscard]] Bytes sign(ByteView message) const;  // raw r‖s
  [[nodiscard]] SecretBytes scalar() const;

 private:
  struct State;
  explicit EcPrivateKey(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Ed25519 (RFC 8032), public key 32 bytes, signature 64.
[[nodiscard]] bool ed25519_verify(ByteView public_key, ByteView message, ByteView signature);

class Ed25519PrivateKey {
 public:
  static Ed25519PrivateKey from_seed(Secret32 seed);
  static Ed25519PrivateKey generate(Rng& rng) { return from_seed(rng.secret<32>()); }
  [[nodiscard]] const ByteArray<32>& public_key() const { return public_key_; }
  [[nodiscard]] ByteArray<64> sign(ByteView message) const;

 private:
  Ed25519PrivateKey(SecretArray<64> key, ByteArray<32> public_key) : key_(std::move(key)), public_key_(public_key) {}
  SecretArray<64> key_;
  ByteArray<32> public_key_;
};

}  // namespace aipg::crypto
