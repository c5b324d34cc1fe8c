// SPDX-License-Identifier: Apache-2.0
// Reading one TOML table by a closed list of keys. The first problem is kept
// and names key and line; every getter after it returns its default, so that a
// caller reads all keys and asks finish() once. Not for concurrent use.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/hex.h"
#include "program/toml_text.h"

namespace aipg::program {

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
  void instant(const char* key, Instant& out);  // required; "2026-11-22T12:00:00Z"
  template <std::size_t N>
  void digest(const char* key, ByteArray<N>& out);  // required; hexadecimal
  template <std::size_t N>
  void digests(const char* key, std::vector<ByteArray<N>>& out);
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

template <std::size_t N>
void TomlReader::digest(const char* key, ByteArray<N>& out) {
  std::string written;
  required_text(key, written);
  const auto bytes = from_hex(written);
  if (!bytes || bytes->size() != N) return complain(key, "is not " + std::to_string(N) + " bytes in hexadecimal");
  out = to_array<N>(*bytes);
}

template <std::size_t N>
void TomlReader::digests(const char* key, std::vector<ByteArray<N>>& out) {
  std::vector<std::string> written;
  texts(key, written);
  for (const std::string& each : written) {
    const auto bytes = from_hex(each);
    if (!bytes || bytes->size() != N) {
      return complain(key, "has an entry that is not " + std::to_string(N) + " bytes in hexadecimal");
    }
    out.push_back(to_array<N>(*bytes));
  }
}

}  // namespace aipg::program
