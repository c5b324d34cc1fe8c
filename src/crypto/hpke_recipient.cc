// SPDX-License-Identifier: Apache-2.0
#include "crypto/hpke_recipient.h"

#include "crypto/hpke_labels.h"
#include "crypto/x25519.h"

namespace aipg::crypto::hpke {

KeyPair KeyPair::generate(Suite suite, Rng& rng) { return from_seed(suite, rng.secret<32>()); }

KeyPair KeyPair::from_seed(Suite suite, Secret32 seed) { return {suite, std::move(seed)}; }

KeyPair::KeyPair(Suite suite, Secret32 seed) : suite_(suite), seed_(std::move(seed)) {
  if (suite == Suite::xwing) xwing_.emplace(seed_);
  public_key_ = xwing_ ? to_bytes(xwing_->public_key()) : to_bytes(x25519_public_key(seed_));
}

std::optional<Secret32> KeyPair::decapsulate(ByteView enc) const {
  return xwing_ ? xwing_->decapsulate(enc) : x25519(seed_, enc);
}

Result<Context> setup_base_recipient(const KeyPair& key, ByteView enc, ByteView info) {
  if (enc.size() != enc_bytes(key.suite())) return fail("hpke_enc", "size", enc.size());
  std::optional<Secret32> secret = key.decapsulate(enc);
  if (!secret) return fail("hpke_enc", "x25519");
  if (key.suite() == Suite::xwing) return Context::from_shared_secret(kKemXwing, secret->reveal(), info);
  Secret32 shared_secret = dhkem_shared_secret(*secret, enc, key.public_key());
  return Context::from_shared_secret(kKemX25519, shared_secret.reveal(), info);
}

}  // namespace aipg::crypto::hpke
