// SPDX-License-Identifier: Apache-2.0
#include "crypto/hpke_recipient.h"

#include "crypto/hpke_labels.h"
#include "crypto/x25519.h"
#include "crypto/xwing_recipient.h"

namespace aipg::crypto::hpke {

KeyPair KeyPair::generate(Suite suite, Rng& rng) { return from_seed(suite, rng.secret<32>()); }

KeyPair KeyPair::from_seed(Suite suite, Secret32 seed) {
  Bytes public_key = suite == Suite::x25519 ? to_bytes(x25519_public_key(seed)) : xwing::public_key_from_seed(seed);
  return {suite, std::move(seed), std::move(public_key)};
}

Result<Context> setup_base_recipient(const KeyPair& key, ByteView enc, ByteView info) {
  if (enc.size() != enc_bytes(key.suite())) return fail("hpke_enc", "size", enc.size());
  if (key.suite() == Suite::xwing) {
    std::optional<Secret32> shared_secret = xwing::decapsulate(key.seed(), enc);
    if (!shared_secret) return fail("hpke_enc", "x25519");
    return Context::from_shared_secret(kKemXwing, shared_secret->reveal(), info);
  }
  std::optional<Secret32> dh = x25519(key.seed(), enc);
  if (!dh) return fail("hpke_enc", "x25519");
  Secret32 shared_secret = dhkem_shared_secret(*dh, enc, key.public_key());
  return Context::from_shared_secret(kKemX25519, shared_secret.reveal(), info);
}

}  // namespace aipg::crypto::hpke
