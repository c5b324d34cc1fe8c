// SPDX-License-Identifier: Apache-2.0
#include "gateway/bucket.h"

#include <gtest/gtest.h>

namespace aipg::gateway {
namespace {

constexpr milliseconds kNow{5'000};

TEST(Bucket, TakesAMinutesWorthAtOnce) {
  Bucket bucket;
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(bucket.wait(kNow, 1, 60), milliseconds(0)) << i;
    bucket.take(kNow, 1, 60);
  }
  EXPECT_EQ(bucket.wait(kNow, 1, 60), milliseconds(1000));
}

TEST(Bucket, GivesItBackEvenly) {
  Bucket bucket;
  bucket.take(kNow, 60, 60);
  EXPECT_EQ(bucket.wait(kNow + milliseconds(999), 1, 60), milliseconds(1));
  EXPECT_EQ(bucket.wait(kNow + milliseconds(1000), 1, 60), milliseconds(0));
  EXPECT_EQ(bucket.wait(kNow + milliseconds(1000), 3, 60), milliseconds(2000));
  EXPECT_FALSE(bucket.empty(kNow + milliseconds(59'999)));
  EXPECT_TRUE(bucket.empty(kNow + milliseconds(60'000)));
}

TEST(Bucket, WaitsLongerForWhatWentOver) {
  Bucket bucket;
  bucket.take(kNow, 150, 60);
  EXPECT_EQ(bucket.wait(kNow, 0, 60), milliseconds(90'000));
}

TEST(Bucket, TakesMoreThanFitsInAMinuteWhenItIsEmpty) {
  Bucket bucket;
  EXPECT_EQ(bucket.wait(kNow, 1'000, 60), milliseconds(0));
  bucket.take(kNow, 1, 60);
  EXPECT_EQ(bucket.wait(kNow, 1'000, 60), milliseconds(1000));
}

TEST(Bucket, WithoutALimitIsNeverFull) {
  Bucket bucket;
  bucket.take(kNow, UINT64_MAX, 0);
  EXPECT_EQ(bucket.wait(kNow, UINT64_MAX, 0), milliseconds(0));
  EXPECT_TRUE(bucket.empty(kNow));
}

TEST(Bucket, KeepsNobodyWaitingForMoreThanADay) {
  Bucket bucket;
  bucket.take(kNow, UINT64_MAX, 1);
  EXPECT_LE(bucket.wait(kNow, 1, 1), std::chrono::hours(24));
}

struct Used {
  bool over = false;
  [[nodiscard]] bool idle(milliseconds) const { return over; }
};

TEST(UsageTable, ForgetsWhoIsIdle) {
  UsageTable<Used> table(100'000);
  for (int i = 0; i < 10'000; ++i) table.of(std::to_string(i), kNow + milliseconds(i)).over = true;
  EXPECT_LE(table.size(), 3'000U);
}

TEST(UsageTable, KeepsWhoIsNot) {
  UsageTable<Used> table(100'000);
  Used& first = table.of("first", kNow);
  for (int i = 0; i < 10'000; ++i) table.of(std::to_string(i), kNow).over = true;
  EXPECT_EQ(&table.of("first", kNow), &first);
}

TEST(UsageTable, LetsThoseBeyondItsSizeShareOne) {
  UsageTable<Used> table(3);
  EXPECT_EQ(table.find("a"), nullptr);
  for (const char* who : {"a", "b", "c"}) table.of(who, kNow).over = false;
  EXPECT_EQ(&table.of("d", kNow), &table.of("e", kNow));
  EXPECT_NE(&table.of("d", kNow), &table.of("c", kNow));
  EXPECT_EQ(table.find("d"), &table.of("d", kNow));
  EXPECT_EQ(table.size(), 3U);
}

}  // namespace
}  // namespace aipg::gateway
