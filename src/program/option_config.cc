// SPDX-License-Identifier: Apache-2.0
// --print-config: the values in effect, as a file that gives them again.
#include <algorithm>

#include "program/in_quotes.h"
#include "program/option_table.h"

namespace aipg::program {
namespace {

std::string toml_value(const OptionEntry& entry, const std::vector<std::string>& values) {
  const bool bare =
      entry.kind == OptionKind::number || entry.kind == OptionKind::real || entry.kind == OptionKind::flag;
  if (bare) return values.front();
  std::vector<std::string> texts;
  for (const std::string& value : values) texts.push_back(in_quotes(entry.secret ? "<set>" : value));
  return entry.kind == OptionKind::list ? "[" + joined(texts, ", ") + "]" : texts.front();
}

void append_toml(std::string& out, const OptionEntry& entry, std::string_view name) {
  const auto values = entry.get();
  if (values.empty() && entry.kind != OptionKind::list) {
    out.append("# ").append(name).append(" is not set\n");
  } else {
    out.append(name).append(" = ").append(toml_value(entry, values)).append("\n");
  }
}

// The [table] part of a key; empty for a key outside any.
std::string table_of(const std::string& key) {
  const std::size_t dot = key.rfind('.');
  return dot == std::string::npos ? "" : key.substr(0, dot);
}

}  // namespace

std::string Options::print_config() const {
  std::vector<std::string> tables = {""};  // keys outside any table must come first
  for (const auto& entry : table_->entries) {
    const std::string table = table_of(table_->file_key(*entry));
    if (!entry->flag_only && std::ranges::find(tables, table) == tables.end()) tables.push_back(table);
  }
  std::string out;
  for (const std::string& table : tables) {
    if (!table.empty()) out.append(out.empty() ? "" : "\n").append("[").append(table).append("]\n");
    for (const auto& entry : table_->entries) {
      const std::string key = table_->file_key(*entry);
      if (entry->flag_only || table_of(key) != table) continue;
      append_toml(out, *entry, key.substr(table.empty() ? 0 : table.size() + 1));
    }
  }
  return out;
}

}  // namespace aipg::program
