// SPDX-License-Identifier: Apache-2.0
#include "program/option_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "program/in_quotes.h"
#include "program/nearest.h"
#include "program/user_file.h"

namespace aipg::program {
namespace {

using Type = TomlValue::Type;

// What the kind asks for, as the second line of a refusal.
std::string wanted(const OptionEntry& entry) {
  switch (entry.kind) {
    case OptionKind::duration:
      return "write a whole number with its unit: 250ms, 30s, 5m, 1h";
    case OptionKind::size:
      return "write a whole number with its unit: 512B, 512KiB, 16MiB, 1GiB";
    case OptionKind::number:
      return entry.max == UINT64_MAX ? "write a whole number"
                                     : "write a whole number from 0 to " + std::to_string(entry.max);
    case OptionKind::real:
      return "write a number, like 0.7";
    case OptionKind::flag:
      return "write true or false";
    case OptionKind::list:
      return R"(write a list of texts, like ["a", "b"])";
    case OptionKind::text:
      break;
  }
  return R"(write a text in quotes, like "a")";
}

bool type_fits(OptionKind kind, Type type) {
  switch (kind) {
    case OptionKind::number:
      return type == Type::integer;
    case OptionKind::real:
      return type == Type::real || type == Type::integer;
    case OptionKind::flag:
      return type == Type::boolean;
    case OptionKind::list:
      return type == Type::strings;
    case OptionKind::text:
    case OptionKind::duration:
    case OptionKind::size:
      break;
  }
  return type == Type::string;
}

std::string shown_value(const OptionEntry& entry, const std::string& value) {
  return entry.secret ? "not usable" : in_quotes(value);
}

std::vector<std::string> split_commas(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    out.push_back(text.substr(from, comma - from));
    from = comma + 1;
  }
  return out;
}

}  // namespace

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  return fmt::format("{}", fmt::join(words, between));
}

std::string OptionEntry::flag_name() const {
  std::string name = "--" + key;
  std::ranges::replace(name, '.', '-');
  std::ranges::replace(name, '_', '-');
  return name;
}

OptionTable::Checked assign(OptionEntry& entry, const OptionSource& source) {
  for (const std::string& value : source.values) {
    if (entry.allowed.empty() || std::ranges::find(entry.allowed, value) != entry.allowed.end()) continue;
    return std::unexpected(
        Complaint{"invalid_choice", source.name + " is " + shown_value(entry, value),
                  did_you_mean(value, entry.allowed) + "it is one of " + joined(entry.allowed, ", ")});
  }
  if (const auto set = entry.set(source.values); !set) {
    const std::string value = source.values.empty() ? "" : source.values.front();
    return std::unexpected(
        Complaint{set.error().code, source.name + " is " + shown_value(entry, value), wanted(entry)});
  }
  entry.origin = source.origin;
  return {};
}

OptionEntry& OptionTable::add(OptionKind kind, std::string key, std::string help) {
  auto entry = std::make_unique<OptionEntry>();
  entry->kind = kind;
  entry->key = std::move(key);
  entry->help = std::move(help);
  entry->group = current_group;
  const bool taken =
      std::ranges::any_of(entries, [&](const auto& other) { return other->flag_name() == entry->flag_name(); });
  if (taken) __builtin_trap();
  entries.push_back(std::move(entry));
  return *entries.back();
}

std::vector<KnownFlag> OptionTable::flags() const {
  std::vector<KnownFlag> out = {{"--help", false, true},
                                {"--config", true, false},
                                {"--check-config", false, true},
                                {"--print-config", false, true}};
  for (const auto& entry : entries) {
    if (!entry->has_flag()) continue;
    const bool is_flag = entry->kind == OptionKind::flag;
    out.push_back({entry->flag_name(), !is_flag, is_flag || entry->kind == OptionKind::list});
  }
  return out;
}

std::string OptionTable::file_key(const OptionEntry& entry) const {
  if (user_table.empty()) return entry.key;
  const std::string table = entry.table.value_or(user_table);
  return table.empty() ? entry.key : table + "." + entry.key;
}

OptionTable::Checked OptionTable::apply(const CommandLine& line, const Environment& environment) {
  file = user_table.empty() ? std::nullopt : user_file_path(environment);
  if (auto found = file_to_read(line, environment)) {
    file = *std::move(found);
    AIPG_CHECK(apply_file(*file));
  }
  AIPG_CHECK(apply_environment(environment));
  AIPG_CHECK(apply_flags(line));
  AIPG_CHECK(settle_alternatives());
  AIPG_CHECK(check_required());
  for (const auto& broken : rules) {
    if (auto complaint = broken()) return std::unexpected(*std::move(complaint));
  }
  return {};
}

std::optional<std::string> OptionTable::file_to_read(const CommandLine& line, const Environment& environment) const {
  if (const auto config = line.flags.find("--config"); config != line.flags.end()) return config->second.front();
  if (user_table.empty()) return std::nullopt;
  return existing_user_file(environment);
}

OptionTable::Checked OptionTable::apply_file(const std::string& path) {
  AIPG_TRY(const auto values, read_toml_file(path));
  for (const TomlValue& value : values) AIPG_CHECK(apply_file_value(path, value));
  return {};
}

OptionTable::Checked OptionTable::apply_file_value(const std::string& path, const TomlValue& value) {
  const std::string place = path + " line " + std::to_string(value.line) + ": ";
  const auto entry = std::ranges::find_if(
      entries, [&](const auto& candidate) { return !candidate->flag_only && file_key(*candidate) == value.key; });
  if (entry == entries.end()) {
    if (auto complaint = unknown_key(place, value)) return std::unexpected(*std::move(complaint));
    return {};
  }
  if (!type_fits((*entry)->kind, value.type)) {
    return std::unexpected(Complaint{"wrong_type", place + value.key + " is of another type", wanted(**entry)});
  }
  return assign(**entry, {OptionOrigin::file, place + value.key, value.values});
}

std::optional<Complaint> OptionTable::unknown_key(const std::string& place, const TomlValue& value) const {
  if (!user_table.empty()) return std::nullopt;  // another command's, or check_user_file() found it
  std::vector<std::string> keys;
  for (const auto& known : entries) {
    if (!known->flag_only) keys.push_back(known->key);
  }
  const auto inside = [&](const std::string& key) { return key.starts_with(value.key + "."); };
  if (value.type == Type::empty_table && std::ranges::any_of(keys, inside)) return std::nullopt;
  return Complaint{"unknown_key", place + "there is no key " + in_quotes(value.key),
                   did_you_mean(value.key, keys) + "--print-config lists every key"};
}

OptionTable::Checked OptionTable::apply_environment(const Environment& environment) {
  std::vector<std::string> names;
  for (const auto& entry : entries) {
    if (entry->variable.empty()) continue;
    names.push_back(entry->variable);
    const auto found = environment.find(entry->variable);
    if (found == environment.end() || found->second.empty()) continue;
    const bool list = entry->kind == OptionKind::list;
    AIPG_CHECK(assign(*entry, {OptionOrigin::environment, entry->variable,
                               list ? split_commas(found->second) : std::vector{found->second}}));
  }
  for (const auto& [name, value] : environment) {
    if (!closed_prefix || !name.starts_with(*closed_prefix) || std::ranges::find(names, name) != names.end()) continue;
    return std::unexpected(Complaint{"unknown_variable", "there is no setting for the environment variable " + name,
                                     did_you_mean(name, names) + "--help lists every variable"});
  }
  return {};
}

OptionTable::Checked OptionTable::apply_flags(const CommandLine& line) {
  for (const auto& entry : entries) {
    const auto found = line.flags.find(entry->flag_name());
    if (!entry->has_flag() || found == line.flags.end()) continue;
    AIPG_CHECK(assign(*entry, {OptionOrigin::flag, entry->flag_name(), found->second}));
  }
  if (!positional && !line.positionals.empty()) {
    return std::unexpected(Complaint{"unexpected_argument",
                                     command + " takes no argument " + in_quotes(line.positionals.front()),
                                     "flags start with --; --help lists them"});
  }
  if (positional && !positional->many && line.positionals.size() > 1) {
    return std::unexpected(Complaint{"unexpected_argument", command + " takes one " + positional->name,
                                     "put it in quotes when it has spaces"});
  }
  if (positional && !line.positionals.empty()) positional->set(line.positionals);
  return {};
}

OptionTable::Checked OptionTable::settle_alternatives() {
  for (const auto& [one, other] : alternatives) {
    if (one->origin == OptionOrigin::fallback || other->origin == OptionOrigin::fallback) continue;
    if (one->origin == other->origin) {
      return std::unexpected(Complaint{"conflicting_settings", one->key + " and " + other->key + " are both given",
                                       "keep one of them: they say the same thing in two ways"});
    }
    OptionEntry& weaker = one->origin < other->origin ? *one : *other;
    (void)weaker.set({std::string()});
    weaker.origin = OptionOrigin::fallback;
  }
  return {};
}

OptionTable::Checked OptionTable::check_required() const {
  for (const auto& entry : entries) {
    if (!entry->required || entry->origin != OptionOrigin::fallback) continue;
    std::vector<std::string> ways;
    if (entry->has_flag()) ways.push_back("pass " + entry->flag_name());
    if (!entry->variable.empty()) ways.push_back("set " + entry->variable);
    if (!entry->flag_only) ways.push_back("write " + file_key(*entry) + " in the file given by --config");
    return std::unexpected(
        Complaint{"missing_setting", entry->key + " is needed: " + entry->help, joined(ways, ", or ")});
  }
  return {};
}

}  // namespace aipg::program
