// SPDX-License-Identifier: Apache-2.0
#include "program/user_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "program/in_quotes.h"
#include "program/nearest.h"
#include "program/toml_file.h"

namespace aipg::program {
namespace {

struct KnownKeys {
  std::vector<std::string> all;
  std::set<std::string, std::less<>> secret;
};

KnownKeys keys_of(const std::vector<CommandDescription>& commands) {
  KnownKeys out;
  for (const CommandDescription& command : commands) {
    if (command.user_table.empty()) continue;
    for (const OptionDescription& option : command.options) {
      if (option.key.empty()) continue;
      if (std::ranges::find(out.all, option.key) == out.all.end()) out.all.push_back(option.key);
      if (option.is_secret) out.secret.insert(option.key);
    }
  }
  return out;
}

bool others_may_use(const std::string& path) {
  struct stat about{};
  return ::stat(path.c_str(), &about) == 0 && (about.st_mode & (S_IRWXG | S_IRWXO)) != 0;
}

bool is_known(const TomlValue& value, const std::vector<std::string>& keys) {
  if (std::ranges::find(keys, value.key) != keys.end()) return true;
  const auto inside = [&](const std::string& key) { return key.starts_with(value.key + "."); };
  return value.type == TomlValue::Type::empty_table && std::ranges::any_of(keys, inside);
}

}  // namespace

std::optional<std::string> user_file_path(const Environment& environment) {
  const auto absolute = [&](const char* name) -> const std::string* {
    const auto found = environment.find(name);
    return found != environment.end() && found->second.starts_with('/') ? &found->second : nullptr;
  };
  if (const std::string* config = absolute("XDG_CONFIG_HOME")) return *config + "/aipg/config.toml";
  if (const std::string* home = absolute("HOME")) return *home + "/.config/aipg/config.toml";
  return std::nullopt;
}

std::optional<std::string> existing_user_file(const Environment& environment) {
  auto path = user_file_path(environment);
  struct stat about{};
  // What cannot be looked at for another reason is said by whoever reads it.
  if (path && ::stat(path->c_str(), &about) != 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  return path;
}

std::optional<Complaint> check_user_file(const std::string& path, const std::vector<CommandDescription>& commands) {
  const auto values = read_toml_file(path);
  if (!values) return values.error();
  const KnownKeys known = keys_of(commands);
  for (const TomlValue& value : *values) {
    if (is_known(value, known.all)) continue;
    return Complaint{"unknown_key",
                     path + " line " + std::to_string(value.line) + ": there is no key " + in_quotes(value.key),
                     did_you_mean(value.key, known.all) + "a command's --print-config lists its keys"};
  }
  const bool has_secret =
      std::ranges::any_of(*values, [&](const TomlValue& value) { return known.secret.contains(value.key); });
  if (!has_secret || !others_may_use(path)) return std::nullopt;
  return Complaint{"file_open_to_others", "others may read " + path + ", which holds a secret",
                   "chmod 600 " + path + "; if others did read it, get a new key"};
}

}  // namespace aipg::program
