// SPDX-License-Identifier: Apache-2.0
#include "client/api_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aipg::client {
namespace {

using testing::ElementsAre;

std::string printed(std::string_view text) { return "/usr/bin/printf %s '" + std::string(text) + "'"; }

TEST(ApiKey, SplitsACommandAtSpacesAndNowhereInsideQuotes) {
  EXPECT_THAT(*split_command("pass show aipg"), ElementsAre("pass", "show", "aipg"));
  EXPECT_THAT(*split_command("  a\t'b  c' \"d 'e' \\\"f\\\"\" g\\ h '' i'j'k "),
              ElementsAre("a", "b  c", "d 'e' \"f\"", "g h", "", "ijk"));
  EXPECT_THAT(*split_command("a '$b | `c`' \\$d"), ElementsAre("a", "$b | `c`", "$d"));
}

TEST(ApiKey, RefusesACommandThatWantsAShell) {
  for (const char* command : {"", "   ", "pass show aipg | head -1", "echo $KEY", "echo \"$KEY\"", "a `b`", "a \"`b`\"",
                              "a; b", "a > b", "(a)", "~/key.sh", "a 'b", "a \"b", "a \\", "a\nb", "cat *.key"}) {
    const auto words = split_command(command);
    ASSERT_FALSE(words) << command;
    EXPECT_EQ(words.error().code, Literal("key_command_form")) << command;
  }
}

TEST(ApiKey, TakesTheFirstLineThatTheCommandPrints) {
  EXPECT_EQ(*key_from_command("/usr/bin/printf 'grid_abc\\nuser: alice\\n'"), "grid_abc");
  EXPECT_EQ(*key_from_command("printf grid_abc"), "grid_abc");
}

TEST(ApiKey, RefusesWhatNoHeaderFieldCanCarry) {
  for (const std::string& text :
       {std::string(), std::string("a b"), std::string("caf\xc3\xa9"), std::string(513, 'x')}) {
    EXPECT_FALSE(is_api_key(text)) << text;
    const auto key = key_from_command(printed(text));
    ASSERT_FALSE(key) << text;
    EXPECT_EQ(key.error().code, Literal("key_command_failed"));
  }
  EXPECT_TRUE(is_api_key(std::string(512, 'x')));
  EXPECT_EQ(find_api_key("a\r\nb: c", "").error().code, Literal("api_key_form"));
}

TEST(ApiKey, SaysHowTheCommandFailedAndNeverItsArguments) {
  const auto ended = key_from_command("sh -c 'echo secret-key; exit 3'");
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, Literal("key_command_failed"));
  EXPECT_EQ(ended.error().happened, "the command for the API key (sh) ended with status 3; nothing was sent");
  EXPECT_FALSE(ended.error().next.contains("secret"));
  EXPECT_TRUE(key_from_command("no-such-program-here").error().happened.contains("ended with status 127"));
}

TEST(ApiKey, DoesNotWaitForeverForTheCommand) {
  // Once while it is silent, once when it has closed its output and goes on.
  for (const char* command : {"sleep 600", "sh -c 'exec >&-; exec sleep 600'"}) {
    const auto key = key_from_command(command, milliseconds(50));
    ASSERT_FALSE(key) << command;
    EXPECT_TRUE(key.error().happened.contains("did not end within")) << key.error().happened;
  }
}

TEST(ApiKey, TheCommandReadsNothingOfOurInput) { EXPECT_EQ(*key_from_command("sh -c 'cat; echo k'"), "k"); }

TEST(ApiKey, AKeyThatIsGivenNeedsNoCommand) {
  EXPECT_EQ(*find_api_key("grid_abc", "false"), "grid_abc");
  EXPECT_EQ(*find_api_key("", "printf grid_abc"), "grid_abc");
  EXPECT_EQ(*find_api_key("", ""), "");
}

}  // namespace
}  // namespace aipg::client
