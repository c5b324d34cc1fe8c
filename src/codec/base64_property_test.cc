// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "codec/base64.h"

namespace aipg::codec {
namespace {

TEST(Base64, RoundTripsAnyBytes) {
  EXPECT_TRUE(rc::check("both alphabets", [](const std::vector<std::uint8_t>& bytes) {
    RC_ASSERT(from_base64(to_base64(bytes)).value() == bytes);
    RC_ASSERT(from_base64url(to_base64url(bytes)).value() == bytes);
  }));
}

TEST(Base64, EachTextHasOneMeaningAndEachMeaningOneText) {
  EXPECT_TRUE(rc::check("four characters", [] {
    const auto text = *rc::gen::container<std::string>(4, rc::gen::elementOf(std::string("ABQgwZz09+/=-_ ")));
    if (const auto bytes = from_base64(text)) RC_ASSERT(to_base64(*bytes) == text);
    if (const auto bytes = from_base64url(text)) RC_ASSERT(to_base64url(*bytes) == text);
  }));
}

}  // namespace
}  // namespace aipg::codec
