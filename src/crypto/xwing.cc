// SPDX-License-Identifier: Apache-2.0
#include "crypto/xwing.h"

#include <openssl/digest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/experimental/kem_deterministic_api.h>
#include <openssl/nid.h>

#include "crypto/x25519.h"

namespace aipg::crypto::xwing {
namespace {

struct MlkemEncapsulated {
  ByteArray<kMlkemCiphertextBytes> ciphertext;
  Secret32 shared_secret;
};

// The library's encapsulation checks that the key's coefficients are reduced (FIPS 203, 7.2).
bool mlkem_encapsulate(ByteView public_key, const Secret32& randomness, MlkemEncapsulated& out) {
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_kem_new_raw_public_key(NID_MLKEM768, public_key.data(), public_key.size()));
  if (!key) return false;
  bssl::UniquePtr<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(key.get(), nullptr));
  if (!context) return false;
  std::size_t ciphertext_size = out.ciphertext.size();
  std::size_t secret_size = out.shared_secret.size();
  std::size_t seed_size = randomness.size();
  return EVP_PKEY_encapsulate_deterministic(context.get(), out.ciphertext.data(), &ciphertext_size,
                                            out.shared_secret.reveal_mutable().data(), &secret_size,
                                            randomness.reveal().data(), &seed_size) == 1;
}

}  // namespace

Secret32 combine(const Secret32& mlkem_secret, const Secret32& x25519_secret, ByteView x25519_ciphertext,
                 ByteView x25519_public_key) {
  static constexpr std::string_view kLabel = "\\.//^\\";
  Secret32 out;
  unsigned size = 0;
  bssl::ScopedEVP_MD_CTX hash;
  bool ok = EVP_DigestInit_ex(hash.get(), EVP_sha3_256(), nullptr) == 1;
  for (ByteView part :
       {mlkem_secret.reveal(), x25519_secret.reveal(), x25519_ciphertext, x25519_public_key, as_bytes(kLabel)}) {
    ok = ok && EVP_DigestUpdate(hash.get(), part.data(), part.size()) == 1;
  }
  if (!ok || EVP_DigestFinal_ex(hash.get(), out.reveal_mutable().data(), &size) != 1) __builtin_trap();
  return out;
}

Result<Encapsulated> encapsulate(ByteView public_key, Rng& rng) {
  if (public_key.size() != kPublicKeyBytes) return fail("hpke_public_key", "size", public_key.size());
  ByteView mlkem_key = public_key.first(kMlkemPublicKeyBytes);
  ByteView x25519_key = public_key.subspan(kMlkemPublicKeyBytes);
  Secret32 mlkem_randomness = rng.secret<32>();
  Secret32 ephemeral = rng.secret<32>();

  MlkemEncapsulated mlkem;
  if (!mlkem_encapsulate(mlkem_key, mlkem_randomness, mlkem)) {
    ERR_clear_error();
    return fail("hpke_public_key", "mlkem");
  }
  std::optional<Secret32> x25519_secret = x25519(ephemeral, x25519_key);
  if (!x25519_secret) return fail("hpke_public_key", "x25519");

  auto x25519_ciphertext = x25519_public_key(ephemeral);
  Bytes ciphertext = to_bytes(mlkem.ciphertext);
  append(ciphertext, x25519_ciphertext);
  return Encapsulated{std::move(ciphertext),
                      combine(mlkem.shared_secret, *x25519_secret, x25519_ciphertext, x25519_key)};
}

}  // namespace aipg::crypto::xwing
