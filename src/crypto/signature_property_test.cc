// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "crypto/random.h"
#include "crypto/signature.h"

namespace aipg::crypto {
namespace {

RC_GTEST_PROP(Ed25519, RefusesAnyFlippedBit, (const Bytes& message, std::uint16_t bit)) {
  SystemRng rng;
  auto key = Ed25519PrivateKey::generate(rng);
  auto signature = key.sign(message);
  RC_ASSERT(ed25519_verify(key.public_key(), message, signature));
  signature[bit / 8 % 64] ^= static_cast<std::uint8_t>(1 << (bit % 8));
  RC_ASSERT(!ed25519_verify(key.public_key(), message, signature));
}

}  // namespace
}  // namespace aipg::crypto
