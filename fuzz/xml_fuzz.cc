// SPDX-License-Identifier: Apache-2.0
// What parses lies inside its input and in order: names, values and texts are
// slices of it, children are after their parents, and the walk through the
// document meets every node that the walk through the tree meets.
#include <cstdint>

#include "codec/xml.h"

namespace {

namespace xml = aipg::codec::xml;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

bool is_slice(std::string_view slice, std::string_view whole) {
  return slice.empty() || (slice.data() >= whole.data() && slice.data() + slice.size() <= whole.data() + whole.size());
}

void require_slices(const xml::Node& node, std::string_view in) {
  require(is_slice(node.raw(), in) && is_slice(node.name().qualified, in) && is_slice(node.name().uri, in));
  require(node.is_element() != !node.raw().empty());
  for (const xml::Attribute& each : node.attributes()) {
    require(is_slice(each.name.qualified, in) && is_slice(each.raw, in));
    require(node.attribute(each.name.uri, each.name.local) == each.raw);
  }
}

std::size_t walk(const xml::Node& node, std::string_view in) {
  require_slices(node, in);
  std::size_t count = 1;
  for (auto child = node.first_child(); child; child = child->next_sibling()) {
    require(child->parent() == node);
    count += walk(*child, in);
  }
  return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view in = aipg::as_text({data, size});
  const auto document = xml::parse(in);
  if (!document) return 0;
  std::size_t count = 0;
  for (std::optional<xml::Node> at = document->root(); at; at = at->next_in_document()) ++count;
  require(count == walk(document->root(), in));
  return 0;
}
