// SPDX-License-Identifier: Apache-2.0
// A TOML file as a flat list of dotted keys, in the file's order; what they
// mean is the option table's business.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "program/complaint.h"

namespace aipg::program {

struct TomlValue {
  enum class Type : std::uint8_t {
    string,
    integer,
    real,
    boolean,
    strings,      // an array of strings, possibly empty
    empty_table,  // [table] without a key
    other,
  };
  std::string key;  // "drain.grace"
  Type type = Type::other;
  std::vector<std::string> values;  // as text
  std::size_t line = 0;
};

// Complaints: config_unreadable (missing, a folder, over 1 MiB), config_not_toml.
// Neither repeats the file's content: it may hold secrets.
[[nodiscard]] std::expected<std::vector<TomlValue>, Complaint> read_toml_file(const std::string& path);
[[nodiscard]] std::expected<std::vector<TomlValue>, Complaint> read_toml(std::string_view text,
                                                                         const std::string& path);

}  // namespace aipg::program
