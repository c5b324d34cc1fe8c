// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "codec/json.h"
#include "codec/json_string.h"

namespace aipg::codec::json {

// One pass over the input with a stack of its own, so that depth costs no
// stack of ours. The first fault is kept in error_; steps return false then.
class Parser {
 public:
  Parser(std::string_view in, const Limits& limits) : limits_(limits) { document_.in_ = in; }

  Result<Document> run() {
    if (in().size() > std::min<std::size_t>(limits_.max_bytes, std::numeric_limits<std::uint32_t>::max())) {
      return fail("json_too_large", "bytes", limits_.max_bytes);
    }
    document_.nodes_.reserve(std::min(in().size() / kBytesOfAValue, kFirstValues));
    if (!parse_document()) return std::unexpected(*error_);
    return std::move(document_);
  }

 private:
  using Node = Document::Node;
  static constexpr std::size_t kBytesOfAValue = 16, kFirstValues = 4096;  // a guess, and where guessing ends

  struct Name {
    std::uint32_t begin = 0, end = 0;
    bool escaped = false;
  };

  [[nodiscard]] std::string_view in() const { return document_.in_; }
  [[nodiscard]] char peek() const { return at_ < in().size() ? in()[at_] : '\0'; }  // no token starts with NUL
  static std::uint32_t u32(std::size_t n) { return static_cast<std::uint32_t>(n); }

  bool refuse(Literal code, Literal where) { return refuse(code, where, at_); }
  bool refuse(Literal code, Literal where, std::size_t offset) {
    error_ = Error{code, where, offset};
    return false;
  }

  void skip_space() {
    const std::string_view text = in();
    while (at_ < text.size() && (text[at_] == ' ' || text[at_] == '\n' || text[at_] == '\r' || text[at_] == '\t')) {
      ++at_;
    }
  }

  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  bool parse_document() {
    skip_space();
    if (!parse_value({})) return false;
    while (!open_.empty()) {
      if (!parse_next()) return false;
    }
    skip_space();
    return at_ == in().size() || refuse("json_invalid", "after_value");
  }

  // Inside the innermost open array or object: its next element or its end.
  bool parse_next() {
    const std::size_t container = open_.back();
    const bool object = document_.nodes_[container].kind == Kind::object;
    skip_space();
    if (take(object ? '}' : ']')) return close(container);
    if (document_.nodes_[container].size != 0) {
      if (!take(',')) return refuse("json_invalid", "separator");
      skip_space();
    }
    ++document_.nodes_[container].size;
    Name name;
    if (object && !parse_name(name)) return false;
    return parse_value(name);
  }

  bool parse_name(Name& name) {
    if (peek() != '"') return refuse("json_invalid", "member_name");
    bool has_escapes = false;
    const std::size_t begin = at_ + 1;
    if (!parse_string(has_escapes)) return false;
    name = {u32(begin), u32(at_ - 1), has_escapes};
    if (has_escapes) {
      const std::size_t from = document_.names_.size();
      append_unescaped(document_.names_, in().substr(begin, at_ - 1 - begin));
      name = {u32(from), u32(document_.names_.size()), true};
    }
    skip_space();
    if (!take(':')) return refuse("json_invalid", "colon");
    skip_space();
    return true;
  }

  bool parse_value(const Name& name) {
    const std::size_t node = document_.nodes_.size();
    if (node >= limits_.max_nodes) return refuse("json_too_large", "values");
    document_.nodes_.push_back({u32(at_), 0, u32(node + 1), 0, name.begin, name.end, Kind::null, name.escaped, false});
    bool has_escapes = false;
    switch (peek()) {
      case '{':
        return open(node, Kind::object);
      case '[':
        return open(node, Kind::array);
      case '"':
        return parse_string(has_escapes) && finish(node, Kind::string, has_escapes);
      case 't':
        return parse_word("true") && finish(node, Kind::boolean);
      case 'f':
        return parse_word("false") && finish(node, Kind::boolean);
      case 'n':
        return parse_word("null") && finish(node, Kind::null);
      default:
        return parse_number() && finish(node, Kind::number);
    }
  }

  bool finish(std::size_t node, Kind kind, bool has_escapes = false) {
    Node& n = document_.nodes_[node];
    n.end = u32(at_);
    n.kind = kind;
    n.has_escapes = has_escapes;
    return true;
  }

  bool open(std::size_t node, Kind kind) {
    if (open_.size() >= limits_.max_depth) return refuse("json_too_deep", "");
    document_.nodes_[node].kind = kind;
    open_.push_back(node);
    ++at_;
    return true;
  }

  bool close(std::size_t node) {
    Node& n = document_.nodes_[node];
    n.end = u32(at_);
    n.next = u32(document_.nodes_.size());
    open_.pop_back();
    return n.kind == Kind::array || names_differ(node);
  }

  bool names_differ(std::size_t object) {
    constexpr std::uint32_t kFew = 8;  // comparing all pairs is quicker than sorting up to here
    const Node& n = document_.nodes_[object];
    return n.size <= kFew ? few_names_differ(object + 1, n.next) : many_names_differ(object + 1, n.next);
  }

  bool few_names_differ(std::size_t first, std::size_t end) {
    const auto& nodes = document_.nodes_;
    for (std::size_t a = first; a < end; a = nodes[a].next) {
      for (std::size_t b = nodes[a].next; b < end; b = nodes[b].next) {
        if (document_.name(nodes[a]) == document_.name(nodes[b])) return refuse_duplicate(nodes[b]);
      }
    }
    return true;
  }

  // Sorting, not hashing: no input can make it slow.
  bool many_names_differ(std::size_t first, std::size_t end) {
    const auto& nodes = document_.nodes_;
    sorted_.clear();
    for (std::size_t i = first; i < end; i = nodes[i].next) sorted_.push_back(i);
    const auto name = [&](std::size_t i) { return document_.name(nodes[i]); };
    std::ranges::sort(sorted_, [&](std::size_t a, std::size_t b) {
      const std::string_view x = name(a), y = name(b);
      return x.size() != y.size() ? x.size() < y.size() : x < y;
    });
    const auto twin =
        std::ranges::adjacent_find(sorted_, [&](std::size_t a, std::size_t b) { return name(a) == name(b); });
    if (twin == sorted_.end()) return true;
    return refuse_duplicate(nodes[std::max(twin[0], twin[1])]);
  }

  bool refuse_duplicate(const Node& later) { return refuse("json_duplicate_name", "", later.begin); }

  bool parse_string(bool& has_escapes) {
    const ScannedString scanned = scan_string(in().substr(at_ + 1));
    at_ += 1 + scanned.bytes;
    if (scanned.fault == StringFault::utf8) return refuse("json_invalid_utf8", "string");
    if (scanned.fault == StringFault::syntax) return refuse("json_invalid", "string");
    ++at_;
    has_escapes = scanned.has_escapes;
    return true;
  }

  bool parse_word(std::string_view word) {
    if (!in().substr(at_).starts_with(word)) return refuse("json_invalid", "value");
    at_ += word.size();
    return true;
  }

  bool parse_digits() {
    const std::size_t from = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    return at_ != from;
  }

  bool parse_number() {
    const std::size_t from = at_;
    take('-');
    if (!take('0') && !parse_digits())
      return refuse("json_invalid", at_ == from ? Literal("value") : Literal("number"));
    if (take('.') && !parse_digits()) return refuse("json_invalid", "number");
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!parse_digits()) return refuse("json_invalid", "number");
    }
    return true;
  }

  Limits limits_;
  Document document_;
  std::size_t at_ = 0;
  std::vector<std::size_t> open_;    // arrays and objects around at_, outermost first
  std::vector<std::size_t> sorted_;  // scratch
  std::optional<Error> error_;
};

Result<Document> parse(std::string_view in, const Limits& limits) { return Parser(in, limits).run(); }

}  // namespace aipg::codec::json
