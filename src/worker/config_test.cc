// SPDX-License-Identifier: Apache-2.0
#include "worker/config.h"

#include <gtest/gtest.h>

namespace aipg::worker {
namespace {

std::string_view error_of(const HostSettings& settings) {
  const auto checked = check_settings(settings);
  return checked ? std::string_view("accepted") : checked.error().code.view();
}

std::string_view error_with(std::string HostSettings::* setting, std::string value) {
  HostSettings settings;
  settings.*setting = std::move(value);
  return error_of(settings);
}

TEST(WorkerConfig, AcceptsItsDefaults) { EXPECT_EQ(error_of({}), "accepted"); }

TEST(WorkerConfig, RefusesAPlainLinkBeyondLoopback) {
  EXPECT_EQ(error_with(&HostSettings::gateway, "ws://192.0.2.1:8443"), "plain_not_loopback");
  EXPECT_EQ(error_with(&HostSettings::gateway, "wss://192.0.2.1:8443"), "accepted");
}

TEST(WorkerConfig, RefusesAddressesThatAreNoLink) {
  EXPECT_EQ(error_with(&HostSettings::gateway, "unix:/run/gateway.sock"), "invalid_address");
  EXPECT_EQ(error_with(&HostSettings::gateway, "ws://"), "invalid_address");
}

TEST(WorkerConfig, RefusesNamesOutsideTheirAlphabet) {
  EXPECT_EQ(error_with(&HostSettings::name, "W 1"), "invalid_worker_name");
  EXPECT_EQ(error_with(&HostSettings::name, ""), "invalid_worker_name");
  EXPECT_EQ(error_with(&HostSettings::name, std::string(65, 'a')), "invalid_worker_name");
  EXPECT_EQ(error_with(&HostSettings::stake_id, "a_b"), "invalid_stake_id");
}

class WorkerOptions : public ::testing::Test {
 protected:
  std::optional<program::ExitCode> parse(const std::vector<std::string>& args,
                                         const program::Environment& environment) {
    program::Options options("aipg-worker serve", "Serves.");
    declare_options(options, settings);
    return options.parse(args, environment);
  }
  HostSettings settings;
};

TEST_F(WorkerOptions, TakeTheHostsListByFlagAndVariable) {
  EXPECT_EQ(parse({"--gateway", "wss://g.example", "--price-input", "7"}, {{"AIPG_WORKER_NAME", "w-7"}}), std::nullopt);
  EXPECT_EQ(settings.gateway, "wss://g.example");
  EXPECT_EQ(settings.price_input, 7U);
  EXPECT_EQ(settings.name, "w-7");
}

TEST_F(WorkerOptions, RefuseWhatIsMeasured) {
  EXPECT_EQ(parse({"--engine", "http://127.0.0.1:1"}, {}), program::ExitCode::usage);
  EXPECT_EQ(parse({}, {{"AIPG_WORKER_ENGINE", "http://127.0.0.1:1"}}), program::ExitCode::usage);
}

}  // namespace
}  // namespace aipg::worker
