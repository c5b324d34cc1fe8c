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

// Takes canonical text piece by piece, as a std::string does, and keeps only its size.
class Size {
 public:
  Size& operator+=(std::string_view piece) {
    bytes_ += piece.size();
    return *this;
  }
  Size& operator+=(char) {
    ++bytes_;
    return *this;
  }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

// False when `text` has a character that canonical text cannot hold.
template <typename Out>
bool append_string(Out& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t plain = plain_prefix(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (text.front() != '"' && text.front() != '\\') return false;
    out += '\\';
    out += text.front();
    text.remove_prefix(1);
  }
  out += '"';
  return true;
}

template <typename Out>
void append_number(Out& out, std::uint64_t number) {
  char digits[20];
  out += std::string_view(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

template <typename Out>
bool append_canonical(Out& out, const Value& value);

template <typename Out>
bool append_members(Out& out, const Value& object) {
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

template <typename Out>
bool append_elements(Out& out, const Value& array) {
  out += '[';
  for (bool first = true; const Value& element : array) {
    if (!std::exchange(first, false)) out += ',';
    if (!append_canonical(out, element)) return false;
  }
  out += ']';
  return true;
}

// Recursion is bounded: the document was parsed with kMaxDepth.
template <typename Out>
bool append_canonical(Out& out, const Value& value) {
  switch (value.kind()) {
    case Kind::null:
      return false;
    case Kind::boolean:
      out += value.raw();
      return true;
    case Kind::string:
      if (const auto plain = value.plain_string()) return append_string(out, *plain);
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
  // Text whose members are in order and whose numbers are whole differs from the canonical one of the same value by
  // spaces and by escapes that need not be, and is longer for each: of the same size, it is the same.
  Size size;
  if (append_canonical(size, document.root()) && size.bytes() == in.size()) return document;
  std::string canonical;
  (void)append_canonical(canonical, document.root());
  const auto differs = std::ranges::mismatch(in, canonical).in1;
  return fail("not_canonical", "", static_cast<std::size_t>(differs - in.begin()));
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
