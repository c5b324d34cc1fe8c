// SPDX-License-Identifier: Apache-2.0
#include "gateway/known_keys.h"

#include <gtest/gtest.h>

#include "gateway/held_store_for_tests.h"
#include "net/loopback_test.h"

namespace aipg::gateway {
namespace {

class KnownKeysTest : public testing::Test {
 protected:
  net::TemporaryFolder folder;
  crypto::SystemRng rng;
  ManualClock clock{Instant{1'000'000}};
  HeldStore store{store::open_sqlite_store(folder.file("gateway.db"), rng).value()};
  KnownKeys keys{store, clock};
};

TEST_F(KnownKeysTest, AsksTheStoreOnceASecondForAGoodKey) {
  const std::string key = store.create_key("a", clock.now()).value();
  const auto id = store.list_keys()->at(0).id;
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(keys.check(key).value(), id);
    clock.advance(milliseconds(99));
  }
  EXPECT_EQ(store.keys_checked, 1);
  clock.advance(milliseconds(10));
  EXPECT_EQ(keys.check(key).value(), id);
  EXPECT_EQ(store.keys_checked, 2);
}

TEST_F(KnownKeysTest, RefusesARevokedKeyASecondLaterAtMost) {
  const std::string key = store.create_key("a", clock.now()).value(),
                    other = store.create_key("b", clock.now()).value();
  EXPECT_TRUE(keys.check(key).value());
  ASSERT_TRUE(store.revoke_key(*keys.check(key).value(), clock.now()));
  clock.advance(kKeyKnown);
  EXPECT_FALSE(keys.check(key).value());
  EXPECT_TRUE(keys.check(other).value());
}

TEST_F(KnownKeysTest, SaysWhetherTheStoreCanBeAsked) {
  EXPECT_TRUE(keys.readable());
  EXPECT_EQ(store.keys_checked, 1);
  store.unreadable = true;
  EXPECT_FALSE(keys.readable());
}

// One that was just made is good at once, and nothing is remembered of one that is not.
TEST_F(KnownKeysTest, AsksEachTimeForAKeyThatIsNoGood) {
  const std::string key = store.create_key("a", clock.now()).value();
  EXPECT_TRUE(keys.check(key).value());
  for (const std::string& bad : {std::string(), key + " ", key.substr(0, key.size() - 1), std::string("grid_x")}) {
    EXPECT_FALSE(keys.check(bad).value()) << bad;
    EXPECT_FALSE(keys.check(bad).value()) << bad;
  }
  EXPECT_EQ(store.keys_checked, 9);
}

}  // namespace
}  // namespace aipg::gateway
