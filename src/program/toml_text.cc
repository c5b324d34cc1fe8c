// SPDX-License-Identifier: Apache-2.0
#include "program/toml_text.h"

#include <algorithm>

namespace aipg::program {
namespace {

constexpr std::string_view kSpace = " \t";
constexpr std::string_view kBeforeString = " \t=[{,.";

bool is_plain(char c) { return (c >= 0x20 && c <= 0x7e) || c == '\t' || c == '\r'; }

bool begins_key(char c) {
  return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9') || c == '_' || c == '-' ||
         c == '"' || c == '\'';
}

std::string_view without_space(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(kSpace), line.size()));
  return line;
}

bool names_no_table(std::string_view line) {
  line = without_space(line);
  if (!line.starts_with('[')) return false;
  line = without_space(line.substr(line.starts_with("[[") ? 2 : 1));
  return line.empty() || !begins_key(line[0]);
}

// Where the string that begins at `from` ends; nullopt when not on this line.
std::optional<std::size_t> end_of_string(std::string_view line, std::size_t from) {
  for (std::size_t i = from + 1; i < line.size(); ++i) {
    if (line[i] == '\\' && line[from] == '"') {
      ++i;
    } else if (line[i] == line[from]) {
      return i;
    }
  }
  return std::nullopt;
}

bool has_odd_characters(std::string_view line) {
  if (std::ranges::all_of(line, is_plain)) return false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '#') return false;
    if (line[i] == '"' || line[i] == '\'') {
      const bool may_begin = i == 0 || kBeforeString.contains(line[i - 1]);
      const auto end = end_of_string(line, i);
      if (!may_begin || !end) return true;
      i = *end;
    } else if (!is_plain(line[i])) {
      return true;
    }
  }
  return false;
}

// The first line that the library must not see.
std::optional<std::size_t> bad_line(std::string_view text) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (names_no_table(line) || has_odd_characters(line)) return number;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::nullopt;
}

}  // namespace

std::expected<toml::table, TomlFault> parse_toml(std::string_view text) {
  if (const auto line = bad_line(text)) return std::unexpected(TomlFault{*line});
  toml::parse_result parsed = toml::parse(text);
  if (!parsed) return std::unexpected(TomlFault{parsed.error().source().begin.line});
  return std::move(parsed).table();
}

}  // namespace aipg::program
