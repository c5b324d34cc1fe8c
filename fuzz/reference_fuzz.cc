// SPDX-License-Identifier: Apache-2.0
// Reference values that parse are what make_reference() writes from them, but
// for extensions; nobody's signature makes them verified ones.
#include "attest/reference.h"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace attest = aipg::attest;
  const aipg::ByteView in(data, size);
  require(!attest::verify_reference(in, {}, {}, {1'795'000'000'000}));
  const auto reference = attest::parse_reference(in);
  if (!reference) return 0;
  require(!attest::to_text(*reference).empty());
  const attest::Reference again = attest::make_reference(*reference);
  require(attest::parse_reference(again.bytes).has_value());
  if (aipg::as_text(in).find("\"ext\"") == std::string_view::npos) require(aipg::equal(again.bytes, in));
  return 0;
}
