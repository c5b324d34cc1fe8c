// SPDX-License-Identifier: Apache-2.0
// A chain that reads is two certificates, and is the same when it is written
// and read again.
#include <cstdlib>

#include "codec/pem.h"
#include "collateral/issuer_chain.h"

namespace {

void require(bool held) {
  if (!held) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto pem = aipg::collateral::read_issuer_chain(aipg::as_text(aipg::ByteView(data, size)));
  if (!pem) return 0;
  require(aipg::codec::parse_pem_certificates(*pem, 2)->size() == 2);
  const auto again = aipg::collateral::read_issuer_chain(aipg::collateral::write_issuer_chain(*pem));
  // Escapes may make a header that was just short enough too long.
  require(again ? *again == *pem : size > aipg::collateral::kMaxIssuerChainBytes / 3);
  return 0;
}
