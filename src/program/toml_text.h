// SPDX-License-Identifier: Apache-2.0
// TOML text to a table: the one place where the TOML library meets text.
// Refuses, before the library sees it, what the library takes for granted that
// nobody writes (undefined where its assertions are off): a table without a
// name, a brace that closes where a value must begin, a time of day in another
// form than 2026-11-22T12:00:00Z, strings over several lines, and anything but
// printable ASCII outside comments and strings that are alone on their line, but
// for their key.
// Pure. The fault is the line; never content, which may be secret.
#pragma once

#include <expected>
#include <string_view>

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace aipg::program {

struct TomlFault {
  std::size_t line = 0;
};

[[nodiscard]] std::expected<toml::table, TomlFault> parse_toml(std::string_view text);

}  // namespace aipg::program
