// SPDX-License-Identifier: Apache-2.0
#include "client/core/policy_tree.h"

#include <algorithm>

#include "base/text.h"
#include "codec/json.h"
#include "program/toml_text.h"

namespace aipg::client {
namespace {

using Kind = PolicyNode::Kind;
constexpr std::size_t kMaxPolicyBytes = 1 << 20;
constexpr unsigned kMaxDepth = 16;

std::unexpected<Error> refuse(std::string text, std::string* complaint) {
  if (complaint != nullptr) *complaint = std::move(text);
  return fail("policy_syntax");
}

// Recursion is bounded: toml++ refuses tables nested deeper than 256.
PolicyNode from_toml(const toml::node& node, std::string_view name) {
  PolicyNode out;
  out.line = node.source().begin.line;
  out.name = name;
  if (const auto* text = node.as_string()) {
    out.kind = Kind::text;
    out.text = text->get();
  } else if (const auto* integer = node.as_integer()) {
    out.kind = Kind::integer;
    out.integer = integer->get();
  } else if (const auto* boolean = node.as_boolean()) {
    out.kind = Kind::boolean;
    out.boolean = boolean->get();
  } else if (const auto* list = node.as_array()) {
    out.kind = Kind::list;
    for (const toml::node& each : *list) out.children.push_back(from_toml(each, {}));
  } else if (const auto* table = node.as_table()) {
    out.kind = Kind::table;
    for (const auto& [key, each] : *table) out.children.push_back(from_toml(each, key.str()));
    std::ranges::sort(out.children, {}, &PolicyNode::line);  // as written, not by name
  }
  return out;
}

Result<PolicyNode> read_toml(std::string_view text, std::string* complaint) {
  const auto parsed = program::parse_toml(text);
  if (parsed) return from_toml(*parsed, {});
  return refuse("line " + std::to_string(parsed.error().line) + " is not TOML", complaint);
}

std::size_t line_at(std::string_view text, std::size_t offset) {
  return 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, offset), '\n'));
}

PolicyNode from_json(codec::json::Value value, std::string_view text) {
  PolicyNode out;
  out.line = line_at(text, value.offset());
  out.name = value.name();
  if (const auto string = value.string()) {
    out.kind = Kind::text;
    out.text = *string;
  } else if (const auto integer = value.integer()) {
    out.kind = Kind::integer;
    out.integer = *integer;
  } else if (const auto boolean = value.boolean()) {
    out.kind = Kind::boolean;
    out.boolean = *boolean;
  } else if (value.is(codec::json::Kind::array) || value.is(codec::json::Kind::object)) {
    out.kind = value.is(codec::json::Kind::array) ? Kind::list : Kind::table;
    for (const codec::json::Value each : value) out.children.push_back(from_json(each, text));
  }
  return out;
}

Result<PolicyNode> read_json(std::string_view text, std::string* complaint) {
  constexpr std::size_t kMaxNodes = 4096;  // each counts the lines before it
  const auto document =
      codec::json::parse(text, {.max_bytes = kMaxPolicyBytes, .max_depth = kMaxDepth, .max_nodes = kMaxNodes});
  if (document) return from_json(document->root(), text);
  return refuse("line " + std::to_string(line_at(text, document.error().offset)) + " is not JSON", complaint);
}

}  // namespace

const PolicyNode* PolicyNode::find(std::string_view member) const {
  const auto found = std::ranges::find(children, member, &PolicyNode::name);
  return found == children.end() ? nullptr : &*found;
}

Result<PolicyNode> read_policy_tree(std::string_view text, std::string* complaint) {
  if (text.size() > kMaxPolicyBytes) return refuse("it is larger than 1 MiB", complaint);
  return trimmed(text).starts_with('{') ? read_json(text, complaint) : read_toml(text, complaint);
}

}  // namespace aipg::client
