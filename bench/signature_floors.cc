// SPDX-License-Identifier: Apache-2.0
#include "signature_floors.h"

#include <openssl/bn.h>
#include <openssl/digest.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include <array>
#include <cstdint>

namespace aipg::bench {
namespace {

// It would measure something else than it says.
void must(bool good) {
  if (!good) __builtin_trap();
}

struct Ecdsa {
  bssl::UniquePtr<EC_KEY> key{EC_KEY_new()};
  std::array<std::uint8_t, 48> digest{};
  std::size_t digest_bytes;
  bssl::UniquePtr<ECDSA_SIG> signature;

  Ecdsa(const EC_GROUP* group, std::size_t bytes) : digest_bytes(bytes) {
    digest.fill(0x5a);
    must(EC_KEY_set_group(key.get(), group) == 1 && EC_KEY_generate_key(key.get()) == 1);
    signature.reset(ECDSA_do_sign(digest.data(), digest_bytes, key.get()));
    must(signature != nullptr);
  }

  void verify(std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i) {
      must(ECDSA_do_verify(digest.data(), digest_bytes, signature.get(), key.get()) == 1);
    }
  }
};

struct RsaPss {
  static constexpr int kBits = 4096, kSalt = 48;
  bssl::UniquePtr<RSA> key{RSA_new()};
  std::array<std::uint8_t, 48> digest{};
  std::array<std::uint8_t, kBits / 8> signature{};

  RsaPss() {
    const bssl::UniquePtr<BIGNUM> exponent(BN_new());
    must(BN_set_word(exponent.get(), RSA_F4) == 1);
    must(RSA_generate_key_ex(key.get(), kBits, exponent.get(), nullptr) == 1);
    std::size_t written = 0;
    must(RSA_sign_pss_mgf1(key.get(), &written, signature.data(), signature.size(), digest.data(), digest.size(),
                           EVP_sha384(), EVP_sha384(), kSalt) == 1);
  }

  void verify(std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i) {
      must(RSA_verify_pss_mgf1(key.get(), digest.data(), digest.size(), EVP_sha384(), EVP_sha384(), kSalt,
                               signature.data(), signature.size()) == 1);
    }
  }
};

}  // namespace

struct SignatureFloors::Keys {
  Ecdsa p256{EC_group_p256(), 32}, p384{EC_group_p384(), 48};
  RsaPss rsa;
};

SignatureFloors::SignatureFloors() : keys_(std::make_unique<Keys>()) {}
SignatureFloors::~SignatureFloors() = default;

void SignatureFloors::p256(std::size_t count) const { keys_->p256.verify(count); }
void SignatureFloors::p384(std::size_t count) const { keys_->p384.verify(count); }
void SignatureFloors::rsa4096_pss(std::size_t count) const { keys_->rsa.verify(count); }

}  // namespace aipg::bench
