// SPDX-License-Identifier: Apache-2.0
#include "worker/keysets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aipg::worker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr milliseconds kMinute{60'000};

class KeysetsTest : public ::testing::Test {
 protected:
  ManualClock clock{Instant{1'800'000'000'000}};
  crypto::SystemRng rng;
  Keysets keysets{clock, rng, "w-01", {}};
};

TEST_F(KeysetsTest, HaveBothSuitesAndAReceiptKey) {
  const auto& live = keysets.rotate();
  ASSERT_EQ(live.document.keys.size(), 2U);
  EXPECT_NE(live.document.find_suite(1), nullptr);
  EXPECT_NE(live.document.find_suite(2), nullptr);
  EXPECT_EQ(live.document.receipt_key, live.secrets->receipt_key.public_key());
  for (const auto& [kid, pair] : live.secrets->keys) EXPECT_NE(live.document.find_kid(kid), nullptr);
  EXPECT_EQ(attest::parse_keyset(live.document.bytes)->id, live.secrets->keyset_id);
}

TEST_F(KeysetsTest, LiveSixtyFiveMinutesAndRotateAfterSixty) {
  const auto& live = keysets.rotate();
  EXPECT_EQ(live.document.not_after - live.document.not_before, 65 * kMinute);
  EXPECT_FALSE(keysets.rotation_due());
  EXPECT_EQ(keysets.until_due(), 60 * kMinute);
  clock.advance(60 * kMinute);
  EXPECT_TRUE(keysets.rotation_due());
}

TEST_F(KeysetsTest, OldKeysAreWipedFiveAndAHalfMinutesAfterTheRotation) {
  const Hash256 first = keysets.rotate().document.id;
  clock.advance(60 * kMinute);
  keysets.rotate();
  EXPECT_EQ(keysets.until_due(), milliseconds(330'000));
  clock.advance(milliseconds(329'999));
  EXPECT_THAT(keysets.wipe_due(), IsEmpty());
  clock.advance(milliseconds(1));
  EXPECT_THAT(keysets.wipe_due(), ElementsAre(first));
  EXPECT_EQ(keysets.find(first), nullptr);
  EXPECT_EQ(keysets.ring().keysets(), 1U);
}

TEST_F(KeysetsTest, EndBeforeTheirKeysAreWiped) {
  const KeysetTimes times{.rotate_every = milliseconds(2'000), .retire_after = milliseconds(1'100)};
  EXPECT_LT(times.life(), times.rotate_every + times.retire_after);
}

TEST_F(KeysetsTest, AreNeverMoreAtOnceThanTheirTimesSay) {
  const KeysetTimes times{.rotate_every = milliseconds(1'000), .retire_after = milliseconds(6'000)};
  Keysets often(clock, rng, "w-1", times);
  std::size_t most = 0;
  for (int i = 0; i < 200; ++i) {
    if (often.rotation_due()) often.rotate();
    most = std::max(most, often.live().size());
    (void)often.wipe_due();
    clock.advance(milliseconds(100));
  }
  EXPECT_EQ(most, times.most_at_once());
}

TEST_F(KeysetsTest, WorkerTimeIgnoresAClockThatIsSet) {
  keysets.rotate();
  clock.advance(kMinute);
  clock.set_wall(Instant{0});
  EXPECT_EQ(keysets.worker_now(), Instant{1'800'000'060'000});
}

TEST_F(KeysetsTest, ARotationFollowsAClockThatIsAdjusted) {
  keysets.rotate();
  clock.advance(60 * kMinute);
  clock.set_wall(clock.now() + kMinute);
  EXPECT_EQ(keysets.jumped(), milliseconds(0));
  EXPECT_EQ(keysets.rotate().document.not_before, clock.now());
  EXPECT_EQ(keysets.worker_now(), clock.now());
}

TEST_F(KeysetsTest, ARotationDoesNotFollowAClockThatJumped) {
  for (const int minutes : {10, -10}) {
    keysets.rotate();
    clock.advance(60 * kMinute);
    const Instant before = clock.now();
    clock.set_wall(before + minutes * kMinute);
    EXPECT_EQ(keysets.jumped(), minutes * kMinute);
    EXPECT_EQ(keysets.rotate().document.not_before, before);
    EXPECT_EQ(keysets.worker_now(), before);
    clock.set_wall(before);
  }
}

TEST_F(KeysetsTest, FollowTheClockThatTheyAreHeldAgainst) {
  const Hash256 first = keysets.rotate().document.id;
  clock.set_wall(clock.now() + 10 * kMinute);
  EXPECT_FALSE(keysets.rotation_due());
  keysets.dispute();
  EXPECT_TRUE(keysets.rotation_due());
  EXPECT_EQ(keysets.rotate().document.not_before, clock.now());
  EXPECT_THAT(keysets.wipe_due(), ElementsAre(first)) << "nobody takes it for good";
  EXPECT_FALSE(keysets.rotation_due());
}

TEST_F(KeysetsTest, WhoHasTheClocksTimeIsNotMovedByADispute) {
  keysets.rotate();
  keysets.dispute();
  EXPECT_FALSE(keysets.rotation_due());
}

TEST_F(KeysetsTest, AreAllWipedAtTheEnd) {
  keysets.rotate();
  keysets.rotate();
  EXPECT_EQ(keysets.wipe_all().size(), 2U);
  EXPECT_EQ(keysets.ring().keysets(), 0U);
}

}  // namespace
}  // namespace aipg::worker
