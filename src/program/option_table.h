// SPDX-License-Identifier: Apache-2.0
// The table behind Options; private to this folder.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "program/command_line.h"
#include "program/description.h"
#include "program/options.h"
#include "program/toml_file.h"

namespace aipg::program {

enum class OptionKind : std::uint8_t { text, list, number, real, flag, duration, size };
// Weakest first.
enum class OptionOrigin : std::uint8_t { fallback, file, environment, flag };

struct OptionEntry {
  OptionKind kind = OptionKind::text;
  std::string key, help, group;
  std::string variable;     // empty: none
  std::string placeholder;  // empty: by kind
  std::vector<std::string> allowed, suggested;
  std::optional<std::string> table;  // in the user's file, where it is not the command's; empty: outside any
  std::uint64_t max = UINT64_MAX;    // numbers
  bool secret = false, required = false, flag_only = false, file_only = false;

  // Sets the target from text; the error's code says what is wrong with it.
  std::function<Result<void>(const std::vector<std::string>&)> set;
  // The target's value as text: nothing when unset, several for a list.
  std::function<std::vector<std::string>()> get;
  std::vector<std::string> fallback;  // what get() said before anything was set
  OptionOrigin origin = OptionOrigin::fallback;

  [[nodiscard]] std::string flag_name() const;
  [[nodiscard]] bool has_flag() const { return !file_only && !secret; }
};

// Where a value came from, in the words of a message.
struct OptionSource {
  OptionOrigin origin;
  std::string name;  // "--drain-grace", "gateway.toml line 4: drain.grace"
  std::vector<std::string> values;
};

struct OptionTable {
  struct Positional {
    std::string name, help;
    bool many = false;
    std::function<void(std::vector<std::string>)> set;
    std::vector<std::string> suggested;
  };
  using Checked = std::expected<void, Complaint>;

  std::string command, summary;
  std::optional<std::string> file;  // read, or the user's that is not there
  std::string user_table;           // empty: the command does not read the user's file
  std::vector<std::pair<std::string, std::string>> examples;
  std::string current_group = "Options";
  std::vector<std::unique_ptr<OptionEntry>> entries;
  std::optional<Positional> positional;
  std::optional<std::string> closed_prefix;
  std::vector<std::function<std::optional<Complaint>()>> rules;
  std::vector<std::pair<OptionEntry*, OptionEntry*>> alternatives;

  OptionEntry& add(OptionKind kind, std::string key, std::string help);
  [[nodiscard]] std::vector<KnownFlag> flags() const;
  // The key with its table, as a file has it.
  [[nodiscard]] std::string file_key(const OptionEntry& entry) const;
  [[nodiscard]] CommandDescription describe() const;

  // Weakest source first; each later one replaces what an earlier one set.
  [[nodiscard]] Checked apply(const CommandLine& line, const Environment& environment);

 private:
  [[nodiscard]] Checked apply_file(const std::string& path);
  [[nodiscard]] Checked apply_file_value(const std::string& path, const TomlValue& value);
  [[nodiscard]] Checked apply_environment(const Environment& environment);
  [[nodiscard]] Checked apply_flags(const CommandLine& line);
  [[nodiscard]] std::optional<std::string> file_to_read(const CommandLine& line, const Environment& environment) const;
  [[nodiscard]] std::optional<Complaint> unknown_key(const std::string& place, const TomlValue& value) const;
  [[nodiscard]] Checked settle_alternatives();
  [[nodiscard]] Checked check_required() const;
};

[[nodiscard]] std::string joined(const std::vector<std::string>& words, std::string_view between);

// Sets one entry, or says why the value is refused.
[[nodiscard]] OptionTable::Checked assign(OptionEntry& entry, const OptionSource& source);

}  // namespace aipg::program
