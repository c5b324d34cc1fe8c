// SPDX-License-Identifier: Apache-2.0
// A strict JSON reader (RFC 8259) that keeps exact slices. Refuses duplicate
// member names at any depth (after unescaping), invalid UTF-8, lone
// surrogates, depth over the limit, text after the value, a byte order mark.
// Numbers keep their text; only the accessors interpret it.
//
// parse() copies nothing but escaped member names: Document borrows `in`,
// which must outlive it. Pure; a Document may be read from many threads.
// Errors: json_invalid (offset says where), json_too_deep, json_duplicate_name,
// json_too_large, json_invalid_utf8.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace aipg::codec::json {

struct Limits {
  std::size_t max_bytes = 1 << 20;
  unsigned max_depth = 32;          // the outermost array or object is depth 1
  std::size_t max_nodes = 1 << 20;  // values in the document: bounds memory
};

enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

class Document;

// One value inside a Document; cheap to copy, valid while the Document lives.
class Value {
 public:
  [[nodiscard]] Kind kind() const;
  [[nodiscard]] bool is(Kind k) const { return kind() == k; }

  // The exact bytes of this value in the input, quotes and braces included.
  [[nodiscard]] std::string_view raw() const;
  // Offset of raw() in the input.
  [[nodiscard]] std::size_t offset() const;

  // Interpretations; nullopt when the value is of another kind or does not fit.
  [[nodiscard]] std::optional<std::string> string() const;  // unescaped
  // A string without escapes, borrowed; nullopt when it has any.
  [[nodiscard]] std::optional<std::string_view> plain_string() const;
  [[nodiscard]] std::optional<bool> boolean() const;
  [[nodiscard]] std::optional<std::uint64_t> uint() const;  // "0" or digits without leading zero; no '.', 'e', '-'
  [[nodiscard]] std::optional<std::int64_t> integer() const;
  [[nodiscard]] std::optional<double> number() const;
  [[nodiscard]] bool is_null() const { return is(Kind::null); }

  // Arrays and objects; 0 for other kinds.
  [[nodiscard]] std::size_t size() const;
  // Object member by (unescaped) name; nullopt when absent or not an object.
  [[nodiscard]] std::optional<Value> find(std::string_view name) const;

  // Forward iteration: elements of an array, or members of an object in input order.
  class Iterator;
  [[nodiscard]] Iterator begin() const;
  [[nodiscard]] Iterator end() const;
  // For a value reached by iterating an object: its member name, unescaped. Empty otherwise.
  [[nodiscard]] std::string_view name() const;

 private:
  friend class Document;
  friend class Iterator;
  Value(const Document* document, std::size_t node) : document_(document), node_(node) {}
  const Document* document_;
  std::size_t node_;
};

[[nodiscard]] Result<Document> parse(std::string_view in, const Limits& limits = {});

class Document {
 public:
  [[nodiscard]] Value root() const { return Value(this, 0); }
  [[nodiscard]] std::string_view text() const { return in_; }

 private:
  friend class Value;
  friend class Value::Iterator;
  friend class Parser;
  // 32 bits are enough: parse() refuses longer inputs whatever the limits say.
  struct Node {
    std::uint32_t begin, end;            // slice of in_
    std::uint32_t next;                  // index just past this value's subtree
    std::uint32_t size;                  // children of an array or object
    std::uint32_t name_begin, name_end;  // member name without quotes, in in_ or names_
    Kind kind;
    bool name_escaped;  // name lies in names_
    bool has_escapes;   // strings only
  };
  [[nodiscard]] std::string_view name(const Node& node) const {
    const std::string_view from = node.name_escaped ? std::string_view(names_) : in_;
    return from.substr(node.name_begin, node.name_end - node.name_begin);
  }

  std::string_view in_;
  std::string names_;
  std::vector<Node> nodes_;
};

class Value::Iterator {
 public:
  using value_type = Value;
  using difference_type = std::ptrdiff_t;
  Iterator() = default;
  [[nodiscard]] Value operator*() const { return Value(document_, node_); }
  Iterator& operator++();
  Iterator operator++(int) {
    Iterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const Iterator& a, const Iterator& b) { return a.node_ == b.node_; }

 private:
  friend class Value;
  Iterator(const Document* document, std::size_t node) : document_(document), node_(node) {}
  const Document* document_ = nullptr;
  std::size_t node_ = 0;
};

// Short, and called for every member that is looked at.
inline Kind Value::kind() const { return document_->nodes_[node_].kind; }
inline std::size_t Value::offset() const { return document_->nodes_[node_].begin; }
inline std::string_view Value::name() const { return document_->name(document_->nodes_[node_]); }
inline std::string_view Value::raw() const {
  const auto& node = document_->nodes_[node_];
  return document_->in_.substr(node.begin, node.end - node.begin);
}
inline Value::Iterator Value::begin() const { return {document_, node_ + 1}; }
inline Value::Iterator Value::end() const { return {document_, document_->nodes_[node_].next}; }
inline Value::Iterator& Value::Iterator::operator++() {
  node_ = document_->nodes_[node_].next;
  return *this;
}

// `text` as a JSON string with quotes: escapes only what must be escaped. Input must be UTF-8.
[[nodiscard]] std::string quote(std::string_view text);

}  // namespace aipg::codec::json
