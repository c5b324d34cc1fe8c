// SPDX-License-Identifier: Apache-2.0
#include "value.h"

#include <algorithm>
#include <stdexcept>

#include "base/hex.h"
#include "codec/json.h"
#include "crypto/digest.h"

namespace aipg::vectors {
namespace {

constexpr std::size_t kLargestHex = 4096;

[[noreturn]] void broken(const std::string& what) { throw std::invalid_argument("vector: " + what); }

Value from_json(codec::json::Value json) {
  using codec::json::Kind;
  switch (json.kind()) {
    case Kind::string:
      return *json.string();
    case Kind::boolean:
      return *json.boolean();
    case Kind::number:
      if (const auto number = json.uint()) return *number;
      break;
    case Kind::array: {
      Value::Array out;
      for (codec::json::Value each : json) out.push_back(from_json(each));
      return out;
    }
    case Kind::object: {
      Value::Object out;
      for (codec::json::Value each : json) out.emplace_back(std::string(each.name()), from_json(each));
      return out;
    }
    case Kind::null:
      break;
  }
  broken("a value of a kind that vectors do not have");
}

}  // namespace

Value Value::hex(ByteView bytes) {
  if (bytes.size() <= kLargestHex) return to_hex(bytes);
  return Object{{"bytes", static_cast<std::uint64_t>(bytes.size())}, {"sha256", to_hex(crypto::sha256(bytes))}};
}

Value Value::parse(std::string_view json) {
  const auto document = codec::json::parse(json, {.max_bytes = 16 << 20});
  if (!document) broken("not JSON");
  return from_json(document->root());
}

bool Value::has(std::string_view name) const {
  const auto* object = std::get_if<Object>(&value_);
  return object != nullptr && std::ranges::find(*object, name, &Member::first) != object->end();
}

const Value& Value::at(std::string_view name) const {
  if (!has(name)) broken("no member " + std::string(name));
  read_ = true;
  return std::ranges::find(std::get<Object>(value_), name, &Member::first)->second;
}

const std::string& Value::text() const {
  read_ = true;
  if (const auto* text = std::get_if<std::string>(&value_)) return *text;
  broken("text expected");
}

std::uint64_t Value::number() const {
  read_ = true;
  if (const auto* number = std::get_if<std::uint64_t>(&value_)) return *number;
  broken("a number expected");
}

bool Value::flag() const {
  read_ = true;
  if (const auto* flag = std::get_if<bool>(&value_)) return *flag;
  broken("true or false expected");
}

Bytes Value::bytes() const {
  auto decoded = from_hex(text());
  if (!decoded) broken("hexadecimal text expected");
  return *std::move(decoded);
}

Bytes Value::sized(std::size_t n) const {
  Bytes out = bytes();
  if (out.size() != n) broken("hexadecimal text of " + std::to_string(n) + " bytes expected");
  return out;
}

const Value::Array& Value::elements() const {
  read_ = true;
  if (const auto* array = std::get_if<Array>(&value_)) return *array;
  broken("an array expected");
}

Value& Value::set(std::string_view name, Value to) {
  auto& object = std::get<Object>(value_);
  const auto found = std::ranges::find(object, name, &Member::first);
  if (found != object.end()) return found->second = std::move(to);
  object.emplace_back(std::string(name), std::move(to));
  return object.back().second;
}

std::vector<std::string> Value::names() const {
  std::vector<std::string> out;
  for (const Member& each : std::get<Object>(value_)) out.push_back(each.first);
  return out;
}

std::string Value::write() const {
  std::string out;
  write(out, 0);
  return out + "\n";
}

void Value::write(std::string& out, std::size_t indent) const {
  const std::string line(indent + 2, ' ');
  if (const auto* text = std::get_if<std::string>(&value_)) {
    out += codec::json::quote(*text);
  } else if (const auto* number = std::get_if<std::uint64_t>(&value_)) {
    out += std::to_string(*number);
  } else if (const auto* flag = std::get_if<bool>(&value_)) {
    out += *flag ? "true" : "false";
  } else if (const auto* array = std::get_if<Array>(&value_)) {
    out += '[';
    for (const Value& each : *array) {
      out += (&each == array->data() ? "\n" : ",\n") + line;
      each.write(out, indent + 2);
    }
    out += array->empty() ? "]" : "\n" + std::string(indent, ' ') + "]";
  } else {
    const auto& object = std::get<Object>(value_);
    out += '{';
    for (const Member& each : object) {
      out += (&each == object.data() ? "\n" : ",\n") + line + codec::json::quote(each.first) + ": ";
      each.second.write(out, indent + 2);
    }
    out += object.empty() ? "}" : "\n" + std::string(indent, ' ') + "}";
  }
}

std::vector<std::string> Value::unread() const {
  std::vector<std::string> out;
  find_unread("", out);
  return out;
}

void Value::find_unread(const std::string& path, std::vector<std::string>& out) const {
  if (const auto* array = std::get_if<Array>(&value_); array != nullptr && !array->empty()) {
    for (std::size_t i = 0; i < array->size(); ++i) (*array)[i].find_unread(path + "/" + std::to_string(i), out);
  } else if (const auto* object = std::get_if<Object>(&value_); object != nullptr && !object->empty()) {
    for (const Member& each : *object) each.second.find_unread(path + "/" + each.first, out);
  } else if (!read_) {
    out.push_back(path);
  }
}

std::vector<std::pair<std::string, std::string>> Value::flat() const {
  std::vector<std::pair<std::string, std::string>> out;
  flatten("", out);
  std::ranges::sort(out);
  return out;
}

void Value::flatten(const std::string& path, std::vector<std::pair<std::string, std::string>>& out) const {
  if (const auto* array = std::get_if<Array>(&value_); array != nullptr && !array->empty()) {
    for (std::size_t i = 0; i < array->size(); ++i) (*array)[i].flatten(path + "/" + std::to_string(i), out);
  } else if (const auto* object = std::get_if<Object>(&value_); object != nullptr && !object->empty()) {
    for (const Member& each : *object) each.second.flatten(path + "/" + each.first, out);
  } else {
    std::string text;
    write(text, 0);
    out.emplace_back(path, text);
  }
}

}  // namespace aipg::vectors
