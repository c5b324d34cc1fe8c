// SPDX-License-Identifier: Apache-2.0
#include "attest/attestation.h"

#include "attest/rules.h"
#include "base/hex.h"
#include "codec/base64.h"
#include "codec/canonical_json.h"
#include "codec/json_fields.h"
#include "seal/keys.h"

namespace aipg::attest {
namespace {

using codec::json::Fields;
using codec::json::Kind;
using codec::json::Tree;
using codec::json::Value;

constexpr std::string_view kVersion = "aipg.attestation.v1";
constexpr std::size_t kMaxReceiptBytes = 4096;
constexpr std::size_t kMaxSiblings = 17;  // of a tree over kMaxNonces

Tree text(ByteView bytes) { return codec::to_base64url(bytes); }

Tree path_tree(const MerklePath& path) {
  Tree::Array siblings;
  for (const Hash256& sibling : path.siblings) siblings.push_back(text(sibling));
  return Tree::Object{{"index", path.index}, {"size", path.size}, {"siblings", std::move(siblings)}};
}

Result<MerklePath> read_path(const Value& value) {
  Fields fields(value, "path");
  MerklePath out;
  out.index = fields.uint("index", kMaxNonces);
  out.size = fields.uint("size", kMaxNonces);
  const auto siblings = fields.value("siblings", Kind::array);
  AIPG_CHECK(fields.finish());
  if (siblings->size() > kMaxSiblings) return fail("json_wrong_type", "siblings");
  for (const Value& sibling : *siblings) {
    const auto bytes = codec::from_base64url(sibling.plain_string().value_or("-"));
    if (!bytes || bytes->size() != Hash256{}.size()) return fail("json_wrong_type", "siblings");
    out.siblings.push_back(to_array<32>(*bytes));
  }
  return out;
}

Result<void> read_disclosure(const Value& value, Attestation& out) {
  Fields fields(value, "disclosure");
  out.request_salt = fields.array<32>("request_salt");
  out.response_salt = fields.array<32>("response_salt");
  return fields.finish();
}

Verdict rejected(const Policy& policy, const Error& error) {
  Verdict out;
  out.policy = policy.name;
  out.simulated = is_simulated(policy.roots);
  Rules(out, "receipt", policy.rules).refuse(error);
  return out;
}

// The worker's word is over keys and a workload; these say whether they are the evidence's.
void check_receipt(const Attestation& attestation, const seal::Receipt& claimed, const Policy& policy,
                   Verdict& verdict) {
  Rules rules(verdict, "receipt", policy.rules);
  const auto bundle = parse_bundle(attestation.evidence);
  const auto keyset = bundle ? parse_keyset(bundle->keyset) : std::unexpected(bundle.error());
  const auto manifest = bundle ? parse_manifest(bundle->manifest) : std::unexpected(bundle.error());
  if (!keyset || !manifest) return;  // appraise() said why

  const auto receipt = seal::verify_receipt(attestation.receipt, keyset->receipt_key);
  rules.require(receipt.has_value(), "receipt_signature", "the keyset in the evidence did not sign it");
  rules.require(claimed.keyset_id == keyset->id, "receipt_keyset", "it names another keyset than the evidence");
  rules.require(claimed.workload_hash == manifest->hash, "receipt_workload",
                "it names workload " + to_hex(claimed.workload_hash));
  const Instant taken = claimed.issued - milliseconds(claimed.duration_ms);
  const bool in_window =
      keyset->not_before - policy.clock_skew <= taken && taken <= keyset->not_after + policy.clock_skew;
  rules.require(in_window, "receipt_window", "the request was taken outside the keyset's time");
  rules.add("time_unproven", Severity::note, "the time is the worker's word: " + to_text(claimed.issued));
}

void check_binding(const Attestation& attestation, const seal::Receipt& receipt,
                   const std::optional<BoundExchange>& exchange, const Policy& policy, Verdict& verdict) {
  Rules rules(verdict, "exchange", policy.rules);
  if (exchange && exchange->question) {
    rules.require(seal::question_digest(attestation.request_salt, *exchange->question) == receipt.question,
                  "question_bound", "this is not the question that the worker answered");
  } else {
    rules.add("question_not_bound", Severity::note, "the question was not given: nothing is said about it");
  }
  if (exchange && exchange->answer) {
    rules.require(seal::answer_digest(attestation.response_salt, exchange->status, *exchange->answer) == receipt.answer,
                  "answer_bound", "this is not the answer that the worker gave");
  } else {
    rules.add("answer_not_bound", Severity::note, "the answer was not given: evidence valid, answer not bound");
  }
}

}  // namespace

std::string write_attestation(const Attestation& attestation) {
  return Tree(Tree::Object{{"v", kVersion},
                           {"evidence", text(attestation.evidence)},
                           {"nonce", text(attestation.freshness.nonce)},
                           {"path", path_tree(attestation.freshness.path)},
                           {"receipt", attestation.receipt},
                           {"disclosure", Tree::Object{{"request_salt", text(attestation.request_salt)},
                                                       {"response_salt", text(attestation.response_salt)}}}})
      .write();
}

Result<Attestation> parse_attestation(std::string_view json) {
  AIPG_TRY(const auto document, codec::json::parse_canonical(json, kMaxAttestationBytes));
  Fields fields(document.root(), "attestation");
  const std::string version = fields.string("v");
  Attestation out;
  out.evidence = fields.bytes("evidence", kMaxBundleBytes);
  out.freshness.nonce = fields.array<32>("nonce");
  out.receipt = fields.string("receipt", kMaxReceiptBytes);
  const auto path = fields.value("path", Kind::object);
  const auto disclosure = fields.value("disclosure", Kind::object);
  if (!version.empty() && version != kVersion) return fail("attestation_version");
  AIPG_CHECK(fields.finish());
  AIPG_TRY(out.freshness.path, read_path(*path));
  AIPG_CHECK(read_disclosure(*disclosure, out));
  return out;
}

Verdict verify_attestation(const Attestation& attestation, const Policy& policy,
                           const std::optional<BoundExchange>& exchange) {
  const auto receipt = seal::parse_receipt(attestation.receipt);
  if (!receipt) return rejected(policy, receipt.error());
  const Instant taken = receipt->issued - milliseconds(receipt->duration_ms);
  Verdict verdict = appraise(attestation.evidence, policy, attestation.freshness, taken).verdict;
  check_receipt(attestation, *receipt, policy, verdict);
  check_binding(attestation, *receipt, exchange, policy, verdict);
  verdict.accepted = verdict.first_failed() == nullptr;
  if (!verdict.accepted) verdict.level.reset();
  return verdict;
}

}  // namespace aipg::attest
