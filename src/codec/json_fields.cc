// SPDX-License-Identifier: Apache-2.0
#include "codec/json_fields.h"

#include "codec/base64.h"

namespace aipg::codec::json {

Fields::Fields(Value object, Literal document) : object_(object), document_(document) {
  if (!object.is(Kind::object)) note("json_wrong_type", "");
}

std::string Fields::string(std::string_view name, std::size_t max_bytes) {
  const auto member = get(name, Kind::string, true);
  return member ? text_of(*member, name, max_bytes) : std::string();
}

std::uint64_t Fields::uint(std::string_view name, std::uint64_t max) {
  const auto member = get(name, Kind::number, true);
  if (!member) return 0;
  const auto number = member->uint();
  if (number && *number <= max) return *number;
  note("json_wrong_type", name);
  return 0;
}

bool Fields::boolean(std::string_view name) {
  const auto member = get(name, Kind::boolean, true);
  return member && *member->boolean();
}

Bytes Fields::bytes(std::string_view name, std::size_t max_bytes) {
  const auto member = get(name, Kind::string, true);
  if (!member) return {};
  const auto text = member->plain_string();  // base64url needs no escapes, so it may have none
  if (text && text->size() / 4 * 3 <= max_bytes) {
    auto decoded = from_base64url(*text);
    if (decoded && decoded->size() <= max_bytes) return *std::move(decoded);
  }
  note("json_wrong_type", name);
  return {};
}

std::optional<Value> Fields::value(std::string_view name, Kind kind) { return get(name, kind, true); }

bool Fields::has(std::string_view name) const { return object_.find(name).has_value(); }

std::optional<std::string> Fields::optional_string(std::string_view name, std::size_t max_bytes) {
  const auto member = get(name, Kind::string, false);
  if (!member) return std::nullopt;
  return text_of(*member, name, max_bytes);
}

std::optional<std::uint64_t> Fields::optional_uint(std::string_view name, std::uint64_t max) {
  if (!get(name, Kind::number, false)) return std::nullopt;
  return uint(name, max);
}

std::optional<Value> Fields::optional_value(std::string_view name, Kind kind) { return get(name, kind, false); }

void Fields::ignore(std::string_view name) { (void)ask(name); }

Result<void> Fields::finish() {
  std::uint64_t asked = asked_;
  for (const Value& member : object_) {
    if (error_) break;
    if (object_.is(Kind::object) && (asked & 1) == 0) note("json_unknown_field", member.name());
    asked >>= 1;
  }
  if (error_) return std::unexpected(*error_);
  return {};
}

std::string Fields::text_of(Value member, std::string_view name, std::size_t max_bytes) {
  // Each byte of text takes at most six in the input: do not unescape what cannot fit.
  if (member.raw().size() / 6 <= max_bytes) {
    if (std::string text = *member.string(); text.size() <= max_bytes) return text;
  }
  note("json_wrong_type", name);
  return {};
}

std::optional<Value> Fields::get(std::string_view name, Kind kind, bool required) {
  const auto member = ask(name);
  if (!member) {
    if (required) note("json_missing_field", name);
    return std::nullopt;
  }
  if (!member->is(kind)) {
    note("json_wrong_type", name);
    return std::nullopt;
  }
  return member;
}

std::optional<Value> Fields::ask(std::string_view name) {
  if (!object_.is(Kind::object)) return std::nullopt;
  std::uint64_t bit = 1;  // none is left for a member after the 64th
  for (const Value& member : object_) {
    if (member.name() == name) {
      asked_ |= bit;
      return member;
    }
    bit <<= 1;
  }
  return std::nullopt;
}

void Fields::note(Literal code, std::string_view name) {
  if (error_) return;
  const auto member = object_.find(name);
  error_ = Error{code, document_, member ? member->offset() : object_.offset()};
  field_ = name;
}

}  // namespace aipg::codec::json
