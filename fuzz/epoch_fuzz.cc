// SPDX-License-Identifier: Apache-2.0
// An epoch document that parses is what make_epoch() writes from it; a signed
// document that parses is what is written from it.
#include "attest/epoch.h"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace attest = aipg::attest;
  const aipg::ByteView in(data, size);
  require(!attest::verify_epoch(in, {}, {1'795'000'000'000}));
  if (const auto epoch = attest::parse_epoch(in)) require(aipg::equal(attest::make_epoch(*epoch).bytes, in));
  if (const auto document = attest::parse_signed_document(attest::kEpochKind, in)) {
    require(aipg::equal(attest::write_signed_document(attest::kEpochKind, *document), in));
    require(!attest::check_signers(attest::kEpochKind, *document, {}, 0));
  }
  return 0;
}
