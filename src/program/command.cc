// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iterator>

#include "program/examples.h"
#include "program/in_quotes.h"
#include "program/nearest.h"
#include "program/options.h"

namespace aipg::program {
namespace {

using Examples = std::vector<std::pair<std::string, std::string>>;

std::string overview(const std::string& program, const std::string& summary, const Examples& examples,
                     const std::vector<Command>& commands) {
  std::string out = summary + "\n\n";
  out += examples_text(examples);
  fmt::format_to(std::back_inserter(out), "Usage: {} COMMAND [options]\n\nCommands\n", program);
  std::size_t widest = 0;
  for (const Command& command : commands) widest = std::max(widest, command.name.size());
  for (const Command& command : commands) {
    fmt::format_to(std::back_inserter(out), "  {:<{}}   {}\n", command.name, widest, command.summary);
  }
  fmt::format_to(std::back_inserter(out), "\n{} COMMAND --help says more about one.\n", program);
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
  const bool wants_help = !args.empty() && (args.front() == "--help" || args.front() == "-h" || args.front() == "help");
  if (args.empty() || wants_help) {
    const std::string text = overview(program, summary, examples, commands);
    std::fwrite(text.data(), 1, text.size(), wants_help ? stdout : stderr);
    return wants_help ? ExitCode::done : ExitCode::usage;
  }
  const auto command = std::ranges::find(commands, args.front(), &Command::name);
  if (command == commands.end()) return refuse_name(program, args.front(), commands);
  return command->run({args.begin() + 1, args.end()});
}

}  // namespace aipg::program
