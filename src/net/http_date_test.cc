// SPDX-License-Identifier: Apache-2.0
#include "net/http_date.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace aipg::net {
namespace {

TEST(HttpDate, IsWrittenAsTheStandardHasIt) {
  EXPECT_EQ(http_date(*parse_instant("1994-11-06T08:49:37Z")), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date({0}), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(http_date({1999}), "Thu, 01 Jan 1970 00:00:01 GMT");
}

RC_GTEST_PROP(HttpDate, WhatIsWrittenReadsBack, (std::uint32_t second)) {
  const Instant at{static_cast<std::int64_t>(second) * 1000};
  RC_ASSERT(parse_http_date(http_date(at)).value().ms == at.ms);
}

TEST(HttpDate, RefusesOtherForms) {
  for (const char* text :
       {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Mon, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GM\0"}) {
    const auto parsed = parse_http_date(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Literal("invalid_http_date")) << text;
  }
}

}  // namespace
}  // namespace aipg::net
