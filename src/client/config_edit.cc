// SPDX-License-Identifier: Apache-2.0
#include "client/config_edit.h"

#include <filesystem>

#include "client/whole_file.h"
#include "program/in_quotes.h"
#include "program/toml_text.h"

namespace aipg::client {
namespace {

using program::Complaint;
using program::ExitCode;

constexpr std::size_t kMaxFileBytes = 1 << 20;
constexpr std::string_view kBegin = "# Settings of aipg. A command's --print-config lists its keys.\n\n";

struct Range {
  std::size_t from = 0, to = 0;
};

Range line_range(std::string_view text, std::size_t number) {
  std::size_t from = 0;
  for (; number > 1; --number) from = text.find('\n', from) + 1;
  const std::size_t end = text.find('\n', from);
  return {from, end == std::string_view::npos ? text.size() : end + 1};
}

// Where the text of `line` stands, quotes and all: behind the first "=".
std::optional<Range> value_range(std::string_view line) {
  const std::size_t equals = line.find('=');
  const std::size_t from = equals == std::string_view::npos ? equals : line.find_first_of("\"'", equals);
  if (from == std::string_view::npos) return std::nullopt;
  const char quote = line[from];
  for (std::size_t i = from + 1; i < line.size(); ++i) {
    if (quote == '"' && line[i] == '\\') {
      ++i;
    } else if (line[i] == quote) {
      return Range{from, i + 1};
    }
  }
  return std::nullopt;
}

// Behind a comment at the file's head that an empty line ends, else at the very beginning.
std::size_t place_for_more(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && text[at] == '#') at = std::min(text.find('\n', at), text.size() - 1) + 1;
  return at > 0 && at < text.size() && text[at] == '\n' ? at + 1 : 0;
}

std::string assignment(std::string_view key, const std::string& value) {
  return std::string(key) + " = " + program::in_quotes(value) + "\n";
}

// Whether the setting is now what it should be: nothing is written that a reader would take for something else.
bool says(std::string_view text, std::string_view key, const std::optional<std::string>& value) {
  const auto table = program::parse_toml(text);
  if (!table) return false;
  const toml::node* node = table->get(key);
  if (!value) return node == nullptr;
  return node != nullptr && node->value_exact<std::string>() == value;
}

Complaint not_editable(const std::string& path, const std::string& key) {
  return {"config_not_editable", path + " cannot be changed without touching more than " + key,
          "write it as one line outside any table: " + key + " = \"...\"", ExitCode::refused};
}

}  // namespace

Result<std::string> with_setting(std::string_view text, std::string_view key, const std::optional<std::string>& value) {
  const auto table = program::parse_toml(text);
  if (!table) return fail("config_not_editable");
  const toml::node* node = table->get(key);
  std::string out(text);
  if (node == nullptr) {
    if (value) out.insert(place_for_more(text), assignment(key, *value));
  } else {
    const Range line = line_range(text, node->source().begin.line);
    const auto old = value_range(text.substr(line.from, line.to - line.from));
    if (!node->is_string() || !old) return fail("config_not_editable");
    if (value) {
      out.replace(line.from + old->from, old->to - old->from, program::in_quotes(*value));
    } else {
      out.erase(line.from, line.to - line.from);
    }
  }
  if (!says(out, key, value)) return fail("config_not_editable");
  return out;
}

std::expected<void, Complaint> change_settings(const std::string& path, const std::vector<SettingChange>& changes) {
  std::error_code error;
  const bool is_new = !std::filesystem::exists(path, error) && !error;
  const auto file = is_new ? Result<SecretBytes>(SecretBytes(as_bytes(kBegin))) : read_whole(path, kMaxFileBytes);
  if (!file) return std::unexpected(Complaint{"config_unreadable", "cannot read " + path, {}, ExitCode::cannot_read});
  std::string text(file->reveal_text());
  for (const SettingChange& change : changes) {
    auto changed = with_setting(text, change.key, change.value);
    if (!changed) return std::unexpected(not_editable(path, change.key));
    text = *std::move(changed);
  }
  // Where people keep their settings elsewhere, a link leads there.
  const auto target = is_new ? std::filesystem::path(path) : std::filesystem::canonical(path, error);
  const bool written = !error && replace_whole(target.string(), as_bytes(text)).has_value();
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  if (written) return {};
  return std::unexpected(Complaint{"file_unwritable", "cannot write " + path, {}, ExitCode::cannot_read});
}

}  // namespace aipg::client
