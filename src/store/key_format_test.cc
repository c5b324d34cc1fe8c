// SPDX-License-Identifier: Apache-2.0
#include "store/key_format.h"

#include <gtest/gtest.h>

#include "crypto/digest.h"

namespace aipg::store {
namespace {

TEST(KeyFormat, IsAPrefixAnIdAndASecret) {
  Bytes script;
  for (std::uint8_t i = 0; i < 12; ++i) script.push_back(static_cast<std::uint8_t>(i * 32 + i));  // five low bits count
  script.insert(script.end(), 32, 0xff);
  crypto::ScriptedRng rng(script);
  const PresentedKey key = make_key(rng);
  EXPECT_EQ(write_key(key), "grid_abcdefghijkl__________________________________________8");
  EXPECT_TRUE(rng.exhausted());
}

TEST(KeyFormat, ReadsWhatItWrites) {
  crypto::SystemRng rng;
  const PresentedKey key = make_key(rng);
  const auto again = read_key(write_key(key));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->id, key.id);
  EXPECT_TRUE(equal_ct(again->secret.reveal(), key.secret.reveal()));
}

TEST(KeyFormat, RefusesEveryOtherForm) {
  crypto::SystemRng rng;
  const std::string good = write_key(make_key(rng));
  EXPECT_FALSE(read_key(""));
  EXPECT_FALSE(read_key(good + "A"));
  EXPECT_FALSE(read_key(good.substr(0, good.size() - 1)));
  EXPECT_FALSE(read_key("GRID_" + good.substr(5)));
  EXPECT_FALSE(read_key("grid_ABCDEFGHIJKL" + good.substr(17)));
  EXPECT_FALSE(read_key("grid_abcdefghijk1" + good.substr(17)));
  EXPECT_FALSE(read_key(good.substr(0, 17) + std::string(43, '+')));
  // The last character holds two bits only: another one would be a second spelling of the same secret.
  EXPECT_FALSE(read_key(good.substr(0, good.size() - 1) + "9"));
}

TEST(KeyFormat, MatchesTheSecretItWasMadeFromAndNoOther) {
  crypto::SystemRng rng;
  const PresentedKey key = make_key(rng);
  const KeyDigest kept = digest_key(key.secret, rng);
  EXPECT_EQ(kept.digest, crypto::sha256({kept.salt, key.secret.reveal()}));
  EXPECT_TRUE(matches(key.secret, kept));
  Secret32 other = key.secret.clone();
  other.reveal_mutable()[31] ^= 1;
  EXPECT_FALSE(matches(other, kept));
  EXPECT_FALSE(matches(key.secret, std::nullopt));
}

TEST(KeyFormat, SaltsDiffer) {
  crypto::SystemRng rng;
  const PresentedKey key = make_key(rng);
  EXPECT_NE(digest_key(key.secret, rng).digest, digest_key(key.secret, rng).digest);
}

}  // namespace
}  // namespace aipg::store
