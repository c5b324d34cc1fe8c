// SPDX-License-Identifier: Apache-2.0
#include "worker/bad_seals.h"

#include <gtest/gtest.h>

namespace aipg::worker {
namespace {

constexpr milliseconds kStart{5'000};

TEST(BadSeals, AreTooManyAtTheBoundAndUntilTheSecondHasPassed) {
  BadSeals seals;
  for (std::size_t i = 1; i < BadSeals::kMostPerSecond; ++i) seals.count(kStart);
  EXPECT_FALSE(seals.too_many(kStart));
  seals.count(kStart);
  EXPECT_TRUE(seals.too_many(kStart));
  EXPECT_TRUE(seals.too_many(kStart + milliseconds(999)));
  EXPECT_FALSE(seals.too_many(kStart + milliseconds(1'000)));
}

TEST(BadSeals, OfAnEarlierSecondDoNotCount) {
  BadSeals seals;
  for (std::size_t i = 0; i < BadSeals::kMostPerSecond; ++i) seals.count(kStart);
  seals.count(kStart + milliseconds(1'000));
  EXPECT_FALSE(seals.too_many(kStart + milliseconds(1'000)));
}

}  // namespace
}  // namespace aipg::worker
