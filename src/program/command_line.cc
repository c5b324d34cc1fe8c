// SPDX-License-Identifier: Apache-2.0
#include "program/command_line.h"

#include <CLI/CLI.hpp>

#include "program/nearest.h"

namespace aipg::program {
namespace {

Complaint unknown_flag(const std::string& argument, const std::vector<KnownFlag>& known) {
  const std::string name = argument.substr(0, argument.find('='));
  std::vector<std::string> names;
  for (const KnownFlag& flag : known) names.push_back(flag.name);
  const auto meant = nearest(name, names);
  return {"unknown_flag", "there is no flag " + name,
          meant ? "did you mean " + *meant + "? --help lists every flag" : "--help lists every flag"};
}

Complaint missing_value(const std::string& flag) {
  return {"missing_value", flag + " needs a value", "write it as " + flag + "=VALUE; --help says what it takes"};
}

// What the parser did not recognise: arguments of the command, or a flag that does not exist.
std::expected<void, Complaint> take_rest(const std::vector<std::string>& rest, const std::vector<KnownFlag>& known,
                                         CommandLine& out) {
  bool only_positionals = false;
  for (const std::string& argument : rest) {
    if (!only_positionals && argument == "--") {
      only_positionals = true;
    } else if (!only_positionals && argument.size() > 1 && argument.starts_with('-')) {
      return std::unexpected(unknown_flag(argument, known));
    } else {
      out.positionals.push_back(argument);
    }
  }
  return {};
}

std::expected<void, Complaint> take_flag(const KnownFlag& flag, std::vector<std::string> values, CommandLine& out) {
  if (values.size() > 1 && !flag.repeatable) {
    return std::unexpected(Complaint{"repeated_flag", flag.name + " is given more than once", "keep one of them"});
  }
  for (const std::string& value : values) {
    // Not a value but the next flag: the user left the value out.
    if (value.starts_with("--")) return std::unexpected(missing_value(flag.name));
  }
  out.flags[flag.name] = std::move(values);
  return {};
}

}  // namespace

std::expected<CommandLine, Complaint> split_command_line(const std::vector<std::string>& args,
                                                         const std::vector<KnownFlag>& known) {
  CLI::App app;
  app.set_help_flag();  // --help is an entry of our table
  app.allow_extras();
  std::vector<std::pair<const KnownFlag*, CLI::Option*>> options;
  for (const KnownFlag& flag : known) {
    const std::string name = flag.name == "--help" ? "-h,--help" : flag.name;
    CLI::Option* option = flag.takes_value ? app.add_option(name) : app.add_flag(name);
    if (flag.takes_value) option->expected(1)->allow_extra_args(false);
    options.emplace_back(&flag, option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll));
  }
  try {
    app.parse(std::vector<std::string>(args.rbegin(), args.rend()));
  } catch (const CLI::ParseError& error) {
    // A flag at the end without its value; the message starts with its name.
    const std::string message = error.what();
    return std::unexpected(missing_value(message.substr(0, message.find(':'))));
  }

  CommandLine out;
  if (auto taken = take_rest(app.remaining(), known, out); !taken) return std::unexpected(taken.error());
  for (const auto& [flag, option] : options) {
    if (option->count() == 0) continue;
    if (auto taken = take_flag(*flag, option->results(), out); !taken) return std::unexpected(taken.error());
  }
  return out;
}

}  // namespace aipg::program
