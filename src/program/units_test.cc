// SPDX-License-Identifier: Apache-2.0
#include "program/units.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace aipg::program {
namespace {

TEST(Units, ReadsDurations) {
  EXPECT_EQ(parse_duration("250ms").value(), milliseconds(250));
  EXPECT_EQ(parse_duration("30s").value(), seconds(30));
  EXPECT_EQ(parse_duration("5m").value(), std::chrono::minutes(5));
  EXPECT_EQ(parse_duration("1h").value(), std::chrono::hours(1));
  EXPECT_EQ(parse_duration("0s").value(), milliseconds(0));
}

TEST(Units, RefusesDurationsThatAreNotDigitsAndAUnit) {
  for (const char* text : {"", "30", "s", "-1s", "+1s", "1.5s", "1 s", " 1s", "1s ", "1S", "1d", "1min", "0x1s"}) {
    EXPECT_EQ(parse_duration(text).error().code, Literal("invalid_duration")) << text;
  }
}

TEST(Units, RefusesDurationsThatOverflow) {
  EXPECT_TRUE(parse_duration("9223372036854775807ms"));
  EXPECT_EQ(parse_duration("9223372036854775808ms").error().code, Literal("invalid_duration"));
  EXPECT_EQ(parse_duration("2562047788016h").error().code, Literal("invalid_duration"));
  EXPECT_EQ(parse_duration("99999999999999999999ms").error().code, Literal("invalid_duration"));
}

TEST(Units, ReadsSizes) {
  EXPECT_EQ(parse_size("512B").value(), 512U);
  EXPECT_EQ(parse_size("512KiB").value(), 512U << 10);
  EXPECT_EQ(parse_size("16MiB").value(), 16U << 20);
  EXPECT_EQ(parse_size("1GiB").value(), 1U << 30);
  EXPECT_EQ(parse_size("0").value(), 0U);
  EXPECT_EQ(parse_duration("0").value(), milliseconds(0));
}

TEST(Units, RefusesSizesThatAreNotDigitsAndABinaryUnit) {
  for (const char* text : {"", "16", "MiB", "16MB", "16mib", "16M", "1.5GiB", "16 MiB", "-1B", "9007199254740992GiB"}) {
    EXPECT_EQ(parse_size(text).error().code, Literal("invalid_size")) << text;
  }
}

TEST(Units, WritesTheLargestUnitThatDivides) {
  EXPECT_EQ(duration_text(seconds(30)), "30s");
  EXPECT_EQ(duration_text(seconds(90)), "90s");
  EXPECT_EQ(duration_text(seconds(120)), "2m");
  EXPECT_EQ(duration_text(milliseconds(1500)), "1500ms");
  EXPECT_EQ(duration_text(milliseconds(0)), "0ms");
  EXPECT_EQ(size_text(256 << 10), "256KiB");
  EXPECT_EQ(size_text(1000), "1000B");
  EXPECT_EQ(size_text(0), "0B");
}

RC_GTEST_PROP(Units, WhatIsWrittenReadsBack, (std::uint32_t value)) {
  RC_ASSERT(parse_duration(duration_text(milliseconds(value))).value() == milliseconds(value));
  RC_ASSERT(parse_size(size_text(value)).value() == value);
}

}  // namespace
}  // namespace aipg::program
