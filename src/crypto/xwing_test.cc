// SPDX-License-Identifier: Apache-2.0
#include "crypto/xwing.h"

#include <gtest/gtest.h>

#include "crypto/xwing_recipient.h"

namespace aipg::crypto::xwing {
namespace {

class Xwing : public testing::Test {
 protected:
  SystemRng rng;
  Secret32 seed = rng.secret<32>();
  DecapsulationKey key{seed};
  Bytes public_key = to_bytes(key.public_key());
};

TEST_F(Xwing, BothSidesGetTheSameSecret) {
  EXPECT_EQ(public_key.size(), kPublicKeyBytes);
  auto sent = encapsulate(public_key, rng);
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->ciphertext.size(), kCiphertextBytes);
  auto received = key.decapsulate(sent->ciphertext);
  ASSERT_TRUE(received);
  EXPECT_TRUE(equal_ct(received->reveal(), sent->shared_secret.reveal()));
}

TEST_F(Xwing, ADamagedCiphertextGivesAnotherSecret) {
  auto sent = encapsulate(public_key, rng);
  for (std::size_t at : {std::size_t{0}, kMlkemCiphertextBytes - 1, kMlkemCiphertextBytes}) {
    Bytes damaged = sent->ciphertext;
    damaged[at] ^= 1;
    auto received = key.decapsulate(damaged);
    ASSERT_TRUE(received);
    EXPECT_FALSE(equal_ct(received->reveal(), sent->shared_secret.reveal())) << at;
  }
}

TEST_F(Xwing, DrawsExactly64Bytes) {
  ScriptedRng script(Bytes(64, 7));
  auto first = encapsulate(public_key, script);
  EXPECT_TRUE(script.exhausted());
  ScriptedRng same(Bytes(64, 7));
  EXPECT_EQ(first->ciphertext, encapsulate(public_key, same)->ciphertext);
}

TEST_F(Xwing, RefusesPublicKeysOfOtherSizes) {
  EXPECT_EQ(encapsulate(ByteView(public_key).first(kPublicKeyBytes - 1), rng).error().where, Literal("size"));
  public_key.push_back(0);
  EXPECT_EQ(encapsulate(public_key, rng).error(), (Error{"hpke_public_key", "size", kPublicKeyBytes + 1}));
}

TEST_F(Xwing, RefusesAnMlkemKeyWhoseCoefficientsAreNotReduced) {
  std::fill_n(public_key.begin(), 3, 0xff);  // two coefficients of 4095; the modulus is 3329
  EXPECT_EQ(encapsulate(public_key, rng).error(), (Error{"hpke_public_key", "mlkem"}));
}

TEST_F(Xwing, RefusesALowOrderPointOnEitherSide) {
  auto sent = encapsulate(public_key, rng);
  std::fill_n(public_key.begin() + kMlkemPublicKeyBytes, 32, 0);
  EXPECT_EQ(encapsulate(public_key, rng).error(), (Error{"hpke_public_key", "x25519"}));
  std::fill_n(sent->ciphertext.begin() + kMlkemCiphertextBytes, 32, 0);
  EXPECT_FALSE(key.decapsulate(sent->ciphertext));
}

TEST_F(Xwing, RefusesCiphertextsOfOtherSizes) {
  EXPECT_FALSE(key.decapsulate(Bytes(kCiphertextBytes - 1)));
  EXPECT_FALSE(key.decapsulate(Bytes(kCiphertextBytes + 1)));
}

}  // namespace
}  // namespace aipg::crypto::xwing
