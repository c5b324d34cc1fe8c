// SPDX-License-Identifier: Apache-2.0
// The directory: a numbered public document, the same for everybody, from
// which clients draw their candidates themselves. Canonical JSON.
// Errors: those of codec/json_fields.h, not_canonical, directory_invalid.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace aipg::api {

// Integer micro-USD per million tokens.
struct Price {
  std::uint64_t input = 0, output = 0;
  friend bool operator==(const Price&, const Price&) = default;
};

struct OfferedModel {
  std::string name;                 // [!-~]{1,128}
  std::vector<std::string> paths;   // API paths, of seal/routing.h's list
  Price price;
  friend bool operator==(const OfferedModel&, const OfferedModel&) = default;
};

struct DirectoryEntry {
  Hash256 keyset_id{};
  std::string worker_id;
  std::string stake_id;             // [a-zA-Z0-9-]{0,64}; empty where staking is off
  std::vector<std::uint16_t> suites;
  std::vector<OfferedModel> models;
  Hash256 evidence_digest{};        // H(bundle) of its newest evidence
};

struct Directory {
  std::uint64_t number = 0;         // grows with every change
  Instant issued;
  std::vector<DirectoryEntry> entries;  // sorted by keyset id
};

[[nodiscard]] std::string write_directory(const Directory& directory);
[[nodiscard]] Result<Directory> parse_directory(std::string_view bytes);

}  // namespace aipg::api
