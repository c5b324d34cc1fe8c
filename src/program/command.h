// SPDX-License-Identifier: Apache-2.0
// A program's commands, and commands of commands ("aipg policy check").
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "program/exit_code.h"

namespace aipg::program {

struct Command {
  std::string name, summary;
  // With the words after the name. Asks its Options::parse() or run_command() before it does anything else.
  std::function<ExitCode(const std::vector<std::string>& args)> run;
  bool checks_file = false;  // run_program() leaves it to the command to look at the user's file (user_file.h)
};

// Picks a command by the first argument; prints the list on --help or a wrong name. Complaints: unknown_command.
[[nodiscard]] ExitCode run_command(const std::string& program, const std::string& summary,
                                   const std::vector<std::pair<std::string, std::string>>& examples,
                                   const std::vector<Command>& commands, const std::vector<std::string>& args);

}  // namespace aipg::program
