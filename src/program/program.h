// SPDX-License-Identifier: Apache-2.0
// A whole program: its commands, and those that every program of ours has,
// `man`, `completion` and `version`.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "program/command.h"
#include "program/description.h"

namespace aipg::program {

struct Program {
  std::string name, summary;
  std::vector<std::pair<std::string, std::string>> examples;
  std::vector<Command> commands;
};

// As run_command() does. A command that reads the user's file (user_file.h), or is given another, runs only if every
// key in it is one that some command of the program knows; `--help` needs no good file.
// Complaints besides: those of check_user_file().
[[nodiscard]] ExitCode run_program(const Program& program, const std::vector<std::string>& args);

// What all its commands take; the program itself is the first.
[[nodiscard]] std::vector<CommandDescription> describe_program(const Program& program);

}  // namespace aipg::program
