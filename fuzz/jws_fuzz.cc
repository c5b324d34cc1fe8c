// SPDX-License-Identifier: Apache-2.0
// A token that parses is exactly its three parts, written canonically; and
// nobody's key signed it.
#include "attest/nras/jose.h"
#include "codec/base64.h"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace nras = aipg::attest::nras;
  namespace codec = aipg::codec;
  const std::string_view in = aipg::as_text({data, size});
  const auto jws = nras::parse_jws(in);
  if (!jws) return 0;
  require(!jws->kid.empty() && jws->signature.size() == 96);
  const std::string_view header = in.substr(0, in.find('.'));
  require(std::string(header) + '.' + codec::to_base64url(jws->claims) == jws->signing_input);
  require(std::string(jws->signing_input) + '.' + codec::to_base64url(jws->signature) == in);
  return 0;
}
