// SPDX-License-Identifier: Apache-2.0
#include "raw_aead.h"

#include <cstdio>
#include <cstdlib>

namespace aipg::bench {
namespace {

void require(bool good) {
  if (good) return;
  std::fputs("bench: the crypto library refused a chunk\n", stderr);
  std::exit(1);
}

}  // namespace

RawAead::RawAead() {
  const ByteArray<32> key{1};
  require(EVP_AEAD_CTX_init(&context_, EVP_aead_aes_256_gcm(), key.data(), key.size(), crypto::kAeadTagBytes,
                            nullptr) == 1);
}

void RawAead::seal(ByteView plaintext, MutableByteView out) {
  std::size_t size = 0;
  require(EVP_AEAD_CTX_seal(&context_, out.data(), &size, out.size(), nonce_.data(), nonce_.size(), plaintext.data(),
                            plaintext.size(), aad_.data(), aad_.size()) == 1);
}

void RawAead::open(ByteView sealed, MutableByteView out) {
  std::size_t size = 0;
  require(EVP_AEAD_CTX_open(&context_, out.data(), &size, out.size(), nonce_.data(), nonce_.size(), sealed.data(),
                            sealed.size(), aad_.data(), aad_.size()) == 1);
}

}  // namespace aipg::bench
