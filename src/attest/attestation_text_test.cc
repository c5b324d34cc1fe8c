// SPDX-License-Identifier: Apache-2.0
#include "attest/attestation_text.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "codec/base64.h"

namespace aipg::attest {
namespace {

RC_GTEST_PROP(AttestationText, IsBase64OfTheDocument, (const Bytes& evidence, bool fresh, std::uint8_t receipt_bytes)) {
  Attestation attestation;
  attestation.evidence = SharedBundle{Bytes(evidence)};
  attestation.receipt = std::string(receipt_bytes, 'r');
  if (fresh) attestation.freshness = Freshness{Hash256{7}, {.index = 3, .size = 5, .siblings = {Hash256{8}}}};
  // What stands before the evidence has each length modulo three.
  for (int files = 0; files < 3; ++files) {
    const std::string whole = AttestationText(attestation).whole();
    RC_ASSERT(whole == codec::to_base64(as_bytes(write_attestation(attestation))));
    attestation.collateral_files.push_back(to_bytes("x"));
  }
}

TEST(AttestationText, SharesTheLongestPieceWithEveryAnswerOverTheSameEvidence) {
  Attestation first;
  first.evidence = SharedBundle(Bytes(90'000, 'e'));
  first.receipt = "a.b.c";
  Attestation second = first;
  second.receipt = "another";
  const AttestationText one(first), other(second);
  EXPECT_EQ(one.pieces()[1].data(), other.pieces()[1].data());
  EXPECT_GT(one.pieces()[1].size(), one.whole().size() * 99 / 100);
  EXPECT_NE(one.pieces()[2], other.pieces()[2]);
}

TEST(AttestationText, OutlivesTheAttestation) {
  std::optional<AttestationText> text;
  std::string whole;
  {
    Attestation attestation;
    attestation.evidence = SharedBundle(Bytes(90'000, 'e'));
    whole = codec::to_base64(as_bytes(write_attestation(attestation)));
    text.emplace(attestation);
  }
  const AttestationText copy = *text;
  text.reset();
  EXPECT_EQ(copy.whole(), whole);
}

}  // namespace
}  // namespace aipg::attest
