// SPDX-License-Identifier: Apache-2.0
#include "gateway/limits.h"

#include <gtest/gtest.h>

#include "gateway/seal_ration.h"

namespace aipg::gateway {
namespace {

constexpr std::string_view kPeer = "192.0.2.7";

class LimitsTest : public testing::Test {
 protected:
  // How long to wait, in seconds; 0: not at all.
  long job(const std::string& key, std::string_view peer = kPeer) {
    auto may = limits.begin_job(key, peer);
    if (!may) return static_cast<long>(may.error().count());
    jobs.push_back(*std::move(may));
    return 0;
  }
  long request(std::string_view peer = kPeer) { return waits(limits.request(peer)); }
  long challenges(std::size_t n, const std::optional<std::string>& key = {}, std::string_view peer = kPeer) {
    return waits(limits.challenges(key, peer, n));
  }
  static long waits(const std::expected<void, seconds>& may) {
    return may ? 0 : static_cast<long>(may.error().count());
  }

  ManualClock clock{Instant{0}};
  Limits limits{clock};
  std::vector<Limits::Job> jobs;
};

TEST_F(LimitsTest, WithoutAnyEverythingGoes) {
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(request(), 0);
    EXPECT_EQ(challenges(64), 0);
    EXPECT_EQ(job("a"), 0);
  }
}

TEST_F(LimitsTest, RequestsOfAKey) {
  limits.set({.requests = 2}, {});
  EXPECT_EQ(job("a"), 0);
  EXPECT_EQ(job("a"), 0);
  EXPECT_EQ(job("a"), 30);
  EXPECT_EQ(job("b"), 0) << "another's";
  clock.advance(milliseconds(30'000));
  EXPECT_EQ(job("a"), 0);
}

TEST_F(LimitsTest, JobsOfAKeyAtOnce) {
  limits.set({.jobs = 2}, {});
  EXPECT_EQ(job("a"), 0);
  EXPECT_EQ(job("a"), 0);
  EXPECT_EQ(job("a"), 1);
  EXPECT_EQ(job("b"), 0);
  jobs.erase(jobs.begin());
  EXPECT_EQ(job("a"), 0);
}

TEST_F(LimitsTest, BytesOfAKeysEarlierRequests) {
  limits.set({.bytes = 1000}, {});
  EXPECT_EQ(job("a"), 0);
  jobs[0].received(1000);
  EXPECT_EQ(job("a"), 0) << "no more than it may";
  jobs[0].received(500);
  EXPECT_EQ(job("a"), 30);
  EXPECT_EQ(job("b"), 0);
}

TEST_F(LimitsTest, RequestsOfAnAddressWhateverTheyAre) {
  limits.set({}, {.requests = 2});
  EXPECT_EQ(request(), 0);
  EXPECT_EQ(request(), 0);
  EXPECT_EQ(request(), 30);
  EXPECT_EQ(request("192.0.2.8"), 0);
  EXPECT_EQ(request("127.0.0.1"), 0);
}

TEST_F(LimitsTest, JobsAndBytesOfAnAddressWithAnyKey) {
  limits.set({}, {.bytes = 1000, .jobs = 2});
  EXPECT_EQ(job("a"), 0);
  EXPECT_EQ(job("b"), 0);
  EXPECT_EQ(job("c"), 1);
  EXPECT_EQ(job("c", "192.0.2.8"), 0);
  jobs[0].received(1500);
  jobs.clear();
  EXPECT_EQ(job("c"), 30);
}

TEST_F(LimitsTest, ChallengesOfAnAddress) {
  limits.set({}, {.challenges = 60});
  EXPECT_EQ(challenges(40), 0);
  EXPECT_EQ(challenges(40), 20);
  EXPECT_EQ(challenges(20), 0) << "what was refused counts for nothing";
}

TEST_F(LimitsTest, ChallengesOfAKeyFromAnywhere) {
  limits.set({.challenges = 60}, {.challenges = 90});
  EXPECT_EQ(challenges(40, "a", "192.0.2.8"), 0);
  EXPECT_EQ(challenges(40, "a", "127.0.0.1"), 20);
  EXPECT_EQ(challenges(40, "a"), 20);
  EXPECT_EQ(challenges(60, "b"), 0) << "another's";
  EXPECT_EQ(challenges(30), 0) << "what was refused counts for nobody, and nobody's key is needed";
  EXPECT_EQ(challenges(3), 2);
  EXPECT_EQ(challenges(20, "a", "127.0.0.1"), 0);
}

TEST_F(LimitsTest, WhatIsRefusedTakesNothing) {
  limits.set({.requests = 10}, {.jobs = 1});
  EXPECT_EQ(job("a"), 0);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(job("b"), 1);
  jobs.clear();
  EXPECT_EQ(job("b"), 0);
}

TEST_F(LimitsTest, NewOnesHoldAtOnce) {
  limits.set({.jobs = 1}, {});
  EXPECT_EQ(job("a"), 0);
  EXPECT_EQ(job("a"), 1);
  limits.set({.jobs = 2}, {});
  EXPECT_EQ(job("a"), 0);
}

TEST_F(LimitsTest, AJobThatBeganWithoutLimitsEndsUnderThem) {
  EXPECT_EQ(job("a"), 0);
  limits.set({.jobs = 1}, {.jobs = 1});
  jobs[0].received(100);
  jobs.clear();
  EXPECT_EQ(job("a"), 0);
  EXPECT_EQ(job("a"), 1);
}

class SealRationTest : public testing::Test {
 protected:
  bool opens(const std::string& key, std::string_view peer) { return ration.wait(key, peer, now) == milliseconds{}; }
  SealRation ration{3};
  milliseconds now{1'000};
};

TEST_F(SealRationTest, OpensNoMoreForAKeyWhoseSealsWereNone) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(opens("a", "127.0.0.1"));
    ration.refused("a", "127.0.0.1", now);
  }
  EXPECT_EQ(ration.wait("a", "127.0.0.1", now), milliseconds(20'000));
  EXPECT_TRUE(opens("b", "127.0.0.1"));
  now += milliseconds(20'000);
  EXPECT_TRUE(opens("a", "127.0.0.1"));
}

TEST_F(SealRationTest, NorForAnAddressThatTriesOtherKeys) {
  for (const char* key : {"a", "b", "c"}) ration.refused(key, kPeer, now);
  EXPECT_FALSE(opens("d", kPeer));
  EXPECT_TRUE(opens("d", "192.0.2.8"));
}

TEST_F(SealRationTest, OfNoneOpensAll) {
  SealRation none(0);
  for (int i = 0; i < 1000; ++i) none.refused("a", kPeer, now);
  EXPECT_EQ(none.wait("a", kPeer, now), milliseconds{});
}

}  // namespace
}  // namespace aipg::gateway
