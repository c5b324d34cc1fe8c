// SPDX-License-Identifier: Apache-2.0
#include "program/toml_text.h"

#include <algorithm>

namespace aipg::program {
namespace {

constexpr std::string_view kSpace = " \t";

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

// Where a string goes on over lines, no line tells by itself what is a string.
bool has_long_string(std::string_view line) { return line.contains("\"\"\"") || line.contains("'''"); }

// After the key of "key = …"; the whole line where it has none.
std::string_view after_key(std::string_view line) {
  constexpr std::string_view kBare = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
  const std::string_view rest = without_space(line.substr(std::min(line.find_first_not_of(kBare), line.size())));
  return rest.starts_with('=') ? without_space(rest.substr(1)) : line;
}

// A line with other alphabets is a comment, has them in one, or is one string, with a key or without. Any other place
// for a string is one where the library may not see a string.
bool has_odd_characters(std::string_view line) {
  if (std::ranges::all_of(line, is_plain)) return false;
  std::string_view rest = after_key(without_space(line));
  if (rest.starts_with('"') || rest.starts_with('\'')) {
    const auto end = end_of_string(rest, 0);
    if (!end) return true;
    rest = without_space(rest.substr(*end + 1));
    if (rest.starts_with(',')) rest = without_space(rest.substr(1));
    return !rest.empty() && rest[0] != '#' && rest[0] != '\r';
  }
  const std::string_view before = line.substr(0, std::min(line.find('#'), line.size()));
  return !std::ranges::all_of(before, [](char c) { return is_plain(c) && c != '"' && c != '\''; });
}

bool is_digit(char c) { return '0' <= c && c <= '9'; }

// Is `text` of this form, where 0 is any digit?
bool has_form(std::string_view text, std::string_view form) {
  return std::ranges::equal(text, form, [](char c, char f) { return f == '0' ? is_digit(c) : c == f; });
}

// A word with a time of day in it, or what may be taken for one, that is not written as instants are. What instants
// are wanted for is for the reader of the table to say.
bool is_odd_time(std::string_view word) {
  const bool timed = word.contains(':') || (word.size() > 10 && has_form(word.substr(4, 1), "-") && is_digit(word[0]));
  return timed && !has_form(word, "0000-00-00T00:00:00Z");
}

// The word that begins at `from`, if one does.
std::string_view word_at(std::string_view line, std::size_t from) {
  constexpr std::string_view kEnd = " \t\r=,[]{}#\"'";
  if (from > 0 && !kEnd.contains(line[from - 1])) return {};
  return line.substr(from, line.find_first_of(kEnd, from) - from);
}

// What stands on a line outside strings and comments, held against what the library takes for granted.
class OutsideStrings {
 public:
  // A brace that closes where a value must begin, or a time of day in another form.
  bool is_bad(std::string_view line) {
    for (std::size_t i = 0; i < line.size() && line[i] != '#'; ++i) {
      if (line[i] == '}' && (last_ == '[' || last_ == ',')) return true;
      if (is_odd_time(word_at(line, i))) return true;
      if (line[i] == ' ' || line[i] == '\t' || line[i] == '\r') continue;
      last_ = line[i];
      if (last_ == '"' || last_ == '\'') i = end_of_string(line, i).value_or(line.size());
    }
    return false;
  }

 private:
  char last_ = 0;  // that means something, of this line or one before
};

// The first line that the library must not see.
std::optional<std::size_t> bad_line(std::string_view text) {
  OutsideStrings outside;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const bool bad = has_long_string(line) || names_no_table(line) || has_odd_characters(line);
    if (bad || outside.is_bad(line)) return number;
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
