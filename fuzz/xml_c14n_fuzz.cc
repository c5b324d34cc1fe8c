// SPDX-License-Identifier: Apache-2.0
// The canonical form of what parses parses, is its own canonical form, and is
// never longer for leaving something out.
#include <cstdint>

#include "codec/xml_c14n.h"

namespace {

namespace xml = aipg::codec::xml;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto document = xml::parse(aipg::as_text({data, size}));
  if (!document) return 0;
  const std::string once = xml::canonical_text(document->root());
  // Replacing characters can make it longer than what it was read from.
  const auto again = xml::parse(once, {.max_bytes = 8 << 20});
  require(again.has_value());
  require(xml::canonical_text(again->root()) == once);
  if (const auto child = document->root().first_child()) {
    require(xml::canonical_text(document->root(), child).size() <= once.size());
  }
  return 0;
}
