// SPDX-License-Identifier: Apache-2.0
// Canonical JSON of docs/protocol.md: RFC 8785 restricted to ASCII, members
// sorted by byte, integers 0…2^53−1, no floats, no null, no escapes but \" and
// \\, no duplicates, depth ≤ 8. What is hashed or signed is always these bytes.
#pragma once

#include <concepts>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "codec/json.h"

namespace aipg::codec::json {

// Parses and checks that re-serialising gives the same bytes.
// Error: not_canonical (offset says where), besides those of parse().
[[nodiscard]] Result<Document> parse_canonical(std::string_view in, std::size_t max_bytes = 1 << 20);

// A tree to build documents from; write() sorts members.
class Tree {
 public:
  using Array = std::vector<Tree>;
  using Object = std::map<std::string, Tree, std::less<>>;

  Tree(const char* text) : value_(std::string(text)) {}       // NOLINT(google-explicit-constructor)
  Tree(std::string_view text) : value_(std::string(text)) {}  // NOLINT(google-explicit-constructor)
  Tree(std::string text) : value_(std::move(text)) {}         // NOLINT(google-explicit-constructor)
  template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>)
  Tree(T number) : value_(static_cast<std::uint64_t>(number)) {}  // NOLINT(google-explicit-constructor)
  template <std::same_as<bool> T>
  Tree(T flag) : value_(flag) {}                      // NOLINT(google-explicit-constructor)
  Tree(Array array) : value_(std::move(array)) {}     // NOLINT(google-explicit-constructor)
  Tree(Object object) : value_(std::move(object)) {}  // NOLINT(google-explicit-constructor)

  // Canonical bytes. Traps on a bug of ours: non-ASCII or control characters, a number over 2^53−1, depth over 8.
  [[nodiscard]] std::string write() const;

 private:
  void write(std::string& out, unsigned depth) const;
  static void write_array(std::string& out, const Array& array, unsigned depth);
  static void write_object(std::string& out, const Object& object, unsigned depth);

  std::variant<std::string, std::uint64_t, bool, Array, Object> value_;
};

}  // namespace aipg::codec::json
