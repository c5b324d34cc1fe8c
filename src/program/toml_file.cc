// SPDX-License-Identifier: Apache-2.0
#include "program/toml_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "program/toml_text.h"

namespace aipg::program {
namespace {

using Type = TomlValue::Type;
constexpr std::size_t kMaxFileBytes = 1 << 20;

Complaint unreadable(const std::string& path) {
  return {"config_unreadable", "cannot read " + path,
          "--config takes a readable TOML file of at most 1 MiB; leave it out to use the defaults",
          ExitCode::cannot_read};
}

void read_array(const toml::array& array, TomlValue& out) {
  if (!std::ranges::all_of(array, [](const toml::node& node) { return node.is_string(); })) return;
  out.type = Type::strings;
  for (const toml::node& node : array) out.values.push_back(node.ref<std::string>());
}

void read_leaf(const toml::node& node, TomlValue& out) {
  if (const auto* text = node.as_string()) {
    out.type = Type::string;
    out.values.push_back(text->get());
  } else if (const auto* integer = node.as_integer()) {
    out.type = Type::integer;
    out.values.push_back(std::to_string(integer->get()));
  } else if (const auto* real = node.as_floating_point()) {
    out.type = Type::real;
    out.values.push_back(fmt::format("{}", real->get()));
  } else if (const auto* boolean = node.as_boolean()) {
    out.type = Type::boolean;
    out.values.push_back(boolean->get() ? "true" : "false");
  } else if (const auto* array = node.as_array()) {
    read_array(*array, out);
  }
}

// Recursion is bounded: toml++ refuses tables nested deeper than 256.
void read_table(const toml::table& table, const std::string& prefix, std::vector<TomlValue>& out) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    if (const toml::table* inner = node.as_table(); inner != nullptr && !inner->empty()) {
      read_table(*inner, key + ".", out);
      continue;
    }
    TomlValue value{key, node.is_table() ? Type::empty_table : Type::other, {}, node.source().begin.line};
    read_leaf(node, value);
    out.push_back(std::move(value));
  }
}

}  // namespace

std::expected<std::vector<TomlValue>, Complaint> read_toml(std::string_view text, const std::string& path) {
  const auto parsed = parse_toml(text);
  if (!parsed) {
    return std::unexpected(Complaint{"config_not_toml",
                                     fmt::format("{} is not TOML: line {}", path, parsed.error().line),
                                     "text needs quotes, a key appears once; the format is at https://toml.io"});
  }
  std::vector<TomlValue> out;
  read_table(*parsed, "", out);
  std::ranges::sort(out, {}, &TomlValue::line);
  return out;
}

std::expected<std::vector<TomlValue>, Complaint> read_toml_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxFileBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  // Reading less than was asked for is the good case: it ends at the end of the file.
  const bool whole = file.eof() && !file.bad();
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (!whole) return std::unexpected(unreadable(path));
  return read_toml(text, path);
}

}  // namespace aipg::program
