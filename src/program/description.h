// SPDX-License-Identifier: Apache-2.0
// What a command takes, as data: from it come --help, the manual pages, the
// completion of shells and the keys of the user's file.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aipg::program {

struct OptionDescription {
  std::string name;         // "--drain-grace"; its key where it is no flag
  std::string also;         // "-h"
  std::string placeholder;  // "DURATION"; empty: it takes no value
  std::string help, group;
  std::string remarks;              // "default 30s, env AIPG_GATEWAY_GRACE, key drain.grace"
  std::vector<std::string> values;  // for completion; others may be possible
  std::string variable;             // of the environment; empty: none
  std::string key;                  // in a file, with its table; empty: none
  bool is_flag = true;              // false: only a file has it
  bool is_secret = false;
};

struct ArgumentDescription {
  std::string name, help;
  bool many = false;
  std::vector<std::string> values;  // for completion; others are possible
};

struct CommandDescription {
  std::string command;  // "aipg policy check"
  std::string summary;
  std::vector<std::pair<std::string, std::string>> examples;
  std::vector<std::pair<std::string, std::string>> commands;  // of a command of commands: names and summaries
  std::optional<ArgumentDescription> argument;
  std::vector<OptionDescription> options;
  std::string user_table;  // its table in the user's file; empty: it does not read that file
};

// Runs `call` and returns what the commands that it calls take: none of them does anything else, those of run_command()
// come with all that are below them. Not inside itself. Threads: each for itself.
[[nodiscard]] std::vector<CommandDescription> describe_commands(const std::function<void()>& call);

// The text of --help for a command, and for a command of commands.
[[nodiscard]] std::string help_text(const CommandDescription& command);

}  // namespace aipg::program
