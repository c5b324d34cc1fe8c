// SPDX-License-Identifier: Apache-2.0
#include "link/control.h"

#include "base/hex.h"
#include "codec/base64.h"
#include "codec/canonical_json.h"
#include "codec/json_fields.h"

namespace aipg::link {
namespace {

using codec::json::Fields;
using codec::json::Kind;
using codec::json::Tree;
using codec::json::Value;

constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kMaxKeysetBytes = 16 * 1024;
constexpr std::size_t kMaxJwsBytes = 2048;
constexpr std::size_t kMaxReceiptBytes = 8192;
constexpr std::uint64_t kMaxEvidence = 2U << 20;

// --- writing --------------------------------------------------------------------

Tree::Object object(const char* type) { return {{"type", type}}; }

struct Writer {
  Tree::Object operator()(const Hello& m) const {
    auto out = object("hello");
    out.emplace("v", kVersion);
    out.emplace("nonce", codec::to_base64url(m.nonce));
    return out;
  }
  Tree::Object operator()(const Register& m) const {
    auto out = object("register");
    out.emplace("v", kVersion);
    out.emplace("keyset", codec::to_base64url(m.keyset));
    out.emplace("jws", m.jws);
    out.emplace("stake", m.stake_id);
    out.emplace("tiers", Tree::Array{"confidential"});
    out.emplace("jobs", m.jobs);
    out.emplace("models", api::to_tree(m.models));
    return out;
  }
  Tree::Object operator()(const Registered& m) const { return with_keyset("registered", m.keyset_id); }
  Tree::Object operator()(const Refused& m) const {
    auto out = object("refused");
    out.emplace("code", m.code);
    return out;
  }
  Tree::Object operator()(const Challenge& m) const {
    auto out = with_keyset("challenge", m.keyset_id);
    out.emplace("id", m.id);
    out.emplace("kind", static_cast<std::uint64_t>(m.kind));
    out.emplace("value", codec::to_base64url(m.value));
    return out;
  }
  Tree::Object operator()(const EvidenceComing& m) const {
    auto out = with_keyset("evidence", m.keyset_id);
    out.emplace("id", m.id);
    out.emplace("bytes", m.bytes);
    return out;
  }
  Tree::Object operator()(const Retire& m) const { return with_keyset("retire", m.keyset_id); }
  Tree::Object operator()(const Drain&) const { return object("drain"); }
  Tree::Object operator()(const LateReceipt& m) const {
    auto out = object("receipt");
    out.emplace("jws", m.jws);
    return out;
  }
  Tree::Object operator()(const ReceiptRecorded& m) const {
    auto out = object("receipt_recorded");
    out.emplace("job", codec::to_base64url(m.job_id));
    return out;
  }

 private:
  static Tree::Object with_keyset(const char* type, const Hash256& id) {
    auto out = object(type);
    out.emplace("keyset", to_hex(id));
    return out;
  }
};

// --- reading --------------------------------------------------------------------

bool consists_of(std::string_view text, std::size_t least, std::size_t most, bool (*allowed)(char)) {
  return text.size() >= least && text.size() <= most && std::ranges::all_of(text, allowed);
}
bool is_id_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}
bool is_jws_char(char c) { return is_id_char(c) || c == '_' || c == '.'; }
bool is_code_char(char c) { return (c >= 'a' && c <= 'z') || c == '_'; }

Result<Hash256> keyset_id(Fields& fields) {
  const std::string text = fields.string("keyset", 64);
  const auto bytes = from_hex(text);
  // One spelling: from_hex() takes capitals too.
  if (!bytes || bytes->size() != 32 || to_hex(*bytes) != text) return fail("link_control", "keyset");
  return to_array<32>(*bytes);
}

Result<void> check_version(Fields& fields) {
  if (fields.uint("v") != kVersion) return fail("link_control", "v");
  return {};
}

Result<Control> parse_hello(Fields& fields) {
  Hello m;
  AIPG_CHECK(check_version(fields));
  m.nonce = fields.array<32>("nonce");
  AIPG_CHECK(fields.finish());
  return m;
}

// The same form as in the directory.
Result<std::vector<api::OfferedModel>> parse_models(Value array) {
  auto models = api::read_offered_models(array);
  if (!models || models->empty()) return fail("link_control", "models");
  return models;
}

Result<Control> parse_register(Fields& fields) {
  Register m;
  AIPG_CHECK(check_version(fields));
  m.keyset = fields.bytes("keyset", kMaxKeysetBytes);
  m.jws = fields.string("jws", kMaxJwsBytes);
  m.stake_id = fields.string("stake", 64);
  const auto tiers = fields.value("tiers", Kind::array);
  m.jobs = fields.uint("jobs", kMaxJobs);
  const auto models = fields.value("models", Kind::array);
  AIPG_CHECK(fields.finish());
  if (tiers->size() != 1 || (*tiers->begin()).plain_string() != "confidential") return fail("link_control", "tiers");
  if (!consists_of(m.jws, 1, kMaxJwsBytes, is_jws_char)) return fail("link_control", "jws");
  if (!consists_of(m.stake_id, 0, 64, is_id_char)) return fail("link_control", "stake");
  if (m.jobs == 0) return fail("link_control", "jobs");
  AIPG_TRY(m.models, parse_models(*models));
  return m;
}

Result<Control> parse_registered(Fields& fields) {
  AIPG_TRY(const Hash256 id, keyset_id(fields));
  AIPG_CHECK(fields.finish());
  return Registered{id};
}

Result<Control> parse_refused(Fields& fields) {
  Refused m{fields.string("code", 64)};
  AIPG_CHECK(fields.finish());
  if (!consists_of(m.code, 1, 64, is_code_char)) return fail("link_control", "code");
  return m;
}

Result<Control> parse_challenge(Fields& fields) {
  Challenge m;
  AIPG_TRY(m.keyset_id, keyset_id(fields));
  m.id = fields.uint("id");
  const std::uint64_t kind = fields.uint("kind");
  m.value = fields.array<32>("value");
  AIPG_CHECK(fields.finish());
  if (kind != static_cast<std::uint64_t>(attest::ChallengeKind::nonces)) return fail("link_control", "kind");
  return m;
}

Result<Control> parse_evidence(Fields& fields) {
  EvidenceComing m;
  AIPG_TRY(m.keyset_id, keyset_id(fields));
  m.id = fields.uint("id");
  m.bytes = fields.uint("bytes");
  AIPG_CHECK(fields.finish());
  if (m.bytes == 0 || m.bytes > kMaxEvidence) return fail("link_control", "bytes");
  return m;
}

Result<Control> parse_retire(Fields& fields) {
  AIPG_TRY(const Hash256 id, keyset_id(fields));
  AIPG_CHECK(fields.finish());
  return Retire{id};
}

Result<Control> parse_drain(Fields& fields) {
  AIPG_CHECK(fields.finish());
  return Drain{};
}

Result<Control> parse_late_receipt(Fields& fields) {
  LateReceipt m{fields.string("jws", kMaxReceiptBytes)};
  AIPG_CHECK(fields.finish());
  if (!consists_of(m.jws, 1, kMaxReceiptBytes, is_jws_char)) return fail("link_control", "jws");
  return m;
}

Result<Control> parse_receipt_recorded(Fields& fields) {
  const ReceiptRecorded m{fields.array<16>("job")};
  AIPG_CHECK(fields.finish());
  return m;
}

struct Reader {
  std::string_view type;
  Result<Control> (*read)(Fields&);
};
constexpr Reader kReaders[] = {
    {"hello", parse_hello},           {"register", parse_register},
    {"registered", parse_registered}, {"refused", parse_refused},
    {"challenge", parse_challenge},   {"evidence", parse_evidence},
    {"retire", parse_retire},         {"drain", parse_drain},
    {"receipt", parse_late_receipt},  {"receipt_recorded", parse_receipt_recorded},
};

}  // namespace

std::string write_control(const Control& message) { return Tree(std::visit(Writer{}, message)).write(); }

Result<Control> parse_control(std::string_view text) {
  AIPG_TRY(const auto document, codec::json::parse(text, {.max_bytes = kMaxControlBytes, .max_depth = 6}));
  Fields fields(document.root(), "control");
  const std::string type = fields.string("type", 16);
  for (const Reader& reader : kReaders) {
    if (reader.type == type) return reader.read(fields);
  }
  return fail("link_control", "type");
}

}  // namespace aipg::link
