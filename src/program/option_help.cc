// SPDX-License-Identifier: Apache-2.0
// What the option table says about itself: --help and --print-config.
#include <fmt/format.h>

#include <algorithm>

#include "program/examples.h"
#include "program/in_quotes.h"
#include "program/option_table.h"

namespace aipg::program {
namespace {

constexpr std::size_t kColumn = 28;

std::string_view placeholder_of(const OptionEntry& entry) {
  if (!entry.placeholder.empty()) return entry.placeholder;
  switch (entry.kind) {
    case OptionKind::flag:
      return "";
    case OptionKind::number:
    case OptionKind::real:
      return "NUMBER";
    case OptionKind::duration:
      return "DURATION";
    case OptionKind::size:
      return "SIZE";
    case OptionKind::text:
    case OptionKind::list:
      break;
  }
  return "TEXT";
}

// "default 30s, env AIPG_GATEWAY_GRACE, key drain.grace"
std::string remarks(const OptionEntry& entry) {
  std::vector<std::string> out;
  if (!entry.allowed.empty()) out.push_back(joined(entry.allowed, "|"));
  if (entry.required) out.push_back("required");
  if (entry.kind == OptionKind::list) out.push_back("repeatable");
  const bool off = entry.kind == OptionKind::flag && entry.fallback.front() == "false";
  if (!entry.fallback.empty() && !off && !entry.required) {
    out.push_back("default " + (entry.secret ? "<set>" : joined(entry.fallback, " ")));
  }
  if (!entry.variable.empty()) out.push_back("env " + entry.variable);
  const bool key_is_news = "--" + entry.key != entry.flag_name();
  if (key_is_news && !entry.flag_only && !entry.file_only) out.push_back("key " + entry.key);
  if (entry.file_only) out.push_back("in the file only");
  return joined(out, ", ");
}

// `text` word by word, in lines that start at kColumn.
void append_wrapped(std::string& out, std::string_view text) {
  std::size_t column = kColumn;
  while (!text.empty()) {
    const std::size_t n = std::min(text.find(' '), text.size());
    if (column > kColumn && column + n > kHelpWidth) {
      out.append("\n").append(kColumn, ' ');
      column = kColumn;
    } else if (column > kColumn) {
      out += ' ';
    }
    out.append(text.substr(0, n));
    column += n + 1;
    text.remove_prefix(std::min(n + 1, text.size()));
  }
  out += '\n';
}

void append_item(std::string& out, std::string_view left, std::string_view help, const std::string& more) {
  out.append("  ").append(left);
  if (left.size() + 4 > kColumn) {
    out.append("\n").append(kColumn, ' ');
  } else {
    out.append(kColumn - 2 - left.size(), ' ');
  }
  append_wrapped(out, help);
  if (more.empty()) return;
  out.append(kColumn, ' ');
  append_wrapped(out, "(" + more + ")");
}

void append_entry(std::string& out, const OptionEntry& entry) {
  std::string left = entry.file_only ? entry.key : entry.flag_name();
  if (const auto shown = placeholder_of(entry); !shown.empty())
    left.append(entry.file_only ? " = " : " ").append(shown);
  append_item(out, left, entry.help, remarks(entry));
}

std::vector<std::string> groups_of(const OptionTable& table) {
  std::vector<std::string> out;
  for (const auto& entry : table.entries) {
    if (std::ranges::find(out, entry->group) == out.end()) out.push_back(entry->group);
  }
  return out;
}

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
std::string_view table_of(std::string_view key) {
  const std::size_t dot = key.rfind('.');
  return dot == std::string_view::npos ? "" : key.substr(0, dot);
}

}  // namespace

std::string Options::help() const {
  std::string out = table_->summary + "\n\n";
  out += examples_text(table_->examples);
  out.append("Usage: ").append(table_->command).append(" [options]");
  if (const auto& argument = table_->positional) {
    out.append(" [").append(argument->name).append(argument->many ? "...]" : "]");
  }
  out += "\n";
  if (const auto& argument = table_->positional) append_item(out, argument->name, argument->help, "");
  for (const std::string& group : groups_of(*table_)) {
    out.append("\n").append(group).append("\n");
    for (const auto& entry : table_->entries) {
      if (entry->group == group) append_entry(out, *entry);
    }
  }
  out += "\nConfiguration (a flag beats the environment, which beats the file)\n";
  append_item(out, "--config FILE", "read settings from this TOML file", "");
  append_item(out, "--check-config", "say whether the configuration is good, and end", "");
  append_item(out, "--print-config", "print the configuration in effect as TOML, and end", "");
  append_item(out, "-h, --help", "print this", "");
  return out;
}

std::string Options::print_config() const {
  std::vector<std::string_view> tables = {""};  // keys outside any table must come first
  for (const auto& entry : table_->entries) {
    const auto table = table_of(entry->key);
    if (!entry->flag_only && std::ranges::find(tables, table) == tables.end()) tables.push_back(table);
  }
  std::string out;
  for (const std::string_view table : tables) {
    if (!table.empty()) out.append(out.empty() ? "" : "\n").append("[").append(table).append("]\n");
    for (const auto& entry : table_->entries) {
      if (entry->flag_only || table_of(entry->key) != table) continue;
      append_toml(out, *entry, std::string_view(entry->key).substr(table.empty() ? 0 : table.size() + 1));
    }
  }
  return out;
}

}  // namespace aipg::program
