// SPDX-License-Identifier: Apache-2.0
#include "seal/key_ring.h"

#include <gtest/gtest.h>

#include "seal/seal_fixture.h"

namespace aipg::seal {

struct KeyRingTestPeer {
  using State = KeyRing::State;
  static State& state(KeyRing& ring) { return *ring.state_; }
};

namespace {

using fixture::Suite;

KeyRingTestPeer::State& state(KeyRing& ring) { return KeyRingTestPeer::state(ring); }

KeyRingTestPeer::State::ReplayKey replay_key(std::uint8_t number) { return {number}; }

TEST(KeyRing, FindsKeysBySuiteAndKid) {
  KeyRing ring;
  const auto keyset = fixture::make_keyset(1);
  ring.add(keyset);
  const Hash256 kid = keyset->keys[0].first;
  EXPECT_TRUE(state(ring).find(kid, Suite::x25519));
  EXPECT_FALSE(state(ring).find(kid, Suite::xwing));
  EXPECT_FALSE(state(ring).find(Hash256{}, Suite::x25519));
}

TEST(KeyRing, WipesRetiredKeysForEveryHolder) {
  KeyRing ring;
  const auto keyset = fixture::make_keyset(1);
  ring.add(keyset);
  // clear() leaves the vector's memory in place, so what was wiped can be seen.
  const std::uint8_t* seed = keyset->keys[0].second.seed().reveal().data();
  ASSERT_FALSE(all_zero({seed, 32}));
  ring.retire(keyset->keyset_id);
  EXPECT_EQ(ring.keysets(), 0U);
  EXPECT_TRUE(keyset->keys.empty());
  EXPECT_TRUE(all_zero({seed, 32}));
}

TEST(KeyRing, KeepsTheReceiptKeyForRunningJobs) {
  KeyRing ring;
  const auto keyset = fixture::make_keyset(1);
  const auto before = keyset->receipt_key.public_key();
  ring.add(keyset);
  ring.retire(keyset->keyset_id);
  const auto signature = keyset->receipt_key.sign(as_bytes("done"));
  EXPECT_TRUE(crypto::ed25519_verify(before, as_bytes("done"), signature));
}

TEST(KeyRing, IgnoresRetiringWhatItDoesNotHold) {
  KeyRing ring;
  ring.add(fixture::make_keyset(1));
  ring.retire(Hash256{});
  EXPECT_EQ(ring.keysets(), 1U);
}

TEST(KeyRing, RemembersARequestUntilEveryKeyHeldThenIsWiped) {
  KeyRing ring;
  const auto one = fixture::make_keyset(1), two = fixture::make_keyset(2), three = fixture::make_keyset(3);
  ring.add(one);
  ASSERT_TRUE(state(ring).remember(replay_key(1)));  // while only one was held
  ring.add(two);
  ASSERT_TRUE(state(ring).remember(replay_key(2)));  // while one and two were held
  EXPECT_TRUE(state(ring).seen(replay_key(1)));

  ring.retire(one->keyset_id);
  EXPECT_FALSE(state(ring).seen(replay_key(1)));
  EXPECT_TRUE(state(ring).seen(replay_key(2)));
  ASSERT_TRUE(state(ring).remember(replay_key(3)));  // while only two was held
  ring.add(three);
  ring.retire(two->keyset_id);
  EXPECT_FALSE(state(ring).seen(replay_key(2)));
  EXPECT_FALSE(state(ring).seen(replay_key(3)));
  EXPECT_EQ(state(ring).used(), 0U);
}

TEST(KeyRing, ForgetsNothingWhenTheNewerKeysetGoesFirst) {
  KeyRing ring;
  const auto one = fixture::make_keyset(1), two = fixture::make_keyset(2);
  ring.add(one);
  ring.add(two);
  ASSERT_TRUE(state(ring).remember(replay_key(1)));
  ring.retire(two->keyset_id);
  EXPECT_TRUE(state(ring).seen(replay_key(1)));
  ASSERT_TRUE(state(ring).remember(replay_key(2)));
  ring.retire(one->keyset_id);
  EXPECT_FALSE(state(ring).seen(replay_key(1)));
  EXPECT_FALSE(state(ring).seen(replay_key(2)));
}

TEST(KeyRing, AsksForRotationAtThreeQuartersAndRefusesWhenFull) {
  KeyRing ring(4);
  ring.add(fixture::make_keyset(1));
  EXPECT_TRUE(state(ring).remember(replay_key(1)));
  EXPECT_TRUE(state(ring).remember(replay_key(2)));
  EXPECT_FALSE(ring.wants_early_rotation());
  EXPECT_TRUE(state(ring).remember(replay_key(3)));
  EXPECT_TRUE(ring.wants_early_rotation());
  EXPECT_TRUE(state(ring).remember(replay_key(4)));
  EXPECT_FALSE(state(ring).remember(replay_key(5)));
  // Nothing was pushed out to make room.
  for (std::uint8_t i = 1; i <= 4; ++i) EXPECT_TRUE(state(ring).seen(replay_key(i)));
}

TEST(KeyRing, OpensWithTheOldKeysetUntilItIsRetired) {
  fixture::Worker worker(1);
  const auto to_old = fixture::must_seal(fixture::request_to({&worker}), 70).wire;
  const auto to_old_later = fixture::must_seal(fixture::request_to({&worker}), 71).wire;
  worker.ring.add(fixture::make_keyset(2));
  RequestOpener during = worker.opener();
  EXPECT_EQ(fixture::feed_all(during, to_old), "");
  worker.ring.retire(worker.secrets->keyset_id);
  RequestOpener after = worker.opener();
  EXPECT_EQ(fixture::feed_all(after, to_old_later), "worker_key_expired");
}

}  // namespace
}  // namespace aipg::seal
