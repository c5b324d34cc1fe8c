// SPDX-License-Identifier: Apache-2.0
#include "program/user_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "program/program_for_tests.h"

namespace aipg::program {
namespace {

using testing::HasSubstr;

class UserFile : public testing::Test {
 protected:
  UserFile() {
    std::string name = (std::filesystem::temp_directory_path() / "aipg-user-file-XXXXXX").string();
    folder = mkdtemp(name.data());
    std::filesystem::create_directories(folder / "aipg");
    setenv("XDG_CONFIG_HOME", folder.c_str(), 1);
    test.environment = {{"XDG_CONFIG_HOME", folder.string()}};
  }
  ~UserFile() override {
    unsetenv("XDG_CONFIG_HOME");
    std::filesystem::remove_all(folder);
  }
  std::string write(const std::string& text, mode_t mode = 0600) const {
    const std::string path = (folder / "aipg/config.toml").string();
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
    return path;
  }
  ExitCode run(const std::vector<std::string>& args) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const ExitCode exit = run_program(test.program(), args);
    out = testing::internal::GetCapturedStdout();
    err = testing::internal::GetCapturedStderr();
    return exit;
  }

  ProgramForTests test;
  std::filesystem::path folder;
  std::string out, err;
};

TEST_F(UserFile, LiesWhereTheEnvironmentSays) {
  EXPECT_EQ(user_file_path({{"XDG_CONFIG_HOME", "/c"}, {"HOME", "/h"}}), "/c/aipg/config.toml");
  EXPECT_EQ(user_file_path({{"XDG_CONFIG_HOME", "relative"}, {"HOME", "/h"}}), "/h/.config/aipg/config.toml");
  EXPECT_EQ(user_file_path({}), std::nullopt);
  EXPECT_EQ(existing_user_file(test.environment), std::nullopt);
}

TEST_F(UserFile, ACommandReadsWhatIsSharedAndItsOwnTable) {
  write("gateway = \"https://file\"\n[cache]\nfolder = \"/x\"\n[chat]\nmodel = \"m\"\n");
  EXPECT_EQ(run({"chat", "--padding", "p0"}), ExitCode::done) << err;
  EXPECT_EQ(test.gateway + test.model + test.padding + test.folder, "https://filemp0");
}

TEST_F(UserFile, IsTheWeakestSourceAndMayBeAbsent) {
  EXPECT_EQ(run({"chat"}), ExitCode::done) << err;
  write("[chat]\nmodel = \"file\"\n");
  test.environment["AIPG_MODEL"] = "environment";
  EXPECT_EQ(run({"chat"}), ExitCode::done) << err;
  EXPECT_EQ(test.model, "environment");
  EXPECT_EQ(run({"chat", "--model", "flag"}), ExitCode::done) << err;
  EXPECT_EQ(test.model, "flag");
}

TEST_F(UserFile, RefusesAKeyThatNoCommandKnowsWhicheverRuns) {
  const std::string path = write("gateway = \"https://g\"\n[chat]\nmodle = \"m\"\n");
  EXPECT_EQ(run({"cache", "show"}), ExitCode::usage);
  EXPECT_EQ(err, "aipg cache: " + path +
                     " line 3: there is no key \"chat.modle\"\n"
                     "  did you mean chat.model? a command's --print-config lists its keys\n(unknown_key)\n");
  EXPECT_EQ(test.ran, "");
  write("gatway = \"https://g\"\n");
  EXPECT_EQ(run({"chat"}), ExitCode::usage);
  EXPECT_THAT(err, HasSubstr("did you mean gateway?"));
  write("[caht]\n");
  EXPECT_EQ(run({"chat"}), ExitCode::usage);
  write("[chat]\n");
  EXPECT_EQ(run({"chat"}), ExitCode::done) << err;
  write("model = \"outside its table\"\n");
  EXPECT_EQ(run({"chat"}), ExitCode::usage);
}

TEST_F(UserFile, WhatHelpsIsThereWhenTheFileIsBroken) {
  write("x = 1\n");
  for (const char* command : {"man", "version"}) EXPECT_EQ(run({command}), ExitCode::done) << err;
  EXPECT_EQ(run({"chat", "--help"}), ExitCode::done) << err;
}

TEST_F(UserFile, RefusesASecretThatOthersMayRead) {
  for (const mode_t mode : {0644U, 0640U, 0602U}) {
    const std::string path = write("api_key = \"grid_secret\"\n", mode);
    EXPECT_EQ(run({"cache", "show"}), ExitCode::usage) << mode;
    EXPECT_THAT(err, HasSubstr("  chmod 600 " + path + ";"));
    EXPECT_THAT(err, HasSubstr("(file_open_to_others)"));
    EXPECT_EQ(err.find("grid_secret"), std::string::npos);
  }
  write("api_key = \"grid_secret\"\n", 0600);
  EXPECT_EQ(run({"chat"}), ExitCode::done) << err;
  EXPECT_EQ(test.key, "grid_secret");
  write("gateway = \"https://g\"\n", 0644);
  EXPECT_EQ(run({"chat"}), ExitCode::done) << err;
}

TEST_F(UserFile, AFileThatIsNamedHasTheSameFormAndIsHeldToTheSame) {
  write("[chat]\nmodel = \"user\"\n");
  const std::string named = (folder / "named.toml").string();
  std::ofstream(named) << "[chat]\nmodel = \"named\"\n";
  for (const auto& args :
       {std::vector<std::string>{"--config", named}, std::vector<std::string>{"--config=" + named}}) {
    auto all = args;
    all.insert(all.begin(), "chat");
    EXPECT_EQ(run(all), ExitCode::done) << err;
    EXPECT_EQ(std::exchange(test.model, ""), "named");
  }
  std::ofstream(named) << "[chat]\nmodle = \"named\"\n";
  EXPECT_EQ(run({"chat", "--config", named}), ExitCode::usage);
  EXPECT_THAT(err, HasSubstr("(unknown_key)"));
}

TEST_F(UserFile, PrintConfigIsSuchAFile) {
  EXPECT_EQ(run({"chat", "--model", "m", "--print-config"}), ExitCode::done);
  EXPECT_EQ(out,
            "gateway = \"https://g\"\n# api_key is not set\n# api_key_command is not set\n\n"
            "[chat]\nmodel = \"m\"\npadding = \"p1\"\n");
}

TEST_F(UserFile, OfTwoWaysToSayOneThingTheStrongerCounts) {
  write("api_key_command = \"pass show aipg\"\n");
  test.environment["AIPG_TEST_KEY"] = "k";
  EXPECT_EQ(run({"chat"}), ExitCode::done) << err;
  EXPECT_EQ(test.key + "," + test.key_command, "k,");
  EXPECT_EQ(run({"chat", "--api-key-command", "other"}), ExitCode::done) << err;
  EXPECT_EQ(test.key + "," + test.key_command, ",other");
  write("api_key = \"a\"\napi_key_command = \"b\"\n");
  test.environment.erase("AIPG_TEST_KEY");
  EXPECT_EQ(run({"chat"}), ExitCode::usage);
  EXPECT_THAT(err, HasSubstr("api_key and api_key_command are both given\n"));
  EXPECT_THAT(err, HasSubstr("(conflicting_settings)"));
}

}  // namespace
}  // namespace aipg::program
