// SPDX-License-Identifier: Apache-2.0
#include "crypto/rsa_private_key.h"

#include <openssl/bn.h>
#include <openssl/digest.h>
#include <openssl/err.h>
#include <openssl/mem.h>
#include <openssl/rsa.h>

#include "crypto/digest.h"

namespace aipg::crypto {

constexpr int kSaltBytes = 48;

struct RsaPrivateKey::State {
  bssl::UniquePtr<RSA> key;  // the library wipes what it frees
};

RsaPrivateKey::RsaPrivateKey(std::unique_ptr<State> state) : state_(std::move(state)) {}
RsaPrivateKey::RsaPrivateKey(RsaPrivateKey&&) noexcept = default;
RsaPrivateKey& RsaPrivateKey::operator=(RsaPrivateKey&&) noexcept = default;
RsaPrivateKey::~RsaPrivateKey() = default;

RsaPrivateKey RsaPrivateKey::generate(unsigned bits) {
  bssl::UniquePtr<RSA> key(RSA_new());
  bssl::UniquePtr<BIGNUM> exponent(BN_new());
  if (!key || !exponent || BN_set_word(exponent.get(), RSA_F4) != 1 ||
      RSA_generate_key_ex(key.get(), static_cast<int>(bits), exponent.get(), nullptr) != 1) {
    __builtin_trap();
  }
  return RsaPrivateKey(std::make_unique<State>(std::move(key)));
}

Result<RsaPrivateKey> RsaPrivateKey::from_der(ByteView rsa_private_key) {
  bssl::UniquePtr<RSA> key(RSA_private_key_from_bytes(rsa_private_key.data(), rsa_private_key.size()));
  if (!key) {
    ERR_clear_error();
    return fail("invalid_private_key", "rsa");
  }
  return RsaPrivateKey(std::make_unique<State>(std::move(key)));
}

Bytes RsaPrivateKey::public_der() const {
  std::uint8_t* out = nullptr;
  std::size_t size = 0;
  if (RSA_public_key_to_bytes(&out, &size, state_->key.get()) != 1) __builtin_trap();
  const bssl::UniquePtr<std::uint8_t> owned(out);
  return {out, out + size};
}

SecretBytes RsaPrivateKey::private_der() const {
  std::uint8_t* out = nullptr;
  std::size_t size = 0;
  if (RSA_private_key_to_bytes(&out, &size, state_->key.get()) != 1) __builtin_trap();
  const bssl::UniquePtr<std::uint8_t> owned(out);  // the library wipes what it frees
  return SecretBytes(ByteView(out, size));
}

Bytes RsaPrivateKey::sign_pss_sha384(ByteView message) const {
  const Hash384 digest = sha384(message);
  Bytes out(RSA_size(state_->key.get()));
  std::size_t size = 0;
  if (RSA_sign_pss_mgf1(state_->key.get(), &size, out.data(), out.size(), digest.data(), digest.size(), EVP_sha384(),
                        EVP_sha384(), kSaltBytes) != 1) {
    __builtin_trap();
  }
  out.resize(size);
  return out;
}

}  // namespace aipg::crypto
