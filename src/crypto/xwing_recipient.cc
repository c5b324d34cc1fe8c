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

struct ExpandedKey {
  bssl::UniquePtr<EVP_PKEY> mlkem;
  Secret32 x25519;
};

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
ExpandedKey expand(const Secret32& seed) {
  SecretArray<96> expanded;
  bssl::ScopedEVP_MD_CTX hash;
  if (EVP_DigestInit_ex(hash.get(), EVP_shake256(), nullptr) != 1 ||
      EVP_DigestUpdate(hash.get(), seed.reveal().data(), seed.size()) != 1 ||
      EVP_DigestFinalXOF(hash.get(), expanded.reveal_mutable().data(), expanded.size()) != 1) {
    __builtin_trap();
  }
  return {mlkem_key(expanded.reveal().first(64)), Secret32(expanded.reveal().subspan(64))};
}

}  // namespace

Bytes public_key_from_seed(const Secret32& seed) {
  ExpandedKey key = expand(seed);
  Bytes out(kMlkemPublicKeyBytes);
  std::size_t size = out.size();
  if (EVP_PKEY_get_raw_public_key(key.mlkem.get(), out.data(), &size) != 1 || size != out.size()) __builtin_trap();
  append(out, x25519_public_key(key.x25519));
  return out;
}

std::optional<Secret32> decapsulate(const Secret32& seed, ByteView ciphertext) {
  if (ciphertext.size() != kCiphertextBytes) return std::nullopt;
  ByteView mlkem_ciphertext = ciphertext.first(kMlkemCiphertextBytes);
  ByteView x25519_ciphertext = ciphertext.subspan(kMlkemCiphertextBytes);
  ExpandedKey key = expand(seed);

  std::optional<Secret32> x25519_secret = x25519(key.x25519, x25519_ciphertext);
  if (!x25519_secret) return std::nullopt;

  Secret32 mlkem_secret;
  std::size_t size = mlkem_secret.size();
  bssl::UniquePtr<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(key.mlkem.get(), nullptr));
  if (!context || EVP_PKEY_decapsulate(context.get(), mlkem_secret.reveal_mutable().data(), &size,
                                       mlkem_ciphertext.data(), mlkem_ciphertext.size()) != 1) {
    ERR_clear_error();
    return std::nullopt;
  }
  return combine(mlkem_secret, *x25519_secret, x25519_ciphertext, x25519_public_key(key.x25519));
}

}  // namespace aipg::crypto::xwing
