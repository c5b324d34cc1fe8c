// SPDX-License-Identifier: Apache-2.0
#include "attest/endorsements.h"

#include <gtest/gtest.h>

#include "base/hex.h"

namespace aipg::attest {
namespace {

struct Counts {
  std::size_t certificates, crls, ocsp_responses;
  bool operator==(const Counts&) const = default;
};

// What is in a file of these bytes; nullopt where nothing is recognised.
std::optional<Counts> recognised(std::string_view hex) {
  Endorsements out;
  const auto added = out.add(*from_hex(hex));
  if (!added) {
    EXPECT_EQ(added.error().code, Literal("endorsement_unknown"));
    return std::nullopt;
  }
  return Counts{out.certificates.size(), out.crls.size(), out.ocsp_responses.size()};
}

TEST(Endorsements, TellDerFilesApartByTheirFirstTags) {
  EXPECT_EQ(recognised("30073005a003020102"), (Counts{1, 0, 0}));
  EXPECT_EQ(recognised("30053003020101"), (Counts{0, 1, 0}));  // a list of version 2 begins with its number
  EXPECT_EQ(recognised("300430023000"), (Counts{0, 1, 0}));    // one of version 1 with its algorithm
  EXPECT_EQ(recognised("30030a0100"), (Counts{0, 0, 1}));
}

// A certificate with a damaged tag must not pass for a list, which nobody may look at.
TEST(Endorsements, RefuseWhatBeginsLikeNoneOfThem) {
  for (const char* tag : {"a1", "a2", "a4", "a8", "b0", "80", "e0", "20", "03", "31"}) {
    EXPECT_FALSE(recognised("30073005" + std::string(tag) + "03020102")) << tag;
  }
  EXPECT_FALSE(recognised("3003020101"));
  EXPECT_FALSE(recognised("3000"));
}

}  // namespace
}  // namespace aipg::attest
