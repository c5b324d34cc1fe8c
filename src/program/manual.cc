// SPDX-License-Identifier: Apache-2.0
#include "program/manual.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "codec/utf8.h"
#include "program/version.h"

namespace aipg::program {
namespace {

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string bold(std::string_view text) { return "\\fB" + roff_text(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + roff_text(text) + "\\fR"; }

// A line of text may not look like a request; only \fB and the like can stand before it here.
std::string line(const std::string& roff) { return roff + "\n"; }

std::string section(std::string_view title) { return fmt::format(".SH {}\n", title); }

std::string item(const std::string& tag, const std::string& text) { return ".TP\n" + line(tag) + line(text); }

// What a preformatted line shows, in the font of code where there is one.
std::string example(const std::string& command_line, const std::string& what) {
  return ".TP\n" + line(bold(command_line)) + line(roff_text(what));
}

std::string synopsis(const CommandDescription& command) {
  std::string out = bold(command.command);
  if (!command.commands.empty()) return out + " " + italic("COMMAND") + " [" + italic("options") + "]";
  out += " [" + italic("options") + "]";
  if (!command.argument) return out;
  return out + " [" + italic(command.argument->name) + (command.argument->many ? " ...]" : "]");
}

std::string option_tag(const OptionDescription& option) {
  std::string out = option.also.empty() ? "" : bold(option.also) + ", ";
  out += bold(option.name);
  if (option.placeholder.empty()) return out;
  return out + (option.is_flag ? " " : " = ") + italic(option.placeholder);
}

std::string option_item(const OptionDescription& option) {
  std::string text = roff_text(option.help);
  if (!option.remarks.empty()) text += "\n.br\n" + roff_text("(" + option.remarks + ")");
  return item(option_tag(option), text);
}

std::string options(const CommandDescription& command) {
  std::string out = section("OPTIONS");
  std::string_view group;
  for (const OptionDescription& option : command.options) {
    if (option.group != group) out += ".SS " + roff_text(option.group) + "\n";
    group = option.group;
    out += option_item(option);
  }
  return out;
}

std::string variables(const CommandDescription& command) {
  std::string out;
  for (const OptionDescription& option : command.options) {
    if (!option.variable.empty())
      out += item(bold(option.variable), "the same as " + bold(option.name) + ", which beats it");
  }
  return out.empty() ? out : section("ENVIRONMENT") + out;
}

std::string files(const CommandDescription& command) {
  if (command.user_table.empty()) return {};
  return section("FILES") + item(italic("~/.config/aipg/config.toml"),
                                 roff_text("settings, one file for all commands (below $XDG_CONFIG_HOME where that is "
                                           "set); those of this command alone stand in the table [" +
                                           command.user_table + "]"));
}

std::string exit_status() {
  return section("EXIT STATUS") + item(bold("0"), "done") + item(bold("1"), "failed, or the answer is no") +
         item(bold("2"), "flags or configuration are wrong") +
         item(bold("3"), "a file cannot be read, or a server cannot be reached");
}

// Of one well-formed sequence of several bytes.
std::uint32_t code_point(std::string_view sequence) {
  std::uint32_t out = static_cast<unsigned char>(sequence[0]) & (0x7fU >> sequence.size());
  for (const char c : sequence.substr(1)) out = out << 6 | (static_cast<unsigned char>(c) & 0x3fU);
  return out;
}

// What roff would take for something else, or show as a typographer's.
std::string roff_character(char c) {
  switch (c) {
    case '\\':
      return "\\e";
    case '-':
      return "\\-";
    case '\'':
      return "\\(aq";
    case '"':
      return "\\(dq";
    case '`':
      return "\\(ga";
    case '^':
      return "\\(ha";
    case '~':
      return "\\(ti";
    default:
      return c >= ' ' && c < 0x7f ? std::string(1, c) : " ";
  }
}

// The command above, and those below.
std::string see_also(const CommandDescription& command, const std::vector<CommandDescription>& all) {
  std::string out;
  const auto name = [&](const CommandDescription& other) {
    out += (out.empty() ? "" : ",\n") + bold(page_name(other)) + "(1)";
  };
  for (const CommandDescription& other : all) {
    const std::string& longer = other.command.size() > command.command.size() ? other.command : command.command;
    const std::string& shorter = other.command.size() > command.command.size() ? command.command : other.command;
    const bool related = longer.starts_with(shorter + " ");
    const bool next = related && longer.find(' ', shorter.size() + 1) == std::string::npos;
    if (next) name(other);
  }
  return out.empty() ? out : section("SEE ALSO") + line(out);
}

std::string body(const CommandDescription& command) {
  if (command.commands.empty()) return options(command) + variables(command) + files(command) + exit_status();
  std::string out = section("COMMANDS");
  for (const auto& [name, summary] : command.commands) out += item(bold(name), roff_text(summary));
  return out + exit_status();
}

// A summary is a sentence; a name's line is not.
std::string without_stop(std::string_view sentence) {
  if (sentence.ends_with('.')) sentence.remove_suffix(1);
  return roff_text(sentence);
}

}  // namespace

std::string page_name(const CommandDescription& command) {
  std::string out = command.command;
  std::ranges::replace(out, ' ', '-');
  return out;
}

std::string roff_text(std::string_view text) {
  std::string out;
  if (text.starts_with('.')) out += "\\&";  // at a line's begin it would be a request
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t bytes = codec::utf8_sequence_bytes(text.substr(at));
    out += bytes > 1 ? fmt::format("\\[u{:04X}]", code_point(text.substr(at, bytes))) : roff_character(text[at]);
    at += std::max<std::size_t>(bytes, 1);
  }
  return out;
}

std::string manual_page(const CommandDescription& command, const std::vector<CommandDescription>& all) {
  const std::string page = page_name(command);
  std::string out =
      fmt::format(".TH {} 1 {} \"aipg {}\" \"AIPG Confidential\"\n", roff_text(upper(page)), kVersionDate, kVersion);
  out += ".nh\n.ad l\n";  // command lines may not be pulled apart or hyphenated
  out += section("NAME") + line(roff_text(page) + " \\- " + without_stop(command.summary));
  out += section("SYNOPSIS") + line(synopsis(command));
  out += section("DESCRIPTION") + line(roff_text(command.summary));
  if (const auto& argument = command.argument) out += item(italic(argument->name), roff_text(argument->help));
  if (!command.examples.empty()) {
    out += section("EXAMPLES");
    for (const auto& [command_line, what] : command.examples) out += example(command_line, what);
  }
  return out + body(command) + see_also(command, all);
}

}  // namespace aipg::program
