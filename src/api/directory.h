// SPDX-License-Identifier: Apache-2.0
// The directory: a numbered public document, the same for everybody, from
// which clients draw their candidates themselves. Canonical JSON:
//
//   {"entries":[{"evidence_digest":b64u,"keyset_id":b64u,"models":[…],"stake_id":…,"suites":[1,2],"worker_id":…}],
//    "issued_ms":n,"number":n,"v":1}
//
// It is unauthenticated: what it says about a worker counts only as far as the
// worker's evidence says the same. Pure.
// Errors: those of codec/json_fields.h, not_canonical, directory_version,
// directory_invalid (where names the member).
#pragma once

#include <string>
#include <vector>

#include "api/offered_model.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace aipg::api {

inline constexpr std::size_t kMaxDirectoryBytes = 8 << 20;
inline constexpr std::size_t kMaxDirectoryEntries = 10'000;

struct DirectoryEntry {
  Hash256 keyset_id{};
  std::string worker_id;              // [a-z0-9-]{1,64}
  std::string stake_id;               // [a-zA-Z0-9-]{0,64}; empty where staking is off
  std::vector<std::uint16_t> suites;  // ascending, at least one
  std::vector<OfferedModel> models;   // names ascending
  Hash256 evidence_digest{};          // H(bundle) of its newest evidence
  friend bool operator==(const DirectoryEntry&, const DirectoryEntry&) = default;
};

struct Directory {
  std::uint64_t number = 0;  // grows with every change
  Instant issued;
  std::vector<DirectoryEntry> entries;  // ascending by keyset id, each once
  friend bool operator==(const Directory&, const Directory&) = default;
};

// Sorts entries, suites and models. What it writes, parse_directory() takes, as long as the fields keep their forms.
[[nodiscard]] std::string write_directory(const Directory& directory);
[[nodiscard]] Result<Directory> parse_directory(std::string_view bytes);

}  // namespace aipg::api
