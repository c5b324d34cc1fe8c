// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program/command.h"

namespace aipg::program {
namespace {

using testing::HasSubstr;

struct Said {
  ExitCode exit;
  std::string out, err;
  std::vector<std::string> seen;
};

Said run(const std::vector<std::string>& args) {
  Said result;
  const std::vector<Command> commands = {
      {"serve", "relays requests",
       [&](const std::vector<std::string>& rest) {
         result.seen = rest;
         return ExitCode::refused;
       }},
      {"keys", "makes and revokes API keys", [](const std::vector<std::string>&) { return ExitCode::done; }}};
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  result.exit =
      run_command("aipg-gateway", "Relays sealed requests.", {{"aipg-gateway serve", "on loopback"}}, commands, args);
  result.out = testing::internal::GetCapturedStdout();
  result.err = testing::internal::GetCapturedStderr();
  return result;
}

TEST(Command, HandsTheRestOfTheArgumentsOverAndReturnsItsExitCode) {
  const Said result = run({"serve", "--listen", "x"});
  EXPECT_EQ(result.exit, ExitCode::refused);
  EXPECT_EQ(result.seen, (std::vector<std::string>{"--listen", "x"}));
  EXPECT_EQ(result.out + result.err, "");
}

TEST(Command, HelpIsAResultAndGoesToStdout) {
  for (const char* word : {"--help", "-h", "help"}) {
    const Said result = run({word});
    EXPECT_EQ(result.exit, ExitCode::done);
    EXPECT_TRUE(result.out.starts_with("Relays sealed requests.\n\n  aipg-gateway serve   on loopback\n"));
    EXPECT_THAT(result.out, HasSubstr("  serve   relays requests\n  keys    makes and revokes API keys\n"));
    EXPECT_EQ(result.err, "");
  }
}

TEST(Command, NoCommandIsAUsageErrorThatShowsTheList) {
  const Said result = run({});
  EXPECT_EQ(result.exit, ExitCode::usage);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("  serve   relays requests\n"));
}

TEST(Command, AWrongNameIsAnsweredWithTheNearest) {
  const Said result = run({"sevre"});
  EXPECT_EQ(result.exit, ExitCode::usage);
  EXPECT_EQ(result.err,
            "aipg-gateway: there is no command \"sevre\"\n"
            "  did you mean serve? its commands are serve, keys\n"
            "(unknown_command)\n");
}

}  // namespace
}  // namespace aipg::program
