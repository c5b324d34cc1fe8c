// SPDX-License-Identifier: Apache-2.0
#include "client/input_history.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/whole_file.h"

namespace aipg::client {
namespace {

std::string path_of(const std::string& name) {
  const std::string path = testing::TempDir() + "history-" + name + "-" + std::to_string(::getpid());
  ::unlink(path.c_str());
  return path;
}

std::string file_with(const std::string& name, std::string_view text) {
  const std::string path = path_of(name);
  EXPECT_TRUE(create_private(path, as_bytes(text)));
  return path;
}

std::string text_of(const std::string& path) {
  const auto read = read_private(path, 1 << 20);
  return read ? std::string(read->reveal_text()) : std::string(read.error().code.view());
}

std::string code_of(std::string_view file) {
  const auto parsed = parse_history(file);
  return parsed ? "" : std::string(parsed.error().code.view());
}

mode_t mode_of(const std::string& path) {
  struct stat about{};
  EXPECT_EQ(::stat(path.c_str(), &about), 0);
  return about.st_mode & 07777;
}

TEST(HistoryFile, HasOneTextALine) {
  const auto entries = parse_history("\"one\"\n\"two\\nlines, \\\"é\\\"\"\n\"\"\n");
  ASSERT_TRUE(entries.has_value());
  ASSERT_EQ(entries->size(), 3U);
  EXPECT_EQ((*entries)[0].reveal_text(), "one");
  EXPECT_EQ((*entries)[1].reveal_text(), "two\nlines, \"é\"");
  EXPECT_EQ(parse_history("")->size(), 0U);
}

TEST(HistoryFile, RefusesALineThatHasNoEnd) { EXPECT_EQ(code_of("\"one\"\n\"two\""), "history_malformed"); }

TEST(HistoryFile, RefusesALineThatIsNoString) {
  for (const std::string_view line : {"one\n", "1\n", "[\"one\"]\n", "\n", "\"one\" \"two\"\n", "\"one\n"}) {
    EXPECT_EQ(code_of("\"good\"\n" + std::string(line)), "history_malformed") << line;
  }
}

TEST(HistoryFile, RefusesTextThatIsNotUtf8) { EXPECT_EQ(code_of("\"\xff\"\n"), "history_malformed"); }

TEST(HistoryFile, LendsItsNewestEntriesOnly) {
  std::string file;
  for (std::size_t i = 0; i < kMaxHistoryEntries + 2; ++i) file += "\"" + std::to_string(i) + "\"\n";
  const auto entries = parse_history(file);
  ASSERT_TRUE(entries.has_value());
  ASSERT_EQ(entries->size(), kMaxHistoryEntries);
  EXPECT_EQ(entries->front().reveal_text(), "2");
}

TEST(InputHistory, KeepsNoFileUnlessOneIsNamed) {
  InputHistory history;
  ASSERT_TRUE(history.add("one"));
  ASSERT_TRUE(history.add("two"));
  EXPECT_EQ(history.size(), 2U);
  EXPECT_EQ(history.entry(0), "two");
  EXPECT_EQ(history.entry(1), "one");
}

TEST(InputHistory, SaysTheSameThingTwiceOnlyOnce) {
  InputHistory history;
  for (const char* text : {"one", "one", "two", "one"}) ASSERT_TRUE(history.add(text));
  EXPECT_EQ(history.size(), 3U);
}

TEST(InputHistory, ForgetsItsOldestEntry) {
  InputHistory history;
  for (std::size_t i = 0; i <= kMaxHistoryEntries; ++i) ASSERT_TRUE(history.add(std::to_string(i)));
  EXPECT_EQ(history.size(), kMaxHistoryEntries);
  EXPECT_EQ(history.entry(kMaxHistoryEntries - 1), "1");
}

TEST(InputHistory, MakesAFileForItsOwnersEyesAndAddsToIt) {
  const std::string path = path_of("new");
  {
    InputHistory history;
    ASSERT_TRUE(history.keep_in(path));
    EXPECT_EQ(mode_of(path), 0600U);
    ASSERT_TRUE(history.add("one"));
    EXPECT_EQ(text_of(path), "\"one\"\n") << "written when it is said";
  }
  InputHistory again;
  ASSERT_TRUE(again.keep_in(path));
  ASSERT_EQ(again.size(), 1U);
  ASSERT_TRUE(again.add("two\nlines"));
  EXPECT_EQ(text_of(path), "\"one\"\n\"two\\nlines\"\n");
  EXPECT_EQ(mode_of(path), 0600U);
  ::unlink(path.c_str());
}

TEST(InputHistory, RefusesAFileThatOthersMayRead) {
  const std::string path = file_with("open", "\"one\"\n");
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  InputHistory history;
  EXPECT_EQ(history.keep_in(path).error().code, Literal("file_open_to_others"));
  ::unlink(path.c_str());
}

TEST(InputHistory, TouchesNoFileThatIsNotAHistory) {
  const std::string path = file_with("other", "[chat]\nmodel = \"m\"\n");
  InputHistory history;
  EXPECT_EQ(history.keep_in(path).error().code, Literal("history_malformed"));
  ASSERT_TRUE(history.add("one"));
  EXPECT_EQ(text_of(path), "[chat]\nmodel = \"m\"\n");
  ::unlink(path.c_str());
}

TEST(InputHistory, KeepsInMemoryWhatItsFileDoesNotTake) {
  const std::string path = path_of("gone");
  InputHistory history;
  ASSERT_TRUE(history.keep_in(path));
  ::unlink(path.c_str());
  EXPECT_EQ(history.add("one").error().code, Literal("file_unwritable"));
  EXPECT_EQ(history.entry(0), "one");
  EXPECT_NE(::access(path.c_str(), F_OK), 0) << "a file that was taken away comes not back";
}

}  // namespace
}  // namespace aipg::client
