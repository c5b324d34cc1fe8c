// SPDX-License-Identifier: Apache-2.0
// The peer of whatever seals and opens: the crypto library's AES-256-GCM, with
// nothing around it.
#pragma once

#include <openssl/aead.h>

#include "base/bytes.h"
#include "crypto/aead.h"

namespace aipg::bench {

class RawAead {
 public:
  RawAead();
  ~RawAead() { EVP_AEAD_CTX_cleanup(&context_); }
  RawAead(const RawAead&) = delete;
  RawAead& operator=(const RawAead&) = delete;

  // One chunk; `out` has room for the tag. Anything but success ends the program.
  void seal(ByteView plaintext, MutableByteView out);
  void open(ByteView sealed, MutableByteView out);

 private:
  EVP_AEAD_CTX context_{};
  ByteArray<12> nonce_{};
  ByteArray<4> aad_{};
};

}  // namespace aipg::bench
