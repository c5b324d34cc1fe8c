// SPDX-License-Identifier: Apache-2.0
#include "client/core/conversation_input.h"

#include <gtest/gtest.h>

namespace aipg::client {
namespace {

TEST(ConversationInput, GoesOnAfterABackslashAndInABlock) {
  EXPECT_TRUE(goes_on("one\\"));
  EXPECT_TRUE(goes_on("see\n```cpp\nint x;"));
  EXPECT_FALSE(goes_on("see\n```cpp\nint x;\n```"));
  EXPECT_FALSE(goes_on("what does ``` mean?"));
  EXPECT_FALSE(goes_on(""));
}

TEST(ConversationInput, OneSlashIsACommandAndTwoAreText) {
  EXPECT_TRUE(is_command("/save x"));
  EXPECT_FALSE(is_command("//save x"));
  EXPECT_FALSE(is_command("save /x"));
  EXPECT_EQ(read_message("//save x"), "/save x");
  EXPECT_EQ(read_message("a // b"), "a // b");
}

TEST(ConversationInput, ACommandHasANameAndTheRest) {
  const SaidCommand said = read_command("/system  speak\nsoftly ");
  EXPECT_EQ(said.name, "system");
  EXPECT_EQ(said.argument, "speak\nsoftly");
  EXPECT_EQ(read_command("/quit").argument, "");
}

}  // namespace
}  // namespace aipg::client
