// SPDX-License-Identifier: Apache-2.0
// A manifest that parses is what make_manifest() writes from its fields, but
// for extensions, which it does not write.
#include <cstdint>

#include "attest/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace attest = aipg::attest;
  const aipg::ByteView in(data, size);
  const auto manifest = attest::parse_manifest(in);
  if (!manifest) return 0;
  const attest::Manifest again = attest::make_manifest(*manifest);
  if (!attest::parse_manifest(again.bytes)) __builtin_trap();
  const bool extended = aipg::as_text(in).find("\"ext\"") != std::string_view::npos;
  if (!extended && (!aipg::equal(again.bytes, in) || again.hash != manifest->hash)) __builtin_trap();
  return 0;
}
