// SPDX-License-Identifier: Apache-2.0
// What parses has slices that nest, names and strings that survive quoting,
// and a root that parses to the same again; what is canonical is what the
// writer of canonical JSON would have written.
#include <cstdint>

#include "codec/canonical_json.h"
#include "codec/json.h"

namespace {

using aipg::codec::json::Document;
using aipg::codec::json::Kind;
using aipg::codec::json::Tree;
using aipg::codec::json::Value;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void require_string_survives_quoting(const std::string& text) {
  const std::string quoted = aipg::codec::json::quote(text);
  const auto document = aipg::codec::json::parse(quoted);
  require(document.has_value() && document->root().string() == text);
}

void require_sound(const Value& value) {
  if (value.is(Kind::string)) require_string_survives_quoting(*value.string());
  if (const auto plain = value.plain_string()) require(*plain == *value.string());
  std::size_t count = 0;
  std::size_t from = value.offset() + 1;
  const std::size_t end = value.offset() + value.raw().size();
  for (const Value& child : value) {
    require(child.offset() >= from && child.offset() + child.raw().size() < end);
    from = child.offset() + child.raw().size();
    if (value.is(Kind::object)) {
      require(value.find(child.name())->offset() == child.offset());
      require_string_survives_quoting(std::string(child.name()));
    }
    require_sound(child);
    ++count;
  }
  require(count == value.size());
}

void require_same(const Value& a, const Value& b) {
  require(a.kind() == b.kind() && a.raw() == b.raw() && a.name() == b.name() && a.size() == b.size());
  auto other = b.begin();
  for (const Value& child : a) require_same(child, *other++);
}

Tree tree_of(const Value& value) {
  switch (value.kind()) {
    case Kind::boolean:
      return *value.boolean();
    case Kind::number:
      return *value.uint();
    case Kind::string:
      return *value.string();
    case Kind::array: {
      Tree::Array array;
      for (const Value& element : value) array.push_back(tree_of(element));
      return array;
    }
    case Kind::object: {
      Tree::Object object;
      for (const Value& member : value) object.emplace(member.name(), tree_of(member));
      return object;
    }
    case Kind::null:
      break;
  }
  __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view in = aipg::as_text({data, size});
  const auto document = aipg::codec::json::parse(in);
  const auto canonical = aipg::codec::json::parse_canonical(in);
  if (document) {
    require_sound(document->root());
    const auto again = aipg::codec::json::parse(document->root().raw());
    require(again.has_value());
    require_same(document->root(), again->root());
  }
  if (canonical) {
    require(document.has_value());
    require(tree_of(canonical->root()).write() == in);
  }
  return 0;
}
