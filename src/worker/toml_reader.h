// SPDX-License-Identifier: Apache-2.0
// Reading one TOML table by a closed list of keys. The first problem is kept
// and names key and line; every getter after it returns its default, so that a
// caller reads all keys and asks finish() once.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace aipg::worker {

// What is wrong, for people. Shared by the tables of one document.
struct TomlProblem {
  std::string key, what;
  std::size_t line = 0;
};

class TomlReader {
 public:
  TomlReader(const toml::table& table, std::string prefix, std::optional<TomlProblem>& problem)
      : table_(table), prefix_(std::move(prefix)), problem_(problem) {}

  // Text is printable ASCII: it goes into a canonical document.
  void text(const char* key, std::string& out);
  void required_text(const char* key, std::string& out);
  void texts(const char* key, std::vector<std::string>& out);
  void number(const char* key, std::uint64_t& out, std::uint64_t least, std::uint64_t most);
  void duration(const char* key, milliseconds& out);
  // Tables inside; nullptr when absent.
  [[nodiscard]] const toml::table* table(const char* key);
  [[nodiscard]] std::vector<const toml::table*> tables(const char* key);

  void complain(const char* key, std::string what);
  // Refuses keys that nobody asked for.
  void finish();

 private:
  const toml::node* get(const char* key);

  const toml::table& table_;
  std::string prefix_;
  std::optional<TomlProblem>& problem_;
  std::set<std::string, std::less<>> asked_;
};

}  // namespace aipg::worker
