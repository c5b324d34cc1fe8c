// SPDX-License-Identifier: Apache-2.0
#include "program/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "program/complaint.h"
#include "program/description_sink.h"
#include "program/in_quotes.h"
#include "program/nearest.h"

namespace aipg::program {
namespace {

using Examples = std::vector<std::pair<std::string, std::string>>;

CommandDescription describe(const std::string& program, const std::string& summary, const Examples& examples,
                            const std::vector<Command>& commands) {
  CommandDescription out;
  out.command = program;
  out.summary = summary;
  out.examples = examples;
  for (const Command& command : commands) out.commands.emplace_back(command.name, command.summary);
  return out;
}

ExitCode refuse_name(const std::string& program, const std::string& wrong, const std::vector<Command>& commands) {
  std::vector<std::string> names;
  for (const Command& command : commands) names.push_back(command.name);
  const auto meant = nearest(wrong, names);
  const std::string list = fmt::format("its commands are {}", fmt::join(names, ", "));
  return say(program, {"unknown_command", "there is no command " + in_quotes(wrong),
                       meant ? "did you mean " + *meant + "? " + list : list});
}

}  // namespace

ExitCode run_command(const std::string& program, const std::string& summary, const Examples& examples,
                     const std::vector<Command>& commands, const std::vector<std::string>& args) {
  const CommandDescription described = describe(program, summary, examples, commands);
  if (auto* const sink = description_sink()) {
    sink->push_back(described);
    for (const Command& command : commands) (void)command.run({});
    return ExitCode::done;
  }
  const bool wants_help = !args.empty() && (args.front() == "--help" || args.front() == "-h" || args.front() == "help");
  if (args.empty() || wants_help) {
    const std::string text = help_text(described);
    std::fwrite(text.data(), 1, text.size(), wants_help ? stdout : stderr);
    return wants_help ? ExitCode::done : ExitCode::usage;
  }
  const auto command = std::ranges::find(commands, args.front(), &Command::name);
  if (command == commands.end()) return refuse_name(program, args.front(), commands);
  return command->run({args.begin() + 1, args.end()});
}

}  // namespace aipg::program
