// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <gtest/gtest.h>

namespace aipg {
namespace {

TEST(Clock, InstantTextRoundTrips) {
  for (const char* text :
       {"1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "2026-11-22T12:00:00Z", "9999-12-31T23:59:59Z"}) {
    EXPECT_EQ(to_text(parse_instant(text).value()), text);
  }
  EXPECT_EQ(parse_instant("2026-11-22T12:00:00Z").value().ms, 1795348800000);
}

TEST(Clock, RefusesDatesThatDoNotExist) {
  for (const char* text : {"2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z", "2025-00-01T00:00:00Z",
                           "2025-01-01T24:00:00Z", "2025-01-01T00:00:60Z", "2025-01-01 00:00:00Z",
                           "2025-01-01T00:00:00", "2025-01-01T00:00:00+0", "+025-01-01T00:00:00Z"}) {
    EXPECT_EQ(parse_instant(text).error().code, Literal("invalid_instant")) << text;
  }
}

TEST(Clock, SettingTheWallLeavesMonotonicTimeAlone) {
  ManualClock clock(Instant{1000});
  clock.advance(milliseconds(5));
  clock.set_wall(Instant{0});
  EXPECT_EQ(clock.now(), Instant{0});
  EXPECT_EQ(clock.monotonic(), milliseconds(5));
}

}  // namespace
}  // namespace aipg
