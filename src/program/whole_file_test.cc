// SPDX-License-Identifier: Apache-2.0
#include "program/whole_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

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

}  // namespace
}  // namespace aipg::program
