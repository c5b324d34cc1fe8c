// SPDX-License-Identifier: Apache-2.0
#include "net/connection_counts.h"

#include <gtest/gtest.h>

#include <vector>

namespace aipg::net {
namespace {

class ConnectionCountsTest : public testing::Test {
 protected:
  bool enters(std::string_view peer) {
    inside.push_back(counts->enter(peer));
    return inside.back() != nullptr;
  }
  const std::shared_ptr<ConnectionCounts> counts = std::make_shared<ConnectionCounts>();
  std::vector<std::shared_ptr<const void>> inside;
};

TEST_F(ConnectionCountsTest, WithoutLimitsEverybodyEnters) {
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(enters("192.0.2.7"));
  EXPECT_EQ(counts->refused(), 0U);
}

TEST_F(ConnectionCountsTest, OneNetworkHasNoMoreThanItMay) {
  counts->set({.of_network = 2});
  EXPECT_TRUE(enters("2001:db8::1"));
  EXPECT_TRUE(enters("2001:db8::2"));
  EXPECT_FALSE(enters("2001:db8::3"));
  EXPECT_TRUE(enters("2001:db8:0:1::1")) << "another network";
  inside.clear();
  EXPECT_TRUE(enters("2001:db8::3"));
  EXPECT_EQ(counts->refused(), 1U);
}

TEST_F(ConnectionCountsTest, ThisMachinesOwnCountOnlyWithAll) {
  counts->set({.all = 3, .of_network = 1});
  for (const char* own : {"127.0.0.1", "::1", "unix"}) EXPECT_TRUE(enters(own));
  EXPECT_FALSE(enters("127.0.0.1"));
  EXPECT_FALSE(enters("192.0.2.7"));
  inside.erase(inside.begin());
  EXPECT_TRUE(enters("192.0.2.7"));
}

TEST_F(ConnectionCountsTest, NewLimitsAreForThoseThatCome) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(enters("192.0.2.7"));
  counts->set({.of_network = 2});
  EXPECT_FALSE(enters("192.0.2.7"));
  inside.erase(inside.begin(), inside.begin() + 2);
  EXPECT_TRUE(enters("192.0.2.7"));
}

}  // namespace
}  // namespace aipg::net
