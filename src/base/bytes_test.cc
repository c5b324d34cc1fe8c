// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"

#include <gtest/gtest.h>

namespace aipg {
namespace {

TEST(Bytes, EqualCtAgreesWithEquality) {
  EXPECT_TRUE(equal_ct(as_bytes("secret"), as_bytes("secret")));
  EXPECT_FALSE(equal_ct(as_bytes("secret"), as_bytes("secreT")));
  EXPECT_FALSE(equal_ct(as_bytes("secret"), as_bytes("secre")));
  EXPECT_TRUE(equal_ct({}, {}));
}

TEST(Bytes, AllZeroSeesTheLastByte) {
  Bytes bytes(16, 0);
  EXPECT_TRUE(all_zero(bytes));
  bytes.back() = 1;
  EXPECT_FALSE(all_zero(bytes));
}

}  // namespace
}  // namespace aipg
