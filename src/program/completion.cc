// SPDX-License-Identifier: Apache-2.0
#include "program/completion.h"

#include <algorithm>

namespace aipg::program {
namespace {

using Lines = std::vector<std::string>;

const CommandDescription* find_command(const std::vector<CommandDescription>& all, std::string_view command) {
  const auto found = std::ranges::find(all, command, &CommandDescription::command);
  return found == all.end() ? nullptr : &*found;
}

void offer(Lines& out, std::string_view typed, const std::string& value, const std::string& what) {
  if (value.starts_with(typed)) out.push_back(what.empty() ? value : value + "\t" + what);
}

// Placeholders and names of arguments that stand for something in the file system.
void offer_paths(Lines& out, std::string_view name) {
  if (name == "DIR") out.emplace_back(":folders");
  if (name == "FILE" || name == "DIR_OR_FILE" || name == "POLICY") out.emplace_back(":files");
}

Lines subcommands(const CommandDescription& command, std::string_view typed) {
  Lines out;
  for (const auto& [name, summary] : command.commands) offer(out, typed, name, summary);
  if (typed.starts_with('-')) offer(out, typed, "--help", "print what the commands are");
  return out;
}

Lines flags(const CommandDescription& command, std::string_view typed) {
  Lines out;
  for (const OptionDescription& option : command.options) {
    if (option.is_flag) offer(out, typed, option.name, option.help);
  }
  return out;
}

Lines values(const OptionDescription& option, std::string_view typed) {
  Lines out;
  for (const std::string& value : option.values) offer(out, typed, value, "");
  offer_paths(out, option.placeholder);
  return out;
}

Lines arguments(const CommandDescription& command, std::string_view typed) {
  Lines out;
  if (!command.argument) return out;
  for (const std::string& value : command.argument->values) offer(out, typed, value, "");
  offer_paths(out, command.argument->name);
  return out;
}

// The option that `word` names and that takes a value.
const OptionDescription* option_with_value(const CommandDescription& command, std::string_view word) {
  const auto found = std::ranges::find_if(command.options, [&](const OptionDescription& option) {
    return option.is_flag && option.name == word && !option.placeholder.empty();
  });
  return found == command.options.end() ? nullptr : &*found;
}

// `words` of one command: all but the last are done.
Lines complete_word(const CommandDescription& command, const std::vector<std::string>& words) {
  const std::string_view typed = words.back();
  const OptionDescription* open = nullptr;  // waits for its value
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (open != nullptr) {
      open = nullptr;
    } else if (words[i] == "--") {
      return arguments(command, typed);
    } else {
      open = option_with_value(command, words[i]);
    }
  }
  if (open != nullptr) return values(*open, typed);
  const std::size_t equals = typed.find('=');
  if (typed.starts_with("--") && equals != std::string_view::npos) {
    const OptionDescription* option = option_with_value(command, typed.substr(0, equals));
    return option == nullptr ? Lines{} : values(*option, typed.substr(equals + 1));
  }
  if (typed.starts_with('-')) return flags(command, typed);
  return arguments(command, typed);
}

}  // namespace

Lines complete(const std::vector<CommandDescription>& all, const std::vector<std::string>& words) {
  if (all.empty() || words.empty()) return {};
  const CommandDescription* command = &all.front();
  std::size_t at = 0;
  while (!command->commands.empty()) {
    if (at + 1 == words.size()) return subcommands(*command, words[at]);
    command = find_command(all, command->command + " " + words[at++]);
    if (command == nullptr) return {};
  }
  return complete_word(*command, {words.begin() + static_cast<std::ptrdiff_t>(at), words.end()});
}

}  // namespace aipg::program
