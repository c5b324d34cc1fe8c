// SPDX-License-Identifier: Apache-2.0
#include "crypto/random.h"

#include <gtest/gtest.h>

#include <set>

#include "crypto/pooled_rng.h"

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

TEST(PooledRng, HandsOutEveryByteOnceHoweverManyAreAskedForAtATime) {
  SystemRng system;
  PooledRng rng(system);
  std::set<ByteArray<16>> seen;
  for (int i = 0; i < 1'000; ++i) seen.insert(rng.array<16>());
  for (int i = 0; i < 1'000; ++i) {
    (void)rng.array<7>();  // so that a pool's end is met
    seen.insert(rng.array<16>());
  }
  EXPECT_EQ(seen.size(), 2'000U);
  EXPECT_NE((rng.array<5'000>()), (rng.array<5'000>()));
}

TEST(PooledRng, GivesWhatItsSourceGave) {
  Bytes script(4'096 + 5'000);
  for (std::size_t i = 0; i < script.size(); ++i) script[i] = static_cast<std::uint8_t>(i % 251);
  ScriptedRng source(script);
  PooledRng rng(source);
  EXPECT_TRUE(equal(rng.array<1'500>(), ByteView(script).first(1'500)));
  EXPECT_TRUE(equal(rng.array<600>(), ByteView(script).subspan(2'048, 600))) << "what is left of a pool is not enough";
  EXPECT_TRUE(equal(rng.array<5'000>(), ByteView(script).subspan(4'096))) << "more than a pool";
}

TEST(ScriptedRngDeathTest, StopsTheProgramWhenTheScriptEnds) {
  ScriptedRng rng({1, 2, 3});
  EXPECT_DEATH((void)rng.array<4>(), "");
}

}  // namespace
}  // namespace aipg::crypto
