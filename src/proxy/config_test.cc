// SPDX-License-Identifier: Apache-2.0
#include "proxy/config.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "net/loopback_test.h"

namespace aipg::proxy {
namespace {

std::string code(const Config& config) {
  const auto checked = check_config(config);
  return checked ? "" : std::string(checked.error().code.view());
}

TEST(ProxyConfig, ListensOnLoopbackAndUnixSockets) {
  EXPECT_EQ(code({}), "");
  for (const char* address : {"127.0.0.1:0", "[::1]:8117", "localhost:8117", "unix:/run/aipg.sock"}) {
    Config config;
    config.listen = {address};
    EXPECT_EQ(code(config), "") << address;
  }
  Config both;
  both.listen = {"127.0.0.1:8117", "unix:/run/aipg.sock"};
  ASSERT_TRUE(check_config(both));
  EXPECT_EQ(check_config(both)->listen.size(), 2U);
  EXPECT_FALSE(check_config(both)->door.addresses);
}

TEST(ProxyConfig, ListensBeyondThisMachineOnlyWhenToldToAndWithAToken) {
  for (const char* address : {"0.0.0.0:8117", "192.168.1.7:8117", "[::]:8117"}) {
    Config config;
    config.listen = {"127.0.0.1:8117", address};
    EXPECT_EQ(code(config), "listen_not_loopback") << address;
    config.token = "a-token-of-some-length";
    EXPECT_EQ(code(config), "listen_not_loopback") << address;
    config.allow_remote = true;
    ASSERT_EQ(code(config), "") << address;
    EXPECT_TRUE(check_config(config)->door.addresses);
    config.token.clear();
    EXPECT_EQ(code(config), "token_missing") << address;
  }
}

TEST(ProxyConfig, RefusesATokenThatCanBeGuessed) {
  Config config;
  config.token = "secret";
  EXPECT_EQ(code(config), "token_weak");
  config.token = std::string(16, 'x');
  EXPECT_EQ(code(config), "");
}

TEST(ProxyConfig, ReadsATokenFromAFileThatOnlyItsOwnerMayRead) {
  const net::TemporaryFolder folder;
  Config config;
  config.token_file = folder.file("token");
  EXPECT_EQ(code(config), "file_unreadable");
  std::ofstream(config.token_file) << "a-token-of-some-length\n";
  ::chmod(config.token_file.c_str(), 0644);
  EXPECT_EQ(code(config), "file_open_to_others");
  ::chmod(config.token_file.c_str(), 0600);
  const auto checked = check_config(config);
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->door.token.reveal_text(), "a-token-of-some-length");
  std::ofstream(config.token_file) << "\n";
  EXPECT_EQ(code(config), "token_weak");
}

TEST(ProxyConfig, RefusesWhatIsNoAddress) {
  for (const char* address : {"", "8117", "127.0.0.1", "example.org:8117", "unix:relative"}) {
    Config config;
    config.listen = {address};
    EXPECT_EQ(code(config), "invalid_address") << address;
  }
}

}  // namespace
}  // namespace aipg::proxy
