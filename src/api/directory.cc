// SPDX-License-Identifier: Apache-2.0
#include "api/directory.h"

#include <algorithm>

#include "codec/base64.h"
#include "codec/json_fields.h"

namespace aipg::api {
namespace {

using codec::json::Fields;
using codec::json::Kind;
using codec::json::Tree;
using codec::json::Value;

constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kMaxSuites = 16;
constexpr std::size_t kMaxIdBytes = 64;

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_worker_id(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

bool is_stake_id(std::string_view text) {
  const auto allowed = [](char c) { return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '-'; };
  return std::ranges::all_of(text, allowed);
}

Tree to_tree(const DirectoryEntry& entry) {
  auto suites = entry.suites;
  std::ranges::sort(suites);
  return Tree::Object{
      {"evidence_digest", codec::to_base64url(entry.evidence_digest)},
      {"keyset_id", codec::to_base64url(entry.keyset_id)},
      {"models", to_tree(entry.models)},
      {"stake_id", entry.stake_id},
      {"suites", Tree::Array(suites.begin(), suites.end())},
      {"worker_id", entry.worker_id},
  };
}

Result<std::vector<std::uint16_t>> read_suites(Value array) {
  if (array.size() == 0 || array.size() > kMaxSuites) return fail("directory_invalid", "suites", array.offset());
  std::vector<std::uint16_t> suites;
  for (const Value& element : array) {
    const auto suite = element.uint();
    const bool ascending = suite && (suites.empty() || suites.back() < *suite);
    if (!ascending || *suite > UINT16_MAX) return fail("directory_invalid", "suites", element.offset());
    suites.push_back(static_cast<std::uint16_t>(*suite));
  }
  return suites;
}

Result<DirectoryEntry> read_entry(Value value) {
  Fields fields(value, "directory_entry");
  DirectoryEntry entry;
  entry.keyset_id = fields.array<32>("keyset_id");
  entry.worker_id = fields.string("worker_id", kMaxIdBytes);
  entry.stake_id = fields.string("stake_id", kMaxIdBytes);
  entry.evidence_digest = fields.array<32>("evidence_digest");
  const auto suites = fields.value("suites", Kind::array);
  const auto models = fields.value("models", Kind::array);
  fields.ignore("ext");
  AIPG_CHECK(fields.finish());
  if (!is_worker_id(entry.worker_id)) return fail("directory_invalid", "worker_id", value.offset());
  if (!is_stake_id(entry.stake_id)) return fail("directory_invalid", "stake_id", value.offset());
  AIPG_TRY(entry.suites, read_suites(*suites));
  AIPG_TRY(entry.models, read_offered_models(*models));
  return entry;
}

Result<std::vector<DirectoryEntry>> read_entries(Value array) {
  if (array.size() > kMaxDirectoryEntries) return fail("directory_invalid", "entries", array.offset());
  std::vector<DirectoryEntry> entries;
  for (const Value& element : array) {
    AIPG_TRY(DirectoryEntry entry, read_entry(element));
    const bool ascending = entries.empty() || entries.back().keyset_id < entry.keyset_id;
    if (!ascending) return fail("directory_invalid", "entries", element.offset());
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace

std::string write_directory(const Directory& directory) {
  std::vector<const DirectoryEntry*> sorted;
  for (const DirectoryEntry& entry : directory.entries) sorted.push_back(&entry);
  std::ranges::sort(sorted, {}, [](const DirectoryEntry* entry) { return entry->keyset_id; });
  Tree::Array entries;
  for (const DirectoryEntry* entry : sorted) entries.push_back(to_tree(*entry));
  const Tree document = Tree::Object{
      {"entries", std::move(entries)},
      {"issued_ms", static_cast<std::uint64_t>(directory.issued.ms)},
      {"number", directory.number},
      {"v", kVersion},
  };
  return document.write();
}

Result<Directory> parse_directory(std::string_view bytes) {
  AIPG_TRY(const auto document, codec::json::parse_canonical(bytes, kMaxDirectoryBytes));
  Fields fields(document.root(), "directory");
  // Before the other members: another version may have others.
  if (fields.uint("v") != kVersion && fields.has("v")) return fail("directory_version");
  Directory directory;
  directory.number = fields.uint("number");
  directory.issued = {static_cast<std::int64_t>(fields.uint("issued_ms"))};
  const auto entries = fields.value("entries", Kind::array);
  fields.ignore("ext");
  AIPG_CHECK(fields.finish());
  AIPG_TRY(directory.entries, read_entries(*entries));
  return directory;
}

}  // namespace aipg::api
