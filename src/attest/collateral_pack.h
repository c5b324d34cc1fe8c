// SPDX-License-Identifier: Apache-2.0
// Collateral as fetched, in one file for use without a network:
//
//   {"entries":[{"fetched_ms":n,"items":[b64u,…],"url":"https://…"},…],"v":"aipg.collateral.v1"}
//
// Canonical JSON. An entry is one answer of a vendor's service: what it was
// asked, when, and the pieces of the answer, each a file that Endorsements::add
// would take alone (a document, then the chain that came with it). Address and
// instant are for people and caches; nothing rests on them, and nothing here is
// authentic. Pure.
// Errors: those of codec/canonical_json.h and json_fields.h, collateral_pack
// (where says what: version, empty, too many; nested, from Endorsements::add).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace aipg::attest {

inline constexpr std::string_view kCollateralPackVersion = "aipg.collateral.v1";
inline constexpr std::size_t kMaxPackEntries = 256, kMaxEntryItems = 4;

struct CollateralEntry {
  std::string url;  // printable ASCII
  Instant fetched;
  std::vector<Bytes> items;

  friend bool operator==(const CollateralEntry&, const CollateralEntry&) = default;
};

[[nodiscard]] std::string write_collateral_pack(std::span<const CollateralEntry> entries);
[[nodiscard]] Result<std::vector<CollateralEntry>> parse_collateral_pack(std::string_view in);

}  // namespace aipg::attest
