// SPDX-License-Identifier: Apache-2.0
#include "crypto/x25519.h"

#include <openssl/curve25519.h>
#include <openssl/err.h>

namespace aipg::crypto {

ByteArray<kX25519Bytes> x25519_public_key(const Secret32& private_key) {
  ByteArray<kX25519Bytes> out;
  X25519_public_from_private(out.data(), private_key.reveal().data());
  return out;
}

std::optional<Secret32> x25519(const Secret32& private_key, ByteView peer_public_key) {
  if (peer_public_key.size() != kX25519Bytes) return std::nullopt;
  Secret32 shared;
  int ok = X25519(shared.reveal_mutable().data(), private_key.reveal().data(), peer_public_key.data());
  // The library reports an all-zero secret; looking again costs nothing.
  if (ok != 1 || all_zero(shared.reveal())) {
    ERR_clear_error();
    return std::nullopt;
  }
  return shared;
}

}  // namespace aipg::crypto
