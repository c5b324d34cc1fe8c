// SPDX-License-Identifier: Apache-2.0
#include "client/config_edit.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "client/whole_file.h"

namespace aipg::client {
namespace {

constexpr std::string_view kFile =
    "# mine\ngateway = \"https://g\"   # ours\n\n  api_key = 'old # not a comment'  # of alice\n"
    "[chat]\nmodel = \"m\"\napi_key = \"another\"\n";

TEST(ConfigEdit, ChangesTheValueAndNothingElse) {
  EXPECT_EQ(*with_setting(kFile, "api_key", "new"),
            "# mine\ngateway = \"https://g\"   # ours\n\n  api_key = \"new\"  # of alice\n"
            "[chat]\nmodel = \"m\"\napi_key = \"another\"\n");
}

TEST(ConfigEdit, TakesTheLineAway) {
  EXPECT_EQ(*with_setting(kFile, "api_key", std::nullopt),
            "# mine\ngateway = \"https://g\"   # ours\n\n[chat]\nmodel = \"m\"\napi_key = \"another\"\n");
  EXPECT_EQ(*with_setting("a = 1", "api_key", std::nullopt), "a = 1");
  EXPECT_EQ(*with_setting("api_key = \"x\"", "api_key", std::nullopt), "");
}

TEST(ConfigEdit, ANewKeyStandsOutsideEveryTable) {
  EXPECT_EQ(*with_setting("[chat]\nmodel = \"m\"\n", "api_key", "k"), "api_key = \"k\"\n[chat]\nmodel = \"m\"\n");
  EXPECT_EQ(*with_setting("", "api_key", "k"), "api_key = \"k\"\n");
  EXPECT_EQ(*with_setting("# mine\n\na = 1\n", "api_key", "k"), "# mine\n\napi_key = \"k\"\na = 1\n");
  EXPECT_EQ(*with_setting("# about a\na = 1\n", "api_key", "k"), "api_key = \"k\"\n# about a\na = 1\n");
  EXPECT_EQ(*with_setting("# mine", "api_key", "k"), "api_key = \"k\"\n# mine");
}

TEST(ConfigEdit, WritesWhatReadsBackWhateverTheValue) {
  for (const char* value : {"a\"b\\c", "tab\there", "line\nbreak", "# = '", "Z\xc3\xbcrich"}) {
    const auto once = with_setting(kFile, "api_key", value);
    ASSERT_TRUE(once) << value;
    EXPECT_EQ(*with_setting(*once, "api_key", "old"), *with_setting(kFile, "api_key", "old")) << value;
  }
}

TEST(ConfigEdit, KeepsLineEndings) {
  EXPECT_EQ(*with_setting("api_key = \"a\"\r\nb = 1\r\n", "api_key", "c"), "api_key = \"c\"\r\nb = 1\r\n");
}

TEST(ConfigEdit, RefusesWhatIsWrittenInAnotherForm) {
  for (const char* text :
       {"api_key = 7\n", "api_key = [\"a\"]\n", "[api_key]\na = 1\n", "api_key = \n", "\"api=key\" = 1\n\"="}) {
    const auto edited = with_setting(text, "api_key", "k");
    ASSERT_FALSE(edited) << text;
    EXPECT_EQ(edited.error().code, Literal("config_not_editable")) << text;
  }
}

class ConfigFile : public testing::Test {
 protected:
  ConfigFile() : folder(testing::TempDir() + "config-edit-" + std::to_string(getpid())) {
    std::filesystem::create_directories(folder);
  }
  ~ConfigFile() override { std::filesystem::remove_all(folder); }
  static mode_t mode(const std::string& path) {
    struct stat about{};
    return ::lstat(path.c_str(), &about) == 0 ? about.st_mode & 07777 : 0;
  }
  std::string folder;
};

TEST_F(ConfigFile, IsBegunWhereThereIsNoneForItsOwnerAlone) {
  const std::string path = folder + "/new/config.toml";
  ASSERT_TRUE(change_settings(path, {{"api_key", "k"}}));
  EXPECT_EQ(mode(path), 0600U);
  EXPECT_EQ(read_whole(path, 1000)->reveal_text(),
            "# Settings of aipg. A command's --print-config lists its keys.\n\napi_key = \"k\"\n");
}

TEST_F(ConfigFile, IsItsOwnersAloneAfterwardsAndALinkStaysOne) {
  const std::string real = folder + "/real.toml", link = folder + "/config.toml";
  std::ofstream(real) << "gateway = \"https://g\"\n";
  ::chmod(real.c_str(), 0644);
  std::filesystem::create_symlink(real, link);
  ASSERT_TRUE(change_settings(link, {{"api_key", "k"}, {"gateway", std::nullopt}}));
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(mode(real), 0600U);
  EXPECT_EQ(read_whole(real, 1000)->reveal_text(), "api_key = \"k\"\n");
}

TEST_F(ConfigFile, StaysAsItWasWhenItCannotBeChanged) {
  const std::string path = folder + "/config.toml";
  std::ofstream(path) << "api_key = 7\n";
  const auto changed = change_settings(path, {{"gateway", "https://g"}, {"api_key", "k"}});
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, Literal("config_not_editable"));
  EXPECT_EQ(read_whole(path, 1000)->reveal_text(), "api_key = 7\n");
}

}  // namespace
}  // namespace aipg::client
