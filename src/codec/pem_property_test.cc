// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "codec/pem.h"

namespace aipg::codec {
namespace {

TEST(Pem, RoundTripsAnyBytes) {
  EXPECT_TRUE(rc::check("one block", [] {
    const auto der = *rc::gen::nonEmpty<Bytes>();
    RC_ASSERT(parse_pem_certificates(to_pem_certificate(der), 1).value() == std::vector<Bytes>{der});
  }));
}

}  // namespace
}  // namespace aipg::codec
