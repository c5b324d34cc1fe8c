// SPDX-License-Identifier: Apache-2.0
#include "program/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program/program_for_tests.h"

namespace aipg::program {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> words(const std::vector<std::string>& typed) {
  ProgramForTests test;
  auto out = complete(describe_program(test.program()), typed);
  EXPECT_EQ(test.ran, "");
  return out;
}

TEST(Completion, OffersTheCommandsThatBeginSo) {
  EXPECT_THAT(words({""}), ElementsAre("chat\task one question", "cache\twhat was fetched", "man\tprint a manual page",
                                       "completion\tprint the completion for a shell", "version\tprint the version"));
  EXPECT_THAT(words({"ch"}), ElementsAre("chat\task one question"));
  EXPECT_THAT(words({"cache", ""}), ElementsAre("show\tshow it"));
  EXPECT_THAT(words({"--"}), ElementsAre("--help\tprint what the commands are"));
  EXPECT_THAT(words({"chat2", ""}), IsEmpty());
}

TEST(Completion, OffersFlagsWithWhatTheyAreFor) {
  EXPECT_THAT(words({"chat", "--pa"}), ElementsAre("--padding\twhat sizes tell"));
  EXPECT_THAT(words({"chat", "--model", "x", "why?", "--mo"}), ElementsAre("--model\twho answers"));
  EXPECT_THAT(words({"cache", "show", "-"}), Contains("--config\tread settings from this TOML file, and not from "
                                                      "~/.config/aipg/config.toml; what is only of this command stands "
                                                      "in [cache]"));
}

TEST(Completion, OffersAFlagsValues) {
  EXPECT_THAT(words({"chat", "--padding", ""}), ElementsAre("p1", "p0"));
  EXPECT_THAT(words({"chat", "--padding=p"}), ElementsAre("p1", "p0"));
  EXPECT_THAT(words({"chat", "--padding", "p0", "--padding", "p1"}), ElementsAre("p1"));
  EXPECT_THAT(words({"chat", "--model", "--p"}), IsEmpty());  // a value may be anything
  EXPECT_THAT(words({"chat", "--nothing=p"}), IsEmpty());
  EXPECT_THAT(words({"cache", "show", "--policy", "s"}), ElementsAre("strict", ":files"));
}

TEST(Completion, OffersFilesAndFoldersWhereTheyAreMeant) {
  EXPECT_THAT(words({"chat", "--config", ""}), ElementsAre(":files"));
  EXPECT_THAT(words({"cache", "show", "--folder="}), ElementsAre(":folders"));
  EXPECT_THAT(words({"cache", "show", "a"}), ElementsAre("all", ":files"));
  EXPECT_THAT(words({"chat", "wh"}), IsEmpty());
}

TEST(Completion, AfterTwoDashesThereIsNoFlag) {
  EXPECT_THAT(words({"chat", "--", "--pa"}), IsEmpty());
  EXPECT_THAT(words({"cache", "show", "--", ""}), ElementsAre("all", ":files"));
}

TEST(Completion, HasAScriptForEachShellAndNoOther) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const auto script = completion_script(shell, "aipg-gateway");
    ASSERT_TRUE(script) << shell;
    EXPECT_FALSE(script->contains("PROGRAM") || script->contains("FUNCTION")) << *script;
    EXPECT_TRUE(script->contains("aipg_gateway")) << shell;
  }
  EXPECT_FALSE(completion_script("csh", "aipg"));
}

}  // namespace
}  // namespace aipg::program
