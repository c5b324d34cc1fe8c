// SPDX-License-Identifier: Apache-2.0
#include "codec/canonical_json.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "codec/json_string.h"

namespace aipg::codec::json {
namespace {

constexpr std::uint64_t kMaxInteger = (1ULL << 53) - 1;
constexpr unsigned kMaxDepth = 8;

// False when `text` has a character that canonical text cannot hold.
bool append_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t plain = plain_prefix(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (text.front() != '"' && text.front() != '\\') return false;
    (out += '\\') += text.front();
    text.remove_prefix(1);
  }
  out += '"';
  return true;
}

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

bool append_canonical(std::string& out, const Value& value);

bool append_members(std::string& out, const Value& object) {
  std::optional<std::string_view> before;
  out += '{';
  for (const Value& member : object) {
    if (before && member.name() <= *before) return false;
    if (before) out += ',';
    before = member.name();
    if (!append_string(out, member.name())) return false;
    out += ':';
    if (!append_canonical(out, member)) return false;
  }
  out += '}';
  return true;
}

bool append_elements(std::string& out, const Value& array) {
  out += '[';
  for (bool first = true; const Value& element : array) {
    if (!std::exchange(first, false)) out += ',';
    if (!append_canonical(out, element)) return false;
  }
  out += ']';
  return true;
}

// Recursion is bounded: the document was parsed with kMaxDepth.
bool append_canonical(std::string& out, const Value& value) {
  switch (value.kind()) {
    case Kind::null:
      return false;
    case Kind::boolean:
      out += value.raw();
      return true;
    case Kind::string:
      return append_string(out, *value.string());
    case Kind::array:
      return append_elements(out, value);
    case Kind::object:
      return append_members(out, value);
    case Kind::number:
      break;
  }
  const auto number = value.uint();
  if (!number || *number > kMaxInteger) return false;
  append_number(out, *number);
  return true;
}

}  // namespace

Result<Document> parse_canonical(std::string_view in, std::size_t max_bytes) {
  AIPG_TRY(Document document, parse(in, {.max_bytes = max_bytes, .max_depth = kMaxDepth}));
  std::string again;
  again.reserve(in.size());
  if (!append_canonical(again, document.root()) || again != in) {
    const auto differs = std::ranges::mismatch(again, in).in2;
    return fail("not_canonical", "", static_cast<std::size_t>(differs - in.begin()));
  }
  return document;
}

std::string Tree::write() const {
  std::string out;
  write(out, 0);
  return out;
}

void Tree::write(std::string& out, unsigned depth) const {
  if (const auto* text = std::get_if<std::string>(&value_)) {
    if (!append_string(out, *text)) __builtin_trap();
  } else if (const auto* number = std::get_if<std::uint64_t>(&value_)) {
    if (*number > kMaxInteger) __builtin_trap();
    append_number(out, *number);
  } else if (const auto* flag = std::get_if<bool>(&value_)) {
    out += *flag ? "true" : "false";
  } else if (const auto* array = std::get_if<Array>(&value_)) {
    write_array(out, *array, depth + 1);
  } else {
    write_object(out, std::get<Object>(value_), depth + 1);
  }
}

void Tree::write_array(std::string& out, const Array& array, unsigned depth) {
  if (depth > kMaxDepth) __builtin_trap();
  out += '[';
  for (bool first = true; const Tree& element : array) {
    if (!std::exchange(first, false)) out += ',';
    element.write(out, depth);
  }
  out += ']';
}

void Tree::write_object(std::string& out, const Object& object, unsigned depth) {
  if (depth > kMaxDepth) __builtin_trap();
  out += '{';
  for (bool first = true; const auto& [name, value] : object) {
    if (!std::exchange(first, false)) out += ',';
    if (!append_string(out, name)) __builtin_trap();
    out += ':';
    value.write(out, depth);
  }
  out += '}';
}

}  // namespace aipg::codec::json
