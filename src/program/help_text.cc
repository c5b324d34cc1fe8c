// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "program/description.h"
#include "program/examples.h"

namespace aipg::program {
namespace {

constexpr std::size_t kColumn = 28;

// `text` word by word, in lines that start at kColumn.
void append_wrapped(std::string& out, std::string_view text) {
  std::size_t column = kColumn;
  while (!text.empty()) {
    const std::size_t n = std::min(text.find(' '), text.size());
    if (column > kColumn && column + n > kHelpWidth) {
      out.append("\n").append(kColumn, ' ');
      column = kColumn;
    } else if (column > kColumn) {
      out += ' ';
    }
    out.append(text.substr(0, n));
    column += n + 1;
    text.remove_prefix(std::min(n + 1, text.size()));
  }
  out += '\n';
}

void append_item(std::string& out, std::string_view left, std::string_view help, const std::string& more) {
  out.append("  ").append(left);
  if (left.size() + 4 > kColumn) {
    out.append("\n").append(kColumn, ' ');
  } else {
    out.append(kColumn - 2 - left.size(), ' ');
  }
  append_wrapped(out, help);
  if (more.empty()) return;
  out.append(kColumn, ' ');
  append_wrapped(out, "(" + more + ")");
}

void append_option(std::string& out, const OptionDescription& option) {
  std::string left = option.also.empty() ? option.name : option.also + ", " + option.name;
  if (!option.placeholder.empty()) left.append(option.is_flag ? " " : " = ").append(option.placeholder);
  append_item(out, left, option.help, option.remarks);
}

std::vector<std::string> groups_of(const CommandDescription& command) {
  std::vector<std::string> out;
  for (const OptionDescription& option : command.options) {
    if (std::ranges::find(out, option.group) == out.end()) out.push_back(option.group);
  }
  return out;
}

std::string list_of_commands(const CommandDescription& command) {
  std::string out = fmt::format("Usage: {} COMMAND [options]\n\nCommands\n", command.command);
  std::size_t widest = 0;
  for (const auto& [name, summary] : command.commands) widest = std::max(widest, name.size());
  for (const auto& [name, summary] : command.commands) {
    fmt::format_to(std::back_inserter(out), "  {:<{}}   {}\n", name, widest, summary);
  }
  return out + fmt::format("\n{} COMMAND --help says more about one.\n", command.command);
}

}  // namespace

std::string help_text(const CommandDescription& command) {
  std::string out = command.summary + "\n\n" + examples_text(command.examples);
  if (!command.commands.empty()) return out + list_of_commands(command);
  out.append("Usage: ").append(command.command).append(" [options]");
  if (const auto& argument = command.argument) {
    out.append(" [").append(argument->name).append(argument->many ? "...]" : "]");
  }
  out += "\n";
  if (const auto& argument = command.argument) append_item(out, argument->name, argument->help, "");
  for (const std::string& group : groups_of(command)) {
    out.append("\n").append(group).append("\n");
    for (const OptionDescription& option : command.options) {
      if (option.group == group) append_option(out, option);
    }
  }
  return out;
}

}  // namespace aipg::program
