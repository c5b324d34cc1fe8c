// SPDX-License-Identifier: Apache-2.0
#include <openssl/bn.h>
#include <openssl/digest.h>
#include <openssl/err.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>

#include "codec/der.h"
#include "crypto/certificate.h"
#include "crypto/digest.h"

namespace aipg::crypto {

namespace der = codec::der;

// AMD's keys have 4096 bits.
constexpr unsigned kMinBits = 2048;
constexpr unsigned kMaxBits = 4096;
constexpr int kSaltBytes = 48;

struct RsaPublicKey::State {
  bssl::UniquePtr<RSA> key;
};

Result<RsaPublicKey> RsaPublicKey::from_der(ByteView rsa_public_key) {
  AIPG_CHECK(der::check_strict(rsa_public_key));
  AIPG_TRY(der::Element whole, der::parse_single(rsa_public_key, der::kSequence));
  der::Reader fields(whole.content);
  AIPG_TRY(der::Element modulus, fields.next(der::kInteger));
  AIPG_TRY(der::Element exponent, fields.next(der::kInteger));
  AIPG_CHECK(fields.finish());
  AIPG_TRY(Bytes modulus_bytes, der::to_fixed(modulus, kMaxBits / 8));
  AIPG_TRY(std::uint64_t exponent_value, der::to_uint(exponent));

  bssl::UniquePtr<BIGNUM> n(BN_bin2bn(modulus_bytes.data(), modulus_bytes.size(), nullptr));
  bssl::UniquePtr<BIGNUM> e(BN_new());
  if (!n || !e || BN_set_u64(e.get(), exponent_value) != 1) __builtin_trap();
  // Also refuses even numbers, and exponents that are too small or too large.
  bssl::UniquePtr<RSA> key(RSA_new_public_key(n.get(), e.get()));
  if (!key || RSA_bits(key.get()) < kMinBits) {
    ERR_clear_error();
    return fail("invalid_public_key", "rsa");
  }
  return RsaPublicKey(std::make_shared<const State>(std::move(key)));
}

bool RsaPublicKey::verify_pss_sha384(ByteView message, ByteView signature) const {
  Hash384 digest = sha384(message);
  if (RSA_verify_pss_mgf1(state_->key.get(), digest.data(), digest.size(), EVP_sha384(), EVP_sha384(), kSaltBytes,
                          signature.data(), signature.size()) == 1) {
    return true;
  }
  ERR_clear_error();
  return false;
}

bool RsaPublicKey::verify_pkcs1_sha256(ByteView message, ByteView signature) const {
  const Hash256 digest = sha256(message);
  if (RSA_verify(NID_sha256, digest.data(), digest.size(), signature.data(), signature.size(), state_->key.get()) ==
      1) {
    return true;
  }
  ERR_clear_error();
  return false;
}

unsigned RsaPublicKey::bits() const { return RSA_bits(state_->key.get()); }

}  // namespace aipg::crypto
