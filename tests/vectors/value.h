// SPDX-License-Identifier: Apache-2.0
// What a vector file is made of: JSON with text, unsigned numbers, booleans,
// arrays and objects in the order they were written. Reading marks, so that a
// field nobody looked at can be found. A vector that lacks what its kind needs
// throws std::invalid_argument: a broken file, or a bug here.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"

namespace aipg::vectors {

class Value {
 public:
  using Array = std::vector<Value>;
  using Member = std::pair<std::string, Value>;
  using Object = std::vector<Member>;

  Value() : value_(Object{}) {}
  Value(const char* text) : value_(std::string(text)) {}       // NOLINT(google-explicit-constructor)
  Value(std::string_view text) : value_(std::string(text)) {}  // NOLINT(google-explicit-constructor)
  Value(std::string text) : value_(std::move(text)) {}         // NOLINT(google-explicit-constructor)
  Value(std::uint64_t number) : value_(number) {}              // NOLINT(google-explicit-constructor)
  Value(bool flag) : value_(flag) {}                           // NOLINT(google-explicit-constructor)
  Value(Array array) : value_(std::move(array)) {}             // NOLINT(google-explicit-constructor)
  Value(Object object) : value_(std::move(object)) {}          // NOLINT(google-explicit-constructor)
  // Hexadecimal text; over 4 KiB, its size and SHA-256 instead.
  static Value hex(ByteView bytes);

  // From a file's text. Throws on anything but what this class holds.
  static Value parse(std::string_view json);
  // Two spaces a level, a newline at the end.
  [[nodiscard]] std::string write() const;

  // Reading; each marks what it reads.
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] const Value& at(std::string_view name) const;
  [[nodiscard]] const std::string& text() const;
  [[nodiscard]] std::uint64_t number() const;
  [[nodiscard]] bool flag() const;
  [[nodiscard]] Bytes bytes() const;  // of hexadecimal text
  template <std::size_t N>
  [[nodiscard]] ByteArray<N> array() const {
    return to_array<N>(sized(N));
  }
  [[nodiscard]] const Array& elements() const;
  [[nodiscard]] std::vector<std::string> names() const;  // of an object's members
  [[nodiscard]] bool is_object() const { return std::holds_alternative<Object>(value_); }

  // Sets or adds a member of an object.
  Value& set(std::string_view name, Value to);

  // Paths of what was never read.
  [[nodiscard]] std::vector<std::string> unread() const;
  // Every scalar with its path, sorted: what two values are compared by.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> flat() const;

 private:
  [[nodiscard]] Bytes sized(std::size_t n) const;
  void write(std::string& out, std::size_t indent) const;
  void flatten(const std::string& path, std::vector<std::pair<std::string, std::string>>& out) const;
  void find_unread(const std::string& path, std::vector<std::string>& out) const;

  std::variant<std::string, std::uint64_t, bool, Array, Object> value_;
  mutable bool read_ = false;
};

}  // namespace aipg::vectors
