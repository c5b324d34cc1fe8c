// SPDX-License-Identifier: Apache-2.0
#include "attest/collateral_pack.h"

#include "attest/endorsements.h"
#include "codec/base64.h"
#include "codec/canonical_json.h"
#include "codec/json_fields.h"

namespace aipg::attest {
namespace {

using codec::json::Fields;
using codec::json::Kind;
using codec::json::Tree;
using codec::json::Value;

constexpr std::size_t kMaxUrlBytes = 2048;

Result<CollateralEntry> read_entry(Value value) {
  Fields fields(value, "collateral entry");
  CollateralEntry out;
  out.url = fields.string("url", kMaxUrlBytes);
  out.fetched.ms = static_cast<std::int64_t>(fields.uint("fetched_ms"));
  const auto items = fields.value("items", Kind::array);
  AIPG_CHECK(fields.finish());
  if (items->size() == 0) return fail("collateral_pack", "empty");
  if (items->size() > kMaxEntryItems) return fail("collateral_pack", "too many items");
  for (const Value& item : *items) {
    const auto bytes = codec::from_base64url(item.plain_string().value_or("="));
    if (!bytes || bytes->empty()) return fail("json_wrong_type", "items");
    out.items.push_back(*bytes);
  }
  return out;
}

}  // namespace

std::string write_collateral_pack(std::span<const CollateralEntry> entries) {
  Tree::Array all;
  for (const CollateralEntry& entry : entries) {
    Tree::Array items;
    for (const Bytes& item : entry.items) items.emplace_back(codec::to_base64url(item));
    all.push_back(Tree::Object{
        {"fetched_ms", static_cast<std::uint64_t>(entry.fetched.ms)}, {"items", std::move(items)}, {"url", entry.url}});
  }
  return Tree(Tree::Object{{"entries", std::move(all)}, {"v", kCollateralPackVersion}}).write();
}

Result<std::vector<CollateralEntry>> parse_collateral_pack(std::string_view in) {
  AIPG_TRY(const auto document, codec::json::parse_canonical(in, kMaxEndorsementBytes));
  Fields fields(document.root(), "collateral");
  const std::string version = fields.string("v");
  const auto entries = fields.value("entries", Kind::array);
  AIPG_CHECK(fields.finish());
  if (version != kCollateralPackVersion) return fail("collateral_pack", "version");
  if (entries->size() > kMaxPackEntries) return fail("collateral_pack", "too many entries");
  std::vector<CollateralEntry> out;
  for (const Value& value : *entries) {
    AIPG_TRY(CollateralEntry entry, read_entry(value));
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace aipg::attest
