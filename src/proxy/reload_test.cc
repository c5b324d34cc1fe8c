// SPDX-License-Identifier: Apache-2.0
// SIGHUP's work on a proxy that runs: what is new for the next request, and what stays.
#include "proxy/reload.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "proxy/proxy_network_test.h"

namespace aipg::proxy {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kToken = "a-token-of-some-length";

class ProxyReload : public ProxyNetwork {
 protected:
  ProxyReload() {
    add(1);
    start();
    config.connection.api_key = "grid_key";
    fresh = config;
    reload.emplace(config, door, [this] { return fresh; }, *session, to_file);
  }
  ~ProxyReload() override { close(log_file); }

  unsigned status_with(const std::string& key) {
    return ask_proxy(kChat, kQuestion, with("Authorization", "Bearer " + key)).status;
  }
  [[nodiscard]] std::string logged() const {
    std::ostringstream out;
    out << std::ifstream(files.file("log")).rdbuf();
    return out.str();
  }

  net::TemporaryFolder files;
  const int log_file = open(files.file("log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  program::Log to_file{program::LogLevel::info, program::LogFormat::json, log_file};
  Config config;
  std::expected<Config, program::Complaint> fresh;
  std::optional<Reload> reload;
};

TEST_F(ProxyReload, AsksClientsForTheNewToken) {
  EXPECT_EQ(status_with("anything"), 200U);
  fresh->token = kToken;
  reload->run();
  EXPECT_EQ(status_with("anything"), 401U);
  EXPECT_EQ(status_with(kToken), 200U);
  EXPECT_THAT(logged(), AllOf(HasSubstr("\"event\":\"reloaded\""), Not(HasSubstr(kToken))));
}

TEST_F(ProxyReload, ShowsTheGatewayTheNewKey) {
  EXPECT_EQ(status_with("x"), 200U);
  EXPECT_EQ(authorization, "Bearer grid_key");
  fresh->connection.api_key = "grid_other_key";
  reload->run();
  EXPECT_EQ(status_with("x"), 200U);
  EXPECT_EQ(authorization, "Bearer grid_other_key");
}

TEST_F(ProxyReload, TakesTheNewGraceAndNames) {
  fresh->grace = milliseconds(7);
  fresh->hosts = {"proxy.example"};
  reload->run();
  EXPECT_EQ(config.grace, milliseconds(7));
  EXPECT_THAT(door.hosts, testing::ElementsAre("proxy.example"));
}

TEST_F(ProxyReload, ChangesNothingWhenSomethingIsWrong) {
  fresh->connection.api_key = "grid_other_key";
  fresh->token = "weak";
  reload->run();
  EXPECT_EQ(status_with("x"), 200U);
  EXPECT_EQ(authorization, "Bearer grid_key");
  EXPECT_THAT(logged(), AllOf(HasSubstr("\"event\":\"reload_refused\",\"reason\":\"token_weak\""),
                              HasSubstr("\"next\":\""), Not(HasSubstr("\"reloaded\""))));
  fresh = std::unexpected(program::Complaint{"unknown_key", "config.toml line 3: no such key", "remove it"});
  reload->run();
  EXPECT_THAT(logged(), HasSubstr("\"next\":\"remove it\""));
}

TEST_F(ProxyReload, RefusesAKeyThatNoGatewayCanBeShown) {
  fresh->connection.api_key = "two words";
  reload->run();
  EXPECT_THAT(logged(), HasSubstr("\"reason\":\"api_key_form\""));
}

// It cannot run a program any more.
TEST_F(ProxyReload, NamesWhatNeedsARestartAndKeepsTheKeyThatACommandPrinted) {
  fresh->listen = {"127.0.0.1:1"};
  fresh->connection.api_key = "";
  fresh->connection.api_key_command = "pass show aipg";
  fresh->connection.gateway = "https://elsewhere.example";
  fresh->models = {"another"};
  reload->run();
  for (const char* setting : {"listen", "api_key_command", "gateway", "model"}) {
    EXPECT_THAT(logged(), HasSubstr("\"event\":\"reload_needs_restart\",\"setting\":\"" + std::string(setting) + "\""));
  }
  EXPECT_EQ(status_with("x"), 200U);
  EXPECT_EQ(authorization, "Bearer grid_key");
}

}  // namespace
}  // namespace aipg::proxy
