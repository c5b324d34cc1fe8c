// SPDX-License-Identifier: Apache-2.0
#include "codec/json.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "codec/json_string.h"

namespace aipg::codec::json {
namespace {

template <typename T>
std::optional<T> whole_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::string> Value::string() const {
  if (!is(Kind::string)) return std::nullopt;
  std::string out;
  out.reserve(raw().size());  // once, so that no copy is left behind that a caller could not wipe
  append_unescaped(out, raw().substr(1, raw().size() - 2));
  return out;
}

std::optional<std::string_view> Value::plain_string() const {
  if (!is(Kind::string) || document_->nodes_[node_].has_escapes) return std::nullopt;
  return raw().substr(1, raw().size() - 2);
}

std::optional<bool> Value::boolean() const {
  if (!is(Kind::boolean)) return std::nullopt;
  return raw() == "true";
}

std::optional<std::uint64_t> Value::uint() const {
  if (!is(Kind::number)) return std::nullopt;
  return whole_number<std::uint64_t>(raw());
}

std::optional<std::int64_t> Value::integer() const {
  if (!is(Kind::number)) return std::nullopt;
  return whole_number<std::int64_t>(raw());
}

std::optional<double> Value::number() const {
  if (!is(Kind::number)) return std::nullopt;
  // Not from_chars: libc++ has none for double yet. A locale with another
  // decimal point makes strtod stop early, which refuses rather than misreads.
  const std::string text(raw());
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end != text.c_str() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::size_t Value::size() const { return document_->nodes_[node_].size; }

std::optional<Value> Value::find(std::string_view name) const {
  if (!is(Kind::object)) return std::nullopt;
  for (const Value& member : *this) {
    if (member.name() == name) return member;
  }
  return std::nullopt;
}

}  // namespace aipg::codec::json
