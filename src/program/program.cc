// SPDX-License-Identifier: Apache-2.0
#include "program/program.h"

#include <fmt/core.h>

#include <algorithm>

#include "program/completion.h"
#include "program/in_quotes.h"
#include "program/manual.h"
#include "program/nearest.h"
#include "program/options.h"
#include "program/user_file.h"
#include "program/version.h"

namespace aipg::program {
namespace {

using Words = std::vector<std::string>;

void write_out(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

std::string words_joined(const std::string& first, const Words& rest) {
  std::string out = first;
  for (const std::string& word : rest) out += " " + word;
  return out;
}

ExitCode unknown_page(const Program& program, const std::string& wanted, const std::vector<CommandDescription>& all) {
  std::vector<std::string> known;
  for (const CommandDescription& command : all) known.push_back(command.command);
  return say(program.name + " man", {"unknown_command", "there is no command " + in_quotes(wanted),
                                     did_you_mean(wanted, known) + "--list says every one that has a page"});
}

ExitCode man(const Program& program, const Words& args) {
  Words words;
  bool list = false;
  Options options(program.name + " man", "Prints a manual page, as `man` reads it.");
  options.example(program.name + " man | man -l -", "the page of the program");
  options.example(program.name + " man " + program.commands.front().name + " | man -l -", "of a command");
  options.positionals("COMMAND", &words, "which command's; the program's own when left out");
  options.flag("list", &list, "print the command line that prints each page, and the page's name before it")
      .flag_only();
  if (const auto end = options.parse(args, process_environment())) return *end;
  const std::vector<CommandDescription> all = describe_program(program);
  if (list) {
    for (const CommandDescription& command : all) {
      fmt::print("{}.1\t{} man{}\n", page_name(command), program.name, command.command.substr(program.name.size()));
    }
    return ExitCode::done;
  }
  const std::string wanted = words_joined(program.name, words);
  const auto found = std::ranges::find(all, wanted, &CommandDescription::command);
  if (found == all.end()) return unknown_page(program, wanted, all);
  write_out(manual_page(*found, all));
  return ExitCode::done;
}

ExitCode completion(const Program& program, const Words& args) {
  // The script's own question: its words may be anything, flags and empty ones too.
  if (!args.empty() && args.front() == "words") {
    for (const std::string& line : complete(describe_program(program), {args.begin() + 1, args.end()})) {
      fmt::print("{}\n", line);
    }
    return ExitCode::done;
  }
  std::optional<std::string> shell;
  Options options(program.name + " completion", "Prints what makes a shell complete commands, flags and their values.");
  options.example("source <(" + program.name + " completion bash)", "for this bash; the script says how for all");
  options.example("source <(" + program.name + " completion zsh)", "for this zsh");
  options.example(program.name + " completion fish | source", "for this fish");
  options.positional("SHELL", &shell, "bash, zsh or fish", {"bash", "zsh", "fish"});
  if (const auto end = options.parse(args, process_environment())) return *end;
  const auto script = completion_script(shell.value_or(""), program.name);
  if (!script) {
    return say(program.name + " completion", {"invalid_choice", "for which shell?", "it is one of bash, zsh, fish"});
  }
  write_out(*script);
  return ExitCode::done;
}

ExitCode version(const Program& program, const Words& args) {
  Options options(program.name + " version", "Prints the version.");
  if (const auto end = options.parse(args, process_environment())) return *end;
  fmt::print("{} (protocol 1)\n", kVersion);
  return ExitCode::done;
}

std::vector<Command> with_common(const Program& program) {
  std::vector<Command> out = program.commands;
  out.push_back({"man", "print a manual page", [&program](const Words& args) { return man(program, args); }});
  out.push_back({"completion", "print the completion for a shell",
                 [&program](const Words& args) { return completion(program, args); }});
  out.push_back({"version", "print the version", [&program](const Words& args) { return version(program, args); }});
  return out;
}

// The file that the command named by `args` will read.
std::optional<std::string> file_of(const Program& program, const Words& args,
                                   const std::vector<CommandDescription>& all) {
  const auto runs = [&](const CommandDescription& command) {
    const std::string line = words_joined(program.name, args) + " ";
    return command.commands.empty() && line.starts_with(command.command + " ");
  };
  const auto command = std::ranges::find_if(all, runs);
  if (command == all.end() || command->user_table.empty()) return std::nullopt;
  for (std::size_t i = 0; i < args.size() && args[i] != "--"; ++i) {
    if (args[i] == "--help" || args[i] == "-h") return std::nullopt;
    if (args[i] == "--config" && i + 1 < args.size()) return args[i + 1];
    if (args[i].starts_with("--config=")) return args[i].substr(args[i].find('=') + 1);
  }
  return existing_user_file(process_environment());
}

}  // namespace

std::vector<CommandDescription> describe_program(const Program& program) {
  return describe_commands(
      [&] { (void)run_command(program.name, program.summary, program.examples, with_common(program), {}); });
}

ExitCode run_program(const Program& program, const Words& args) {
  const auto is_first = [&](const Command& command) { return !args.empty() && args.front() == command.name; };
  const auto command = std::ranges::find_if(program.commands, is_first);
  if (command != program.commands.end() && !command->checks_file) {
    const std::vector<CommandDescription> all = describe_program(program);
    if (const auto file = file_of(program, args, all)) {
      if (const auto wrong = check_user_file(*file, all)) return say(program.name + " " + args.front(), *wrong);
    }
  }
  return run_command(program.name, program.summary, program.examples, with_common(program), args);
}

}  // namespace aipg::program
