// SPDX-License-Identifier: Apache-2.0
#include "program/toml_reader.h"

#include <algorithm>

#include "program/units.h"

namespace aipg::program {
namespace {

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

const toml::node* TomlReader::get(const char* key) {
  asked_.insert(key);
  return table_.get(key);
}

void TomlReader::complain(const char* key, std::string what) {
  if (problem_) return;
  const toml::node* node = table_.get(key);
  problem_ = TomlProblem{prefix_ + key, std::move(what), (node != nullptr ? *node : table_).source().begin.line};
}

void TomlReader::text(const char* key, std::string& out) {
  const toml::node* node = get(key);
  if (node == nullptr) return;
  const auto value = node->value_exact<std::string>();
  if (!value || value->empty() || !is_printable(*value)) return complain(key, "is not a text of printable ASCII");
  out = *value;
}

void TomlReader::required_text(const char* key, std::string& out) {
  if (get(key) == nullptr) return complain(key, "is missing");
  text(key, out);
}

void TomlReader::texts(const char* key, std::vector<std::string>& out) {
  const toml::node* node = get(key);
  if (node == nullptr) return;
  if (!node->is_array()) return complain(key, "is not a list of texts");
  for (const toml::node& element : *node->as_array()) {
    const auto value = element.value_exact<std::string>();
    if (!value || !is_printable(*value)) return complain(key, "is not a list of texts of printable ASCII");
    out.push_back(*value);
  }
}

void TomlReader::number(const char* key, std::uint64_t& out, std::uint64_t least, std::uint64_t most) {
  const toml::node* node = get(key);
  if (node == nullptr) return;
  const auto value = node->value_exact<std::int64_t>();
  if (!value || *value < 0 || static_cast<std::uint64_t>(*value) < least || static_cast<std::uint64_t>(*value) > most) {
    return complain(key, "is not a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  out = static_cast<std::uint64_t>(*value);
}

void TomlReader::duration(const char* key, milliseconds& out) {
  const toml::node* node = get(key);
  if (node == nullptr) return;
  const auto value = node->value_exact<std::string>();
  const auto duration = value ? program::parse_duration(*value) : fail("invalid_duration");
  if (!duration || *duration <= milliseconds(0)) return complain(key, "is not a time like \"30s\" or \"60m\"");
  out = *duration;
}

void TomlReader::instant(const char* key, Instant& out) {
  std::string written;
  required_text(key, written);
  const auto at = parse_instant(written);
  if (!at) return complain(key, "is not an instant like \"2026-11-22T12:00:00Z\"");
  out = *at;
}

const toml::table* TomlReader::table(const char* key) {
  const toml::node* node = get(key);
  if (node == nullptr) return nullptr;
  if (!node->is_table()) complain(key, "is not a table");
  return node->as_table();
}

std::vector<const toml::table*> TomlReader::tables(const char* key) {
  std::vector<const toml::table*> out;
  const toml::node* node = get(key);
  if (node == nullptr) return out;
  const toml::array* array = node->as_array();
  if (array == nullptr || !array->is_homogeneous<toml::table>()) {
    complain(key, "is not a list of tables");
    return out;
  }
  for (const toml::node& element : *array) out.push_back(element.as_table());
  return out;
}

void TomlReader::finish() {
  for (const auto& [key, value] : table_) {
    if (!asked_.contains(key.str())) complain(std::string(key.str()).c_str(), "is not a known key");
  }
}

}  // namespace aipg::program
