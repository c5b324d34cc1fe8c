// SPDX-License-Identifier: Apache-2.0
#include "program/log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/secret.h"
#include "codec/json.h"

namespace aipg::program {
namespace {

// What is not an id, a size, a duration, a count or a code does not compile.
template <typename T>
concept Loggable = std::constructible_from<Field, Literal, T>;
static_assert(!Loggable<std::string>);
static_assert(!Loggable<const std::string&>);
static_assert(!Loggable<std::string_view>);
static_assert(!Loggable<const char*>);
static_assert(!Loggable<char>);
static_assert(!Loggable<char8_t>);
static_assert(!Loggable<double>);
static_assert(!Loggable<Bytes>);
static_assert(!Loggable<ByteView>);
static_assert(!Loggable<SecretBytes>);
static_assert(!Loggable<Secret32>);
static_assert(!Loggable<void*>);
static_assert(Loggable<std::size_t> && Loggable<std::uint8_t> && Loggable<int> && Loggable<bool>);
static_assert(Loggable<milliseconds> && Loggable<seconds> && Loggable<Id> && Loggable<Name> && Loggable<Error>);
// A run-time string is no event and no key either.
static_assert(!std::constructible_from<Literal, std::string>);
static_assert(!std::constructible_from<Literal, const char*>);

constexpr Instant kNow{1'795'348'800'000};  // 2026-11-22T12:00:00Z

class LogTest : public testing::Test {
 protected:
  LogTest() {
    if (pipe(pipe_) != 0) __builtin_trap();
  }
  ~LogTest() override {
    close(pipe_[0]);
    close(pipe_[1]);
  }
  Log log(LogFormat format, LogLevel level = LogLevel::info) { return {level, format, pipe_[1], clock_}; }
  // What one write(2) delivered; the pipe is never empty when asked.
  std::string read_line() {
    char text[4096];
    const ssize_t n = read(pipe_[0], text, sizeof text);
    return {text, static_cast<std::size_t>(n)};
  }
  ManualClock clock_{kNow};
  int pipe_[2];
};

TEST_F(LogTest, WritesAnEventAsOneLineOfWords) {
  const Bytes id(16, 0xab);
  log(LogFormat::text).info("job_assigned", {{"job", Id(id)}, {"bytes", 4096U}, {"took", milliseconds(12)}});
  EXPECT_EQ(read_line(), "2026-11-22T12:00:00Z info job_assigned job=abababababababab bytes=4096 took=12\n");
}

TEST_F(LogTest, WritesJsonThatTheStrictReaderTakes) {
  log(LogFormat::json)
      .warn("link_lost", {{"worker", Name("w-01")}, {"code", "link_control"}, {"jobs", 3}, {"draining", true}});
  const std::string line = read_line();
  ASSERT_TRUE(line.ends_with('\n'));
  const auto document = codec::json::parse(line);
  ASSERT_TRUE(document);
  const auto root = document->root();
  EXPECT_EQ(root.find("ts")->string(), "2026-11-22T12:00:00Z");
  EXPECT_EQ(root.find("level")->string(), "warn");
  EXPECT_EQ(root.find("event")->string(), "link_lost");
  EXPECT_EQ(root.find("worker")->string(), "w-01");
  EXPECT_EQ(root.find("code")->string(), "link_control");
  EXPECT_EQ(root.find("jobs")->uint(), 3U);
  EXPECT_EQ(root.find("draining")->boolean(), true);
}

TEST_F(LogTest, AValueCannotForgeALineOrAField) {
  const std::string hostile = "x\n2026-11-22T12:00:00Z error forged a=\"b\" \x1b[2J\xc2\x9b\xff\xe2\x80\xa8";
  log(LogFormat::text).info("named", {{"name", Name(hostile)}});
  EXPECT_EQ(read_line(),
            "2026-11-22T12:00:00Z info named name=\"x\\n2026-11-22T12:00:00Z error forged a=\\\"b\\\" "
            "\\u001b[2J\\u009b\\ufffd\\u2028\"\n");
  log(LogFormat::json).info("named", {{"name", Name(hostile)}});
  const std::string line = read_line();
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto document = codec::json::parse(line);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().size(), 4U);
  EXPECT_EQ(document->root().find("name")->string(),
            "x\n2026-11-22T12:00:00Z error forged a=\"b\" \x1b[2J\xc2\x9b\xef\xbf\xbd\xe2\x80\xa8");
}

TEST_F(LogTest, QuotesWhatWouldNotBeOneWord) {
  log(LogFormat::text).info("named", {{"empty", Name("")}, {"spaced", Name("a b")}, {"signed", Name("a=b")}});
  EXPECT_EQ(read_line(), "2026-11-22T12:00:00Z info named empty=\"\" spaced=\"a b\" signed=\"a=b\"\n");
}

TEST_F(LogTest, ShowsAnErrorsCodeAndPlace) {
  log(LogFormat::text).error("refused", {{"error", Error{"quote_truncated", "qe_report", 12}}});
  EXPECT_EQ(read_line(), "2026-11-22T12:00:00Z error refused error=quote_truncated/qe_report@12\n");
  log(LogFormat::text).error("refused", {{"error", Error{"not_canonical", {}, 0}}});
  EXPECT_EQ(read_line(), "2026-11-22T12:00:00Z error refused error=not_canonical\n");
}

TEST_F(LogTest, LeavesOutWhatIsBelowTheLevel) {
  const Log quiet = log(LogFormat::text, LogLevel::warn);
  quiet.debug("first");
  quiet.info("second");
  quiet.warn("third");
  EXPECT_EQ(read_line(), "2026-11-22T12:00:00Z warn third\n");
}

TEST_F(LogTest, ShowsShortIdsWhole) {
  log(LogFormat::text).info("seen", {{"id", Id(Bytes{1, 2})}});
  EXPECT_EQ(read_line(), "2026-11-22T12:00:00Z info seen id=0102\n");
}

TEST(LogLevel, ReadsTheFourNamesOnly) {
  EXPECT_EQ(parse_log_level("debug").value(), LogLevel::debug);
  EXPECT_EQ(parse_log_level("error").value(), LogLevel::error);
  EXPECT_EQ(parse_log_level("Info").error().code, Literal("invalid_log_level"));
  EXPECT_EQ(parse_log_level("").error().code, Literal("invalid_log_level"));
}

}  // namespace
}  // namespace aipg::program
