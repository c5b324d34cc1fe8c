// SPDX-License-Identifier: Apache-2.0
#include "program/manual.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program/program_for_tests.h"

namespace aipg::program {
namespace {

using testing::HasSubstr;

std::string page(const std::string& command) {
  ProgramForTests test;
  const auto all = describe_program(test.program());
  const auto found = std::ranges::find(all, command, &CommandDescription::command);
  return found == all.end() ? "" : manual_page(*found, all);
}

TEST(RoffText, ShowsEveryCharacterAsItIs) {
  EXPECT_EQ(roff_text("a\\b"), "a\\eb");
  EXPECT_EQ(roff_text(".so file"), "\\&.so file");
  EXPECT_EQ(roff_text("'x' \"y\" `z` --flag ~/a^b"), "\\(aqx\\(aq \\(dqy\\(dq \\(gaz\\(ga \\-\\-flag \\(ti/a\\(hab");
  EXPECT_EQ(roff_text("…·\xf0\x9f\x94\x92"), "\\[u2026]\\[u00B7]\\[u1F512]");
  EXPECT_EQ(roff_text("a\nb\xff\x7f"), "a b  ");
}

TEST(Manual, HasNameSynopsisExamplesAndOptions) {
  const std::string text = page("aipg chat");
  EXPECT_TRUE(text.starts_with(".TH AIPG\\-CHAT 1 ")) << text;
  EXPECT_THAT(text, HasSubstr("\n.SH NAME\naipg\\-chat \\- Asks one question\n"));
  EXPECT_THAT(text, HasSubstr("\n.SH SYNOPSIS\n\\fBaipg chat\\fR [\\fIoptions\\fR] [\\fIPROMPT\\fR]\n"));
  EXPECT_THAT(text, HasSubstr("\\fBaipg chat \\(dqWhy?\\(dq\\fR\nit\\(aqs \\- \\eso to say\\- \\(gaan\\(ga example\n"));
  EXPECT_THAT(text, HasSubstr(".SS Question\n.TP\n\\fB\\-\\-model\\fR \\fITEXT\\fR\nwho answers\n"));
  EXPECT_THAT(text, HasSubstr("\n.SH ENVIRONMENT\n.TP\n\\fBAIPG_MODEL\\fR\n"));
  EXPECT_THAT(text, HasSubstr("the table [chat]\n"));
  EXPECT_THAT(text, HasSubstr("\n.SH EXIT STATUS\n"));
  EXPECT_TRUE(text.ends_with(".SH SEE ALSO\n\\fBaipg\\fR(1)\n")) << text;
}

TEST(Manual, OfACommandOfCommandsListsThem) {
  const std::string text = page("aipg cache");
  EXPECT_THAT(text, HasSubstr("\n.SH COMMANDS\n.TP\n\\fBshow\\fR\nshow it\n"));
  EXPECT_TRUE(text.ends_with(".SH SEE ALSO\n\\fBaipg\\fR(1),\n\\fBaipg\\-cache\\-show\\fR(1)\n")) << text;
}

}  // namespace
}  // namespace aipg::program
