// SPDX-License-Identifier: Apache-2.0
#include "program/whole_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace aipg::program {
namespace {

std::string file_with(const std::string& name, const std::string& text) {
  const std::string path = testing::TempDir() + name;
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

TEST(WholeFile, ReadsAFileOfAnySize) {
  for (const std::size_t size : {0UZ, 1UZ, 4096UZ, 65535UZ, 65536UZ, 65537UZ, 300'000UZ}) {
    const std::string text(size, 'x');
    const auto read = read_whole(file_with("whole", text), 1 << 20);
    ASSERT_TRUE(read) << size;
    EXPECT_EQ(read->reveal_text(), text) << size;
  }
}

TEST(WholeFile, RefusesWhatIsLargerThanItMayBe) {
  const std::string path = file_with("limit", std::string(100, 'x'));
  EXPECT_TRUE(read_whole(path, 100));
  EXPECT_EQ(read_whole(path, 99).error().code, Literal("file_too_large"));
}

TEST(WholeFile, ReadsAFileThatSaysItIsEmpty) {
  const auto read = read_whole("/proc/self/status", 1 << 20);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->reveal_text().contains("Name:"));
}

TEST(WholeFile, ReadsAPipe) {
  const std::string path = testing::TempDir() + "pipe-" + std::to_string(::getpid());
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const std::string text(200'000, 'y');
  std::jthread writer([&] { std::ofstream(path, std::ios::binary) << text; });
  const auto read = read_whole(path, 1 << 20);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->reveal_text(), text);
  std::remove(path.c_str());
}

mode_t mode_of(const std::string& path) {
  struct stat about{};
  return ::stat(path.c_str(), &about) == 0 ? about.st_mode & 0777U : 0;
}

TEST(WriteWhole, ClosesAFileThatIsThereToOthers) {
  const std::string path = file_with("write-open", "longer than what comes");
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  ASSERT_TRUE(write_whole(path, as_bytes("secret"), Readable::by_owner));
  EXPECT_EQ(mode_of(path), 0600U);
  EXPECT_EQ(read_private(path, 100)->reveal_text(), "secret");
}

TEST(WriteWhole, LeavesTheModeOfWhatAllMayRead) {
  const std::string path = file_with("write-all", "longer than what comes");
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  ASSERT_TRUE(write_whole(path, as_bytes("public"), Readable::by_all));
  EXPECT_EQ(mode_of(path), 0644U);
  EXPECT_EQ(read_whole(path, 100)->reveal_text(), "public");
}

TEST(WriteWhole, WritesToADevice) { EXPECT_TRUE(write_whole("/dev/null", as_bytes("gone"), Readable::by_owner)); }

TEST(WriteWhole, TouchesNoFileOfSomebodyElses) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  const std::string path = file_with("write-theirs", "theirs");
  ASSERT_EQ(::chown(path.c_str(), 65534, 65534), 0);
  EXPECT_EQ(write_whole(path, as_bytes("secret"), Readable::by_owner).error().code, Literal("file_unwritable"));
  EXPECT_EQ(read_whole(path, 100)->reveal_text(), "theirs");
}

TEST(ReplaceWhole, MakesFoldersThatOthersCannotPutAFileInto) {
  const std::string top = testing::TempDir() + "replace-" + std::to_string(::getpid());
  const mode_t before = ::umask(0);
  const auto written = replace_whole(top + "/aipg/config.toml", as_bytes("secret"));
  ::umask(before);
  ASSERT_TRUE(written);
  EXPECT_EQ(mode_of(top), 0700U);
  EXPECT_EQ(mode_of(top + "/aipg"), 0700U);
  EXPECT_EQ(mode_of(top + "/aipg/config.toml"), 0600U);
  std::filesystem::remove_all(top);
}

TEST(AppendPrivate, AddsToAFileOfItsOwnersAlone) {
  const std::string path = file_with("append", "one\n");
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  ASSERT_TRUE(append_private(path, as_bytes("two\n")));
  ASSERT_TRUE(append_private(path, {}));
  EXPECT_EQ(read_private(path, 100)->reveal_text(), "one\ntwo\n");
}

TEST(AppendPrivate, RefusesAFileThatOthersMayReadOrWrite) {
  const std::string path = file_with("append-open", "one\n");
  for (const mode_t mode : {0640U, 0620U, 0604U, 0602U}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    EXPECT_EQ(append_private(path, as_bytes("two\n")).error().code, Literal("file_open_to_others")) << mode;
  }
  EXPECT_EQ(read_whole(path, 100)->reveal_text(), "one\n");
}

TEST(AppendPrivate, MakesNoFile) {
  const std::string path = testing::TempDir() + "append-missing-" + std::to_string(::getpid());
  EXPECT_EQ(append_private(path, as_bytes("two\n")).error().code, Literal("file_unwritable"));
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

}  // namespace
}  // namespace aipg::program
