// SPDX-License-Identifier: Apache-2.0
#include "attest/shared_bundle.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "codec/base64.h"

namespace aipg::attest {
namespace {

TEST(SharedBundle, CopiesHoldTheSameBytes) {
  const SharedBundle bundle(to_bytes("evidence"));
  const SharedBundle copy = bundle;
  EXPECT_TRUE(copy.is(bundle));
  EXPECT_EQ(ByteView(copy).data(), ByteView(bundle).data());
  EXPECT_EQ(&copy.digits(1), &bundle.digits(1));
}

TEST(SharedBundle, EqualBytesNeedNotBeTheSame) {
  const SharedBundle bundle(to_bytes("evidence")), other(to_bytes("evidence"));
  EXPECT_EQ(bundle, other);
  EXPECT_FALSE(bundle.is(other));
  EXPECT_FALSE(bundle == SharedBundle(to_bytes("evidencf")));
}

TEST(SharedBundle, IsEmptyUnlessItWasGivenBytes) {
  EXPECT_TRUE(SharedBundle().empty());
  EXPECT_EQ(SharedBundle().digits(2).middle, "");
  EXPECT_FALSE(SharedBundle(to_bytes("{}")).empty());
}

RC_GTEST_PROP(SharedBundle, DigitsAreAllOfThemInOrder, (const Bytes& bytes)) {
  const SharedBundle bundle{Bytes(bytes)};
  for (const std::size_t first : {0U, 1U, 2U}) {
    const auto& digits = bundle.digits(first);
    const std::string all = codec::to_base64url(bytes);
    RC_ASSERT(digits.first == all.substr(0, first));
    RC_ASSERT(digits.last.size() < 3U);
    RC_ASSERT(digits.first + std::string(as_text(codec::from_base64(digits.middle).value())) + digits.last == all);
  }
}

TEST(SharedBundleDeathTest, HasDigitsOfThreeKinds) { EXPECT_DEATH((void)SharedBundle().digits(3), ""); }

}  // namespace
}  // namespace aipg::attest
