// SPDX-License-Identifier: Apache-2.0
#include "attest/keyset.h"

#include "base/byte_reader.h"
#include "codec/base64.h"
#include "codec/canonical_json.h"
#include "codec/json_fields.h"
#include "crypto/digest.h"

namespace aipg::attest {
namespace {

namespace json = codec::json;

constexpr std::size_t kMaxKeysetBytes = 16 << 10;
constexpr std::size_t kMaxWorkerId = 64;
constexpr std::uint64_t kFormat = 1;
constexpr std::uint8_t kProtocol = 1;

// Bytes of a suite's public key; 0 for a suite we do not know.
std::size_t public_key_size(std::uint16_t suite) {
  switch (suite) {
    case 0x0001:
      return 32;  // X25519
    case 0x0002:
      return 1216;  // X-Wing
    default:
      return 0;
  }
}

bool is_worker_id(std::string_view id) {
  if (id.empty() || id.size() > kMaxWorkerId) return false;
  return std::ranges::all_of(id, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

Result<SuiteKey> read_key(json::Value value) {
  json::Fields fields(value, "keyset keys");
  SuiteKey key;
  key.suite = static_cast<std::uint16_t>(fields.uint("suite", 0xffff));
  key.public_key = fields.bytes("public_key", 2048);
  fields.ignore("ext");
  AIPG_CHECK(fields.finish());
  if (key.public_key.empty() || key.public_key.size() != public_key_size(key.suite)) return fail("keyset_suite");
  key.kid = key_id(key.suite, key.public_key);
  return key;
}

Result<void> read_keys(json::Value list, Keyset& out) {
  for (json::Value value : list) {
    AIPG_TRY(SuiteKey key, read_key(value));
    if (out.find_suite(key.suite) != nullptr) return fail("keyset_suite", "repeated");
    out.keys.push_back(std::move(key));
  }
  if (out.keys.empty()) return fail("keyset_suite", "none");
  return {};
}

Result<void> read_versions(json::Value list, Keyset& out) {
  for (json::Value value : list) {
    const auto version = value.uint();
    if (!version || *version == 0 || *version > 0xff) return fail("keyset_version");
    out.versions.push_back(static_cast<std::uint8_t>(*version));
  }
  if (std::ranges::find(out.versions, kProtocol) == out.versions.end()) return fail("keyset_version");
  return {};
}

Result<void> check_window(const Keyset& keyset) {
  const bool good = keyset.not_before < keyset.not_after && keyset.not_after - keyset.not_before <= kMaxKeysetLife;
  if (!good) return fail("keyset_window");
  return {};
}

}  // namespace

const SuiteKey* Keyset::find_suite(std::uint16_t suite) const {
  const auto found = std::ranges::find(keys, suite, &SuiteKey::suite);
  return found == keys.end() ? nullptr : &*found;
}

const SuiteKey* Keyset::find_kid(ByteView kid) const {
  const auto found = std::ranges::find_if(keys, [&](const SuiteKey& key) { return equal(key.kid, kid); });
  return found == keys.end() ? nullptr : &*found;
}

Hash256 key_id(std::uint16_t suite, ByteView public_key) {
  return crypto::sha256(ByteWriter().u16be(suite).bytes(public_key).view());
}

Result<Keyset> parse_keyset(ByteView bytes) {
  AIPG_TRY(const json::Document document, json::parse_canonical(as_text(bytes), kMaxKeysetBytes));
  json::Fields fields(document.root(), "keyset");
  const std::uint64_t format = fields.uint("v");
  Keyset out;
  out.worker_id = fields.string("worker_id", kMaxWorkerId);
  out.not_before = {static_cast<std::int64_t>(fields.uint("not_before_ms"))};
  out.not_after = {static_cast<std::int64_t>(fields.uint("not_after_ms"))};
  out.receipt_key = fields.array<32>("receipt_key");
  const auto versions = fields.value("versions", json::Kind::array);
  const auto keys = fields.value("keys", json::Kind::array);
  fields.ignore("ext");
  AIPG_CHECK(fields.finish());
  if (format != kFormat) return fail("keyset_version", "v");
  if (!is_worker_id(out.worker_id)) return fail("json_wrong_type", "worker_id");
  AIPG_CHECK(check_window(out));
  AIPG_CHECK(read_versions(*versions, out));
  AIPG_CHECK(read_keys(*keys, out));
  out.bytes = to_bytes(bytes);
  out.id = crypto::sha256(bytes);
  return out;
}

Keyset make_keyset(std::string worker_id, Instant not_before, Instant not_after,
                   std::vector<std::pair<std::uint16_t, Bytes>> keys, ByteArray<32> receipt_key) {
  json::Tree::Array key_list;
  Keyset out{.worker_id = std::move(worker_id),
             .not_before = not_before,
             .not_after = not_after,
             .versions = {kProtocol},
             .keys = {},
             .receipt_key = receipt_key,
             .bytes = {},
             .id = {}};
  for (auto& [suite, public_key] : keys) {
    key_list.push_back(json::Tree::Object{{"suite", suite}, {"public_key", codec::to_base64url(public_key)}});
    const Hash256 kid = key_id(suite, public_key);
    out.keys.push_back({suite, std::move(public_key), kid});
  }
  const json::Tree document = json::Tree::Object{
      {"v", kFormat},
      {"worker_id", out.worker_id},
      {"not_before_ms", static_cast<std::uint64_t>(not_before.ms)},
      {"not_after_ms", static_cast<std::uint64_t>(not_after.ms)},
      {"versions", json::Tree::Array{json::Tree(kProtocol)}},
      {"keys", std::move(key_list)},
      {"receipt_key", codec::to_base64url(receipt_key)},
  };
  out.bytes = to_bytes(document.write());
  out.id = crypto::sha256(out.bytes);
  return out;
}

}  // namespace aipg::attest
