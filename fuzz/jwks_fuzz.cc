// SPDX-License-Identifier: Apache-2.0
// Each key of a list that parses is on P-384, is its certificate's, and is the
// one that its kid finds.
#include "attest/nras/jwks.h"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace nras = aipg::attest::nras;
  const auto jwks = nras::Jwks::parse({data, size});
  if (!jwks) return 0;
  require(!jwks->keys().empty());
  for (const nras::Jwk& key : jwks->keys()) {
    require(jwks->find(key.kid) == &key);
    require(key.key.curve() == aipg::crypto::Curve::p384);
    require(aipg::equal(key.certificate.ec_key()->xy(), key.key.xy()));
    require(!nras::check_key_chain(key, {}, key.certificate.not_before()));
  }
  return 0;
}
