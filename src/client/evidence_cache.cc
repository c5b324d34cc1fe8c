// SPDX-License-Identifier: Apache-2.0
#include "client/evidence_cache.h"

#include <cstdlib>

#include "base/hex.h"
#include "client/whole_file.h"
#include "codec/base64.h"
#include "codec/canonical_json.h"
#include "codec/json_fields.h"

namespace aipg::client {
namespace {

using codec::json::Fields;
using codec::json::Kind;
using codec::json::Tree;
using codec::json::Value;

constexpr std::string_view kVersion = "aipg.evidence-cache.v1";
constexpr std::size_t kMaxFileBytes = 64 << 20;
constexpr std::size_t kMaxEntryBytes = 64 * 1024;
constexpr milliseconds kLife{10 * 60 * 1000};

Tree text(ByteView bytes) { return codec::to_base64url(bytes); }

// The entry travels as a directory of one: the same format, the same checks.
std::string write_entry(const api::DirectoryEntry& entry) {
  api::Directory directory;
  directory.entries.push_back(entry);
  return api::write_directory(directory);
}

Result<api::DirectoryEntry> parse_entry(ByteView bytes) {
  AIPG_TRY(auto directory, api::parse_directory(as_text(bytes)));
  if (directory.entries.size() != 1) return fail("json_wrong_type", "entry");
  return std::move(directory.entries.front());
}

Result<CachedEvidence> read_one(const Value& value) {
  Fields fields(value, "cached evidence");
  CachedEvidence out;
  out.bundle = fields.bytes("bundle", attest::kMaxBundleBytes);
  out.freshness.nonce = fields.array<32>("nonce");
  out.freshness.path.index = fields.uint("index");
  out.freshness.path.size = fields.uint("size");
  const Bytes siblings = fields.bytes("siblings", 32 * 32);
  const Bytes entry = fields.bytes("entry", kMaxEntryBytes);
  out.verified_at.ms = static_cast<std::int64_t>(fields.uint("verified_at_ms"));
  AIPG_CHECK(fields.finish());
  if (siblings.size() % 32 != 0) return fail("json_wrong_type", "siblings");
  for (std::size_t at = 0; at < siblings.size(); at += 32) {
    out.freshness.path.siblings.push_back(to_array<32>(ByteView(siblings).subspan(at, 32)));
  }
  AIPG_TRY(out.entry, parse_entry(entry));
  return out;
}

}  // namespace

std::string write_cached(const std::vector<CachedEvidence>& all) {
  Tree::Array entries;
  for (const CachedEvidence& each : all) {
    Bytes siblings;
    for (const Hash256& sibling : each.freshness.path.siblings) append(siblings, sibling);
    entries.push_back(Tree::Object{{"bundle", text(each.bundle)},
                                   {"nonce", text(each.freshness.nonce)},
                                   {"index", each.freshness.path.index},
                                   {"size", each.freshness.path.size},
                                   {"siblings", text(siblings)},
                                   {"entry", text(as_bytes(write_entry(each.entry)))},
                                   {"verified_at_ms", static_cast<std::uint64_t>(each.verified_at.ms)}});
  }
  return Tree(Tree::Object{{"v", kVersion}, {"evidence", std::move(entries)}}).write();
}

Result<std::vector<CachedEvidence>> parse_cached(std::string_view in) {
  AIPG_TRY(const auto document, codec::json::parse_canonical(in, kMaxFileBytes));
  Fields fields(document.root(), "evidence cache");
  const std::string version = fields.string("v");
  const auto entries = fields.value("evidence", Kind::array);
  AIPG_CHECK(fields.finish());
  if (version != kVersion) return fail("json_wrong_type", "v");
  std::vector<CachedEvidence> out;
  for (const Value& value : *entries) {
    AIPG_TRY(auto one, read_one(value));
    out.push_back(std::move(one));
  }
  return out;
}

std::optional<std::string> EvidenceCache::default_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') return std::string(cache) + "/aipg/evidence";
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home != '/') return std::nullopt;
  return std::string(home) + "/.cache/aipg/evidence";
}

EvidenceCache::EvidenceCache(const std::string& folder, std::string_view gateway)
    : path_(folder + "/" + to_hex(crypto::sha256(as_bytes(gateway))) + ".json") {}

std::vector<CachedEvidence> EvidenceCache::read(Instant now) {
  const auto file = read_whole(path_, kMaxFileBytes);
  if (!file) return {};
  auto parsed = parse_cached(file->reveal_text());
  if (!parsed) return {};
  for (CachedEvidence& each : *parsed) {
    const Hash256 id = each.entry.keyset_id;
    all_.insert_or_assign(id, std::move(each));
  }
  expire(now);
  std::vector<CachedEvidence> out;
  for (const auto& [id, each] : all_) out.push_back(each);
  return out;
}

void EvidenceCache::keep(const Candidate& candidate) {
  all_.insert_or_assign(candidate.entry.keyset_id, CachedEvidence{to_bytes(candidate.bundle), candidate.freshness,
                                                                  candidate.entry, candidate.appraisal.verdict.at});
  changed_ = true;
}

void EvidenceCache::write(Instant now) {
  if (!changed_) return;
  expire(now);
  std::vector<CachedEvidence> all;
  for (const auto& [id, each] : all_) all.push_back(each);
  (void)replace_whole(path_, as_bytes(write_cached(all)));
  changed_ = false;
}

void EvidenceCache::expire(Instant now) {
  std::erase_if(all_, [&](const auto& each) {
    const Instant at = each.second.verified_at;
    return at > now || now - at > kLife;
  });
}

}  // namespace aipg::client
