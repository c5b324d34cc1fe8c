// SPDX-License-Identifier: Apache-2.0
#include "crypto/random.h"

#include <gtest/gtest.h>

namespace aipg::crypto {
namespace {

TEST(SystemRng, FillsDifferentlyEachTime) {
  SystemRng rng;
  EXPECT_NE(rng.array<32>(), rng.array<32>());
  rng.fill({});
}

TEST(ScriptedRng, HandsOutTheScriptInOrder) {
  ScriptedRng rng({1, 2, 3, 4, 5});
  EXPECT_EQ(rng.array<2>(), (ByteArray<2>{1, 2}));
  EXPECT_FALSE(rng.exhausted());
  EXPECT_TRUE(equal(rng.secret<3>().reveal(), Bytes{3, 4, 5}));
  EXPECT_TRUE(rng.exhausted());
}

TEST(ScriptedRngDeathTest, StopsTheProgramWhenTheScriptEnds) {
  ScriptedRng rng({1, 2, 3});
  EXPECT_DEATH((void)rng.array<4>(), "");
}

}  // namespace
}  // namespace aipg::crypto
