// SPDX-License-Identifier: Apache-2.0
#include "api/challenge.h"

#include <algorithm>

#include "codec/base64.h"
#include "codec/canonical_json.h"
#include "codec/json_fields.h"

namespace aipg::api {
namespace {

using codec::json::Fields;
using codec::json::Kind;
using codec::json::Tree;
using codec::json::Value;

constexpr std::size_t kMaxSiblings = 16;  // of a tree over kMaxNonces
constexpr std::size_t kDepth = 8;

Tree::Array hashes(const std::vector<Hash256>& list) {
  Tree::Array out;
  for (const Hash256& hash : list) out.emplace_back(codec::to_base64url(hash));
  return out;
}

// An array of hashes; nothing when one of them is none.
std::optional<std::vector<Hash256>> read_hashes(Value array) {
  std::vector<Hash256> out;
  for (const Value& element : array) {
    const auto text = element.plain_string();
    const auto hash = text ? codec::from_base64url(*text) : Result<Bytes>(fail("invalid_base64"));
    if (!hash || hash->size() != 32) return std::nullopt;
    out.push_back(to_array<32>(*hash));
  }
  return out;
}

Result<std::vector<Hash256>> read_keyset_ids(Value array) {
  if (array.size() == 0 || array.size() > kMaxChallengedKeysets) {
    return fail("challenge_invalid", "keysets", array.offset());
  }
  auto ids = read_hashes(array);
  if (!ids) return fail("challenge_invalid", "keysets", array.offset());
  for (auto id = ids->begin(); id != ids->end(); ++id) {
    if (std::find(ids->begin(), id, *id) != id) return fail("challenge_invalid", "keysets", array.offset());
  }
  return *std::move(ids);
}

Result<attest::MerklePath> read_path(Value value) {
  Fields fields(value, "merkle_path");
  attest::MerklePath path;
  path.index = fields.uint("index", attest::kMaxNonces - 1);
  path.size = fields.uint("size", attest::kMaxNonces);
  const auto siblings = fields.value("siblings", Kind::array);
  AIPG_CHECK(fields.finish());
  if (path.index >= path.size) return fail("challenge_invalid", "index", value.offset());
  if (siblings->size() > kMaxSiblings) return fail("challenge_invalid", "siblings", value.offset());
  auto hashes_read = read_hashes(*siblings);
  if (!hashes_read) return fail("challenge_invalid", "siblings", value.offset());
  path.siblings = *std::move(hashes_read);
  return path;
}

Result<ChallengeAnswer::Evidence> read_evidence(Value value) {
  Fields fields(value, "challenge_evidence");
  ChallengeAnswer::Evidence evidence;
  evidence.keyset_id = fields.array<32>("keyset_id");
  evidence.bundle = fields.bytes("bundle", attest::kMaxBundleBytes);
  const auto path = fields.value("path", Kind::object);
  AIPG_CHECK(fields.finish());
  if (evidence.bundle.empty()) return fail("challenge_invalid", "bundle", value.offset());
  AIPG_TRY(evidence.path, read_path(*path));
  return evidence;
}

}  // namespace

std::string write_challenge_request(const ChallengeRequest& request) {
  const Tree document = Tree::Object{
      {"keysets", hashes(request.keyset_ids)},
      {"nonce", codec::to_base64url(request.nonce)},
  };
  return document.write();
}

Result<ChallengeRequest> parse_challenge_request(std::string_view body) {
  AIPG_TRY(const auto document,
           codec::json::parse(body, {.max_bytes = kMaxChallengeRequestBytes, .max_depth = kDepth}));
  Fields fields(document.root(), "challenge_request");
  ChallengeRequest request;
  request.nonce = fields.array<32>("nonce");
  const auto keysets = fields.value("keysets", Kind::array);
  AIPG_CHECK(fields.finish());
  AIPG_TRY(request.keyset_ids, read_keyset_ids(*keysets));
  return request;
}

std::string write_challenge_answer(const ChallengeAnswer& answer) {
  Tree::Array evidence;
  for (const auto& one : answer.evidence) {
    evidence.emplace_back(Tree::Object{
        {"bundle", codec::to_base64url(one.bundle)},
        {"keyset_id", codec::to_base64url(one.keyset_id)},
        {"path",
         Tree::Object{{"index", one.path.index}, {"siblings", hashes(one.path.siblings)}, {"size", one.path.size}}},
    });
  }
  const Tree document = Tree::Object{{"evidence", std::move(evidence)}};
  return document.write();
}

Result<ChallengeAnswer> parse_challenge_answer(std::string_view body) {
  AIPG_TRY(const auto document, codec::json::parse(body, {.max_bytes = kMaxChallengeAnswerBytes, .max_depth = kDepth}));
  Fields fields(document.root(), "challenge_answer");
  const auto list = fields.value("evidence", Kind::array);
  AIPG_CHECK(fields.finish());
  if (list->size() > kMaxChallengedKeysets) return fail("challenge_invalid", "evidence", list->offset());
  ChallengeAnswer answer;
  for (const Value& element : *list) {
    AIPG_TRY(auto evidence, read_evidence(element));
    const bool repeated = std::ranges::any_of(
        answer.evidence, [&](const auto& earlier) { return earlier.keyset_id == evidence.keyset_id; });
    if (repeated) return fail("challenge_invalid", "evidence", element.offset());
    answer.evidence.push_back(std::move(evidence));
  }
  return answer;
}

}  // namespace aipg::api
