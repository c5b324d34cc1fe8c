// SPDX-License-Identifier: Apache-2.0
#include "attest/nras/ueid.h"

#include <gtest/gtest.h>

#include "tee/simulated_pki.h"

namespace aipg::attest::nras {
namespace {

// Computed from the same bytes by another program: a device's certificate is used, for its serial is not random.
TEST(Ueid, IsTheSerialInDecimal) {
  const Instant now = *parse_instant("2026-11-22T12:00:00Z");
  const auto device = tee::make_device(tee::make_pki(now), 0, crypto::Hash384{}, now);
  const auto certificate = crypto::Certificate::parse(device.chain[0]);
  ASSERT_TRUE(certificate);
  const std::string ueid = ueid_of(*certificate);
  // Back again, digit by digit.
  std::vector<unsigned> bytes(certificate->serial().size(), 0);
  for (const char digit : ueid) {
    unsigned carry = static_cast<unsigned>(digit - '0');
    for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) {
      carry += *byte * 10;
      *byte = carry % 256;
      carry /= 256;
    }
    EXPECT_EQ(carry, 0U);
  }
  EXPECT_TRUE(std::ranges::equal(bytes, certificate->serial()));
  EXPECT_FALSE(ueid.starts_with('0'));
}

}  // namespace
}  // namespace aipg::attest::nras
