// SPDX-License-Identifier: Apache-2.0
// A pack that reads is written with the same bytes; and whatever the input is,
// what it gives as collateral is bounded, and no pack is taken out of a pack.
#include <cstdlib>

#include "attest/collateral_pack.h"
#include "attest/endorsements.h"

namespace {

namespace attest = aipg::attest;

void require(bool held) {
  if (!held) std::abort();
}

bool is_pack(const aipg::Bytes& piece) { return attest::parse_collateral_pack(aipg::as_text(piece)).has_value(); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const aipg::ByteView in(data, size);
  if (const auto entries = attest::parse_collateral_pack(aipg::as_text(in))) {
    require(attest::write_collateral_pack(*entries) == aipg::as_text(in));
  }
  attest::Endorsements endorsements;
  (void)endorsements.add(in);
  require(endorsements.certificates.size() <= 16 * attest::kMaxEndorsements);
  for (const auto* list : {&endorsements.crls, &endorsements.intel, &endorsements.rims, &endorsements.ocsp_responses,
                           &endorsements.jwks, &endorsements.tokens}) {
    require(list->size() <= attest::kMaxEndorsements);
    for (const aipg::Bytes& piece : *list) require(!is_pack(piece));
  }
  return 0;
}
