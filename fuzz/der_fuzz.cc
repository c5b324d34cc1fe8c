// SPDX-License-Identifier: Apache-2.0
// What is strict can be walked to its leaves with the reader, which covers
// every byte, and written again the same.
#include <cstdint>

#include "codec/der.h"

namespace {

namespace der = aipg::codec::der;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void require_integer_survives(const der::Element& element) {
  const auto fixed = der::to_fixed(element, element.content.size());
  const auto number = der::to_uint(element);
  require(!number || fixed.has_value());
  if (number) require(aipg::equal(der::integer(*number), element.whole));
  if (fixed) require(aipg::equal(der::unsigned_integer(*fixed), element.whole));
}

aipg::Bytes rewritten(aipg::ByteView content) {
  aipg::Bytes out;
  der::Reader reader(content);
  while (!reader.empty()) {
    const auto element = reader.next();
    require(element.has_value());
    if (element->tag == der::kInteger) require_integer_survives(*element);
    const bool constructed = (element->tag & 0x20) != 0;
    aipg::append(
        out, der::element(element->tag, constructed ? rewritten(element->content) : aipg::to_bytes(element->content)));
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const aipg::ByteView in{data, size};
  if (der::check_strict(in)) require(aipg::equal(rewritten(in), in));
  return 0;
}
