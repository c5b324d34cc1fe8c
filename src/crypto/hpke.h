// SPDX-License-Identifier: Apache-2.0
// HPKE (RFC 9180), base mode, HKDF-SHA256 and AES-256-GCM, over two KEMs:
// DHKEM(X25519, HKDF-SHA256) and X-Wing. One key schedule serves both. What a
// sender needs is here; opening is in hpke_recipient.h, so that a program can
// be shown not to have it.
#pragma once

#include <optional>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/random.h"

namespace aipg::crypto::hpke {

// The protocol's suite ids.
enum class Suite : std::uint16_t { x25519 = 0x0001, xwing = 0x0002 };

[[nodiscard]] std::optional<Suite> suite_from(std::uint16_t id);
[[nodiscard]] std::size_t public_key_bytes(Suite suite);  // 32, 1216
[[nodiscard]] std::size_t enc_bytes(Suite suite);         // 32, 1120

// An established context: one message sealed or opened at sequence number 0,
// and the exporter. Move-only; wiped.
class Context {
 public:
  Context(Context&&) noexcept = default;
  Context& operator=(Context&&) noexcept = default;

  // Sealing and opening advance the sequence number.
  [[nodiscard]] Bytes seal(ByteView aad, ByteView plaintext);
  // Error: hpke_open_failed.
  [[nodiscard]] Result<SecretBytes> open(ByteView aad, ByteView ciphertext);
  [[nodiscard]] Secret32 export_secret(ByteView exporter_context) const;  // L = 32

  // KeySchedule of RFC 9180 §5.1 with mode base and no psk. The AEAD id only
  // enters the key schedule's suite id; messages are AES-256-GCM.
  static Context from_shared_secret(std::uint16_t kem_id, ByteView shared_secret, ByteView info);

 private:
  friend struct ContextTestPeer;  // vectors look at the schedule's parts
  Context() = default;
  static Context schedule(std::uint16_t kem_id, std::uint16_t aead_id, ByteView shared_secret, ByteView info);
  [[nodiscard]] SecretArray<12> nonce() const;
  void export_to(ByteView exporter_context, MutableByteView out) const;

  ByteArray<10> suite_id_{};
  Secret32 key_, exporter_secret_;
  SecretArray<12> base_nonce_;
  std::uint64_t sequence_ = 0;
};

struct Sender {
  Bytes enc;
  Context context;
};

// SetupBaseS. Errors: hpke_public_key (wrong size, low-order point, bad ML-KEM key).
[[nodiscard]] Result<Sender> setup_base_sender(Suite suite, ByteView recipient_public_key, ByteView info, Rng& rng);

}  // namespace aipg::crypto::hpke
