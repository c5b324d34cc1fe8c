// SPDX-License-Identifier: Apache-2.0
#include "crypto/xwing_recipient.h"

#include <openssl/digest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/experimental/kem_deterministic_api.h>
#include <openssl/nid.h>

#include "crypto/x25519.h"

namespace aipg::crypto::xwing {
namespace {

// A failure here is lack of memory or a bug: every seed is a key.
bssl::UniquePtr<EVP_PKEY> mlkem_key(ByteView seed) {
  bssl::UniquePtr<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_id(EVP_PKEY_KEM, nullptr));
  EVP_PKEY* key = nullptr;
  std::size_t seed_size = seed.size();
  if (!context || EVP_PKEY_CTX_kem_set_params(context.get(), NID_MLKEM768) != 1 ||
      EVP_PKEY_keygen_init(context.get()) != 1 ||
      EVP_PKEY_keygen_deterministic(context.get(), &key, seed.data(), &seed_size) != 1) {
    __builtin_trap();
  }
  return bssl::UniquePtr<EVP_PKEY>(key);
}

// SHAKE256(seed, 96): d ‖ z of ML-KEM, then the X25519 key.
SecretArray<96> expand(const Secret32& seed) {
  SecretArray<96> out;
  bssl::ScopedEVP_MD_CTX hash;
  if (EVP_DigestInit_ex(hash.get(), EVP_shake256(), nullptr) != 1 ||
      EVP_DigestUpdate(hash.get(), seed.reveal().data(), seed.size()) != 1 ||
      EVP_DigestFinalXOF(hash.get(), out.reveal_mutable().data(), out.size()) != 1) {
    __builtin_trap();
  }
  return out;
}

Bytes public_key_of(EVP_PKEY* mlkem, ByteView x25519_key) {
  Bytes out(kMlkemPublicKeyBytes);
  std::size_t size = out.size();
  if (EVP_PKEY_get_raw_public_key(mlkem, out.data(), &size) != 1 || size != out.size()) __builtin_trap();
  append(out, x25519_key);
  return out;
}

}  // namespace

struct DecapsulationKey::Expanded {
  explicit Expanded(ByteView parts)
      : mlkem(mlkem_key(parts.first(64))),
        x25519(parts.subspan(64)),
        public_key(public_key_of(mlkem.get(), x25519_public_key(x25519))) {}

  bssl::UniquePtr<EVP_PKEY> mlkem;
  Secret32 x25519;
  Bytes public_key;
};

DecapsulationKey::DecapsulationKey(const Secret32& seed)
    : expanded_(std::make_unique<const Expanded>(expand(seed).reveal())) {}
DecapsulationKey::DecapsulationKey(DecapsulationKey&& other) noexcept = default;
DecapsulationKey& DecapsulationKey::operator=(DecapsulationKey&& other) noexcept = default;
DecapsulationKey::~DecapsulationKey() = default;

ByteView DecapsulationKey::public_key() const { return expanded_->public_key; }

std::optional<Secret32> DecapsulationKey::decapsulate(ByteView ciphertext) const {
  if (ciphertext.size() != kCiphertextBytes) return std::nullopt;
  ByteView mlkem_ciphertext = ciphertext.first(kMlkemCiphertextBytes);
  ByteView x25519_ciphertext = ciphertext.subspan(kMlkemCiphertextBytes);

  std::optional<Secret32> x25519_secret = x25519(expanded_->x25519, x25519_ciphertext);
  if (!x25519_secret) return std::nullopt;

  Secret32 mlkem_secret;
  std::size_t size = mlkem_secret.size();
  bssl::UniquePtr<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(expanded_->mlkem.get(), nullptr));
  if (!context || EVP_PKEY_decapsulate(context.get(), mlkem_secret.reveal_mutable().data(), &size,
                                       mlkem_ciphertext.data(), mlkem_ciphertext.size()) != 1) {
    ERR_clear_error();
    return std::nullopt;
  }
  return combine(mlkem_secret, *x25519_secret, x25519_ciphertext, public_key().subspan(kMlkemPublicKeyBytes));
}

}  // namespace aipg::crypto::xwing
