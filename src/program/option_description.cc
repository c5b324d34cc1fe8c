// SPDX-License-Identifier: Apache-2.0
// What the option table says about itself.
#include <algorithm>

#include "program/option_table.h"

namespace aipg::program {
namespace {

constexpr const char* kFilesGroup = "Configuration (a flag beats the environment, which beats the file)";

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
std::string remarks(const OptionTable& table, const OptionEntry& entry) {
  std::vector<std::string> out;
  if (!entry.allowed.empty()) out.push_back(joined(entry.allowed, "|"));
  if (entry.required) out.push_back("required");
  if (entry.kind == OptionKind::list) out.push_back("repeatable");
  const bool off = entry.kind == OptionKind::flag && entry.fallback.front() == "false";
  if (!entry.fallback.empty() && !off && !entry.required) {
    out.push_back("default " + (entry.secret ? "<set>" : joined(entry.fallback, " ")));
  }
  if (!entry.variable.empty()) out.push_back("env " + entry.variable);
  const bool key_is_news = entry.has_flag() && "--" + entry.key != entry.flag_name();
  if (key_is_news && !entry.flag_only) out.push_back("key " + table.file_key(entry));
  if (entry.file_only) out.push_back("in the file only");
  if (entry.secret) out.push_back("in the file, never a flag");
  return joined(out, ", ");
}

std::vector<std::string> values_of(const OptionEntry& entry) {
  if (!entry.allowed.empty()) return entry.allowed;
  return entry.suggested;
}

OptionDescription describe_entry(const OptionTable& table, const OptionEntry& entry) {
  OptionDescription out;
  out.name = entry.has_flag() ? entry.flag_name() : entry.key;
  out.placeholder = placeholder_of(entry);
  out.help = entry.help;
  out.group = entry.group;
  out.remarks = remarks(table, entry);
  out.values = values_of(entry);
  out.variable = entry.variable;
  if (!entry.flag_only) out.key = table.file_key(entry);
  out.is_flag = entry.has_flag();
  out.is_secret = entry.secret;
  return out;
}

// Those that every command has.
void append_common(const OptionTable& table, std::vector<OptionDescription>& out) {
  const auto add = [&](const char* name, const char* also, const char* placeholder, std::string help) {
    OptionDescription each;
    each.name = name;
    each.also = also;
    each.placeholder = placeholder;
    each.help = std::move(help);
    each.group = kFilesGroup;
    out.push_back(std::move(each));
  };
  add("--config", "", "FILE",
      table.user_table.empty()
          ? "read settings from this TOML file"
          : "read settings from this TOML file, and not from ~/.config/aipg/config.toml; what is only of this "
            "command stands in [" +
                table.user_table + "]");
  add("--check-config", "", "", "say whether the configuration is good, and end");
  add("--print-config", "", "", "print the configuration in effect as TOML, and end");
  add("--help", "-h", "", "print this");
}

}  // namespace

CommandDescription OptionTable::describe() const {
  CommandDescription out;
  out.command = command;
  out.summary = summary;
  out.examples = examples;
  if (positional) {
    out.argument = ArgumentDescription{positional->name, positional->help, positional->many, positional->suggested};
  }
  for (const auto& entry : entries) out.options.push_back(describe_entry(*this, *entry));
  append_common(*this, out.options);
  out.user_table = user_table;
  return out;
}

std::string Options::help() const { return help_text(table_->describe()); }

}  // namespace aipg::program
