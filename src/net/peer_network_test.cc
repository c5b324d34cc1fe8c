// SPDX-License-Identifier: Apache-2.0
#include "net/peer_network.h"

#include <gtest/gtest.h>

namespace aipg::net {
namespace {

TEST(PeerNetwork, IsAnAddressOrANetwork) {
  EXPECT_EQ(network_of("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(network_of("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(network_of("2001:db8:1:2:3::4"), "20010db800010002/64");
  EXPECT_EQ(network_of("2001:db8:1:2:ffff::"), "20010db800010002/64");
  EXPECT_NE(network_of("2001:db8:1:3::4"), network_of("2001:db8:1:2::4"));
  EXPECT_EQ(network_of("127.0.0.2"), "127.0.0.2");
}

TEST(PeerNetwork, IsNoneForThisMachine) {
  for (const char* own : {"127.0.0.1", "::1", "unix", "::ffff:127.0.0.1"}) EXPECT_EQ(network_of(own), std::nullopt);
}

}  // namespace
}  // namespace aipg::net
