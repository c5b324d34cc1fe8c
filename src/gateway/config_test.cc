// SPDX-License-Identifier: Apache-2.0
#include "gateway/config.h"

#include <gtest/gtest.h>

namespace aipg::gateway {
namespace {

std::string error_of(const Config& config) {
  const auto checked = check_config(config);
  return checked ? "" : std::string(checked.error().code.view());
}

TEST(GatewayConfig, TheDefaultsAreValid) { EXPECT_EQ(error_of({}), ""); }

TEST(GatewayConfig, RefusesPlainHttpWhereOthersCanReachIt) {
  EXPECT_EQ(error_of({.listen = "0.0.0.0:8443"}), "plain_not_loopback");
  EXPECT_EQ(error_of({.listen = "0.0.0.0:8443", .tls_certificate = "c", .tls_private_key = "k"}), "");
  EXPECT_EQ(error_of({.listen = "unix:/run/aipg.sock"}), "");
}

TEST(GatewayConfig, RefusesHalfOfTls) { EXPECT_EQ(error_of({.tls_certificate = "c"}), "tls_incomplete"); }

TEST(GatewayConfig, RefusesATokenThatAnybodyHas) {
  EXPECT_EQ(error_of({.worker_token = ""}), "worker_token_empty");
  EXPECT_EQ(error_of({.worker_token = "t"}), "");
}

TEST(GatewayConfig, RefusesWhatIsNoAddressOrLevel) {
  EXPECT_EQ(error_of({.listen = "nowhere"}), "invalid_address");
  EXPECT_EQ(error_of({.log_level = "loud"}), "invalid_log_level");
}

}  // namespace
}  // namespace aipg::gateway
