// SPDX-License-Identifier: Apache-2.0
#include "gateway/roster.h"

#include <gtest/gtest.h>

namespace aipg::gateway {
namespace {

using std::chrono::minutes;

class RosterTest : public testing::Test {
 protected:
  // A keyset of this worker; `seed` makes its key, and so its kid.
  KeysetRecord record(const std::string& worker, std::uint8_t seed, const std::string& model = "m") {
    KeysetRecord out;
    out.keyset = attest::make_keyset(worker, clock_.now(), clock_.now() + minutes(60), {{1, Bytes(32, seed)}},
                                     ByteArray<32>{seed});
    out.models = {{model, {"/v1/chat/completions"}, {10, 20}}};
    out.evidence = std::make_shared<const Bytes>(1, seed);
    return out;
  }
  api::Directory directory() { return api::parse_directory(roster_.directory()).value(); }

  ManualClock clock_{Instant{1'800'000'000'000}};
  Roster roster_{clock_};
};

TEST_F(RosterTest, FindsAKeysetByIdAndByKid) {
  const KeysetRecord one = record("w-1", 1);
  roster_.publish(one);
  EXPECT_EQ(roster_.find_keyset(one.keyset.id)->keyset.worker_id, "w-1");
  EXPECT_EQ(roster_.find_kid(one.keyset.keys[0].kid)->keyset.id, one.keyset.id);
  EXPECT_EQ(roster_.find_kid(Hash256{9}), nullptr);
}

TEST_F(RosterTest, RetiredKeysAreForgottenAndNotCalledGone) {
  const KeysetRecord one = record("w-1", 1);
  roster_.publish(one);
  roster_.retire(one.keyset.id);
  EXPECT_EQ(roster_.find_kid(one.keyset.keys[0].kid), nullptr);
  EXPECT_FALSE(roster_.is_gone(one.keyset.keys[0].kid)) << "whoever sealed to it must look again";
}

TEST_F(RosterTest, AKeyStaysWithItsKeysetWhileAClientMayHoldIt) {
  const KeysetRecord live = record("w-1", 1), retired = record("w-2", 2);
  const Hash256 live_kid = live.keyset.keys[0].kid, retired_kid = retired.keyset.keys[0].kid;
  roster_.publish(live);
  roster_.publish(retired);
  roster_.retire(retired.keyset.id);
  EXPECT_TRUE(roster_.belongs_to_another(live_kid, retired.keyset.id));
  EXPECT_TRUE(roster_.belongs_to_another(retired_kid, live.keyset.id));
  EXPECT_FALSE(roster_.belongs_to_another(live_kid, live.keyset.id)) << "its new link may take over";
  clock_.advance(minutes(121));
  roster_.publish(record("w-3", 3));
  EXPECT_FALSE(roster_.belongs_to_another(retired_kid, live.keyset.id));
  EXPECT_TRUE(roster_.belongs_to_another(live_kid, retired.keyset.id)) << "as long as it is in use";
}

TEST_F(RosterTest, ASupersededKeysetIsRoutedToButNotListed) {
  const KeysetRecord old = record("w-1", 1), fresh = record("w-1", 2);
  roster_.publish(old);
  roster_.publish(fresh);
  EXPECT_NE(roster_.find_kid(old.keyset.keys[0].kid), nullptr);
  ASSERT_EQ(directory().entries.size(), 1u);
  EXPECT_EQ(directory().entries[0].keyset_id, fresh.keyset.id);
}

TEST_F(RosterTest, OffersAModelOnItsPathsOnly) {
  const KeysetRecord one = record("w-1", 1, "llama");
  EXPECT_NE(one.offer("llama", "/v1/chat/completions"), nullptr);
  EXPECT_EQ(one.offer("llama", "/v1/embeddings"), nullptr);
  EXPECT_EQ(one.offer("other", "/v1/chat/completions"), nullptr);
  roster_.publish(one);
  EXPECT_TRUE(roster_.offers("llama"));
  EXPECT_FALSE(roster_.offers("other"));
  EXPECT_EQ(roster_.models(), std::vector<std::string>{"llama"});
}

TEST_F(RosterTest, TheDirectoryIsReissuedOnChangeAtMostOnceASecond) {
  const std::uint64_t empty = directory().number;
  roster_.publish(record("w-1", 1));
  EXPECT_EQ(directory().number, empty) << "too soon";
  clock_.advance(milliseconds(1000));
  const std::uint64_t with_one = directory().number;
  EXPECT_GT(with_one, empty);
  clock_.advance(minutes(5));
  EXPECT_EQ(directory().number, with_one) << "nothing changed";
}

TEST_F(RosterTest, NumbersGrowEvenWhenTheWallClockIsSetBack) {
  const std::uint64_t first = directory().number;
  clock_.set_wall(Instant{1000});
  clock_.advance(milliseconds(1000));
  roster_.publish(record("w-1", 1));
  EXPECT_EQ(directory().number, first + 1);
}

}  // namespace
}  // namespace aipg::gateway
