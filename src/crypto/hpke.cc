// SPDX-License-Identifier: Apache-2.0
#include "crypto/hpke.h"

#include "base/byte_reader.h"
#include "crypto/aead.h"
#include "crypto/hpke_labels.h"
#include "crypto/x25519.h"
#include "crypto/xwing.h"

namespace aipg::crypto::hpke {

std::optional<Suite> suite_from(std::uint16_t id) {
  switch (static_cast<Suite>(id)) {
    case Suite::x25519:
    case Suite::xwing:
      return static_cast<Suite>(id);
  }
  return std::nullopt;
}

std::size_t public_key_bytes(Suite suite) { return suite == Suite::x25519 ? kX25519Bytes : xwing::kPublicKeyBytes; }

std::size_t enc_bytes(Suite suite) { return suite == Suite::x25519 ? kX25519Bytes : xwing::kCiphertextBytes; }

Context Context::schedule(std::uint16_t kem_id, std::uint16_t aead_id, ByteView shared_secret, ByteView info) {
  Context out;
  out.suite_id_ = to_array<10>(ByteWriter().text("HPKE").u16be(kem_id).u16be(kKdfHkdfSha256).u16be(aead_id).view());
  static constexpr std::uint8_t kModeBase = 0;
  Secret32 psk_id_hash = labeled_extract(out.suite_id_, {}, "psk_id_hash", {});
  Secret32 info_hash = labeled_extract(out.suite_id_, {}, "info_hash", info);
  ByteWriter context;
  context.u8(kModeBase).bytes(psk_id_hash.reveal()).bytes(info_hash.reveal());

  Secret32 secret = labeled_extract(out.suite_id_, shared_secret, "secret", {});
  labeled_expand(out.suite_id_, secret.reveal(), "key", context.view(), out.key_.reveal_mutable());
  labeled_expand(out.suite_id_, secret.reveal(), "base_nonce", context.view(), out.base_nonce_.reveal_mutable());
  labeled_expand(out.suite_id_, secret.reveal(), "exp", context.view(), out.exporter_secret_.reveal_mutable());
  return out;
}

Context Context::from_shared_secret(std::uint16_t kem_id, ByteView shared_secret, ByteView info) {
  return schedule(kem_id, kAeadAes256Gcm, shared_secret, info);
}

SecretArray<12> Context::nonce() const {
  SecretArray<12> out = base_nonce_.clone();
  MutableByteView bytes = out.reveal_mutable();
  for (std::size_t i = 0; i < 8; ++i) bytes[11 - i] ^= static_cast<std::uint8_t>(sequence_ >> (8 * i));
  return out;
}

Bytes Context::seal(ByteView aad, ByteView plaintext) {
  Bytes out(plaintext.size() + kAeadTagBytes);
  AeadSealer(key_, nonce()).seal(aad, plaintext, out);
  ++sequence_;
  return out;
}

Result<SecretBytes> Context::open(ByteView aad, ByteView ciphertext) {
  if (ciphertext.size() < kAeadTagBytes) return fail("hpke_open_failed");
  SecretBytes out;
  MutableByteView room = out.extend(ciphertext.size() - kAeadTagBytes);
  if (!AeadOpener(key_, nonce()).open(aad, ciphertext, room)) return fail("hpke_open_failed");
  ++sequence_;
  return out;
}

void Context::export_to(ByteView exporter_context, MutableByteView out) const {
  labeled_expand(suite_id_, exporter_secret_.reveal(), "sec", exporter_context, out);
}

Secret32 Context::export_secret(ByteView exporter_context) const {
  Secret32 out;
  export_to(exporter_context, out.reveal_mutable());
  return out;
}

namespace {

Result<Sender> setup_x25519(ByteView recipient_public_key, ByteView info, Rng& rng) {
  Secret32 ephemeral = rng.secret<32>();
  std::optional<Secret32> dh = x25519(ephemeral, recipient_public_key);
  if (!dh) return fail("hpke_public_key", "x25519");
  auto enc = x25519_public_key(ephemeral);
  Secret32 shared_secret = dhkem_shared_secret(*dh, enc, recipient_public_key);
  return Sender{to_bytes(enc), Context::from_shared_secret(kKemX25519, shared_secret.reveal(), info)};
}

Result<Sender> setup_xwing(ByteView recipient_public_key, ByteView info, Rng& rng) {
  AIPG_TRY(xwing::Encapsulated encapsulated, xwing::encapsulate(recipient_public_key, rng));
  return Sender{std::move(encapsulated.ciphertext),
                Context::from_shared_secret(kKemXwing, encapsulated.shared_secret.reveal(), info)};
}

}  // namespace

Result<Sender> setup_base_sender(Suite suite, ByteView recipient_public_key, ByteView info, Rng& rng) {
  return suite == Suite::x25519 ? setup_x25519(recipient_public_key, info, rng)
                                : setup_xwing(recipient_public_key, info, rng);
}

}  // namespace aipg::crypto::hpke
