// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "codec/der.h"

namespace aipg::codec::der {
namespace {

TEST(Der, WhatIsWrittenIsStrict) {
  EXPECT_TRUE(rc::check("integers and strings", [](std::uint64_t number, const Bytes& bytes) {
    const Bytes der = sequence({integer(number), unsigned_integer(bytes), octet_string(bytes), bit_string(bytes)});
    RC_ASSERT(check_strict(der).has_value());
    RC_ASSERT(to_uint(parse_single(integer(number), kInteger).value()).value() == number);
    RC_ASSERT(equal(parse_single(octet_string(bytes), kOctetString).value().content, bytes));
  }));
}

}  // namespace
}  // namespace aipg::codec::der
