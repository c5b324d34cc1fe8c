// SPDX-License-Identifier: Apache-2.0
#include "attest/attestation.h"

#include <set>

#include "attest/rules.h"
#include "attest/verifier_cache.h"
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
constexpr std::string_view kEvidence = R"("evidence":")";
constexpr std::size_t kMaxReceiptBytes = 4096;
constexpr std::size_t kMaxSiblings = 17;  // of a tree over kMaxNonces

Tree text(ByteView bytes) { return codec::to_base64url(bytes); }

Tree path_tree(const MerklePath& path) {
  Tree::Array siblings;
  for (const Hash256& sibling : path.siblings) siblings.push_back(text(sibling));
  return Tree::Object{{"index", path.index}, {"size", path.size}, {"siblings", std::move(siblings)}};
}

Tree list(const std::vector<Bytes>& items) {
  Tree::Array out;
  for (const Bytes& item : items) out.push_back(text(item));
  return out;
}

Tree list(const std::vector<Hash256>& items) {
  Tree::Array out;
  for (const Hash256& item : items) out.push_back(text(item));
  return out;
}

Result<std::vector<Bytes>> read_list(const Value& value) {
  if (value.size() == 0 || value.size() > kMaxCollateralFiles) return fail("attestation_collateral", "length");
  std::vector<Bytes> out;
  for (const Value& item : value) {
    AIPG_TRY(Bytes bytes, codec::from_base64url(item.plain_string().value_or("-")));
    if (bytes.empty()) return fail("attestation_collateral", "empty");
    out.push_back(std::move(bytes));
  }
  return out;
}

Result<void> read_collateral(const Value& value, Attestation& out) {
  Fields fields(value, "collateral");
  const auto digests = fields.optional_value("digests", Kind::array),
             files = fields.optional_value("files", Kind::array);
  AIPG_CHECK(fields.finish());
  if (digests.has_value() == files.has_value()) return fail("attestation_collateral", "digests or files");
  AIPG_TRY(std::vector<Bytes> items, read_list(digests ? *digests : *files));
  if (files) return out.collateral_files = std::move(items), Result<void>();
  for (const Bytes& item : items) {
    if (item.size() != Hash256{}.size()) return fail("attestation_collateral", "digest");
    out.collateral_digests.push_back(to_array<32>(item));
  }
  return {};
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

Verdict rejected(const Policy& policy, const Error& error, Instant at) {
  Verdict out;
  out.at = at;
  out.policy = policy.name;
  out.simulated = is_simulated(policy.roots);
  Rules(out, "receipt", policy.rules).refuse(error);
  return out;
}

// The worker's word is over keys and a workload; these say whether they are the evidence's.
void check_receipt(const Attestation& attestation, const seal::Receipt& claimed, const Policy& policy, Verdict& verdict,
                   VerifierCache* cache) {
  Rules rules(verdict, "receipt", policy.rules);
  const auto bundle = read_bundle(attestation.evidence, cache);
  const auto read = bundle ? read_keyset((*bundle)->keyset, cache) : std::unexpected(bundle.error());
  const auto described = bundle ? read_manifest((*bundle)->manifest, cache) : std::unexpected(bundle.error());
  if (!read || !described) return;  // appraise() said why
  const Keyset& keyset = **read;
  const Manifest& manifest = **described;

  const auto receipt = verify_receipt(attestation.receipt, keyset.receipt_key, cache);
  rules.require(receipt.has_value(), "receipt_signature", "the keyset in the evidence did not sign it");
  rules.require(claimed.keyset_id == keyset.id, "receipt_keyset", "it names another keyset than the evidence",
                [&] { return compare_bytes(keyset.id, claimed.keyset_id); });
  rules.require(claimed.workload_hash == manifest.hash, "receipt_workload",
                "it names another workload than the evidence",
                [&] { return compare_bytes(manifest.hash, claimed.workload_hash); });
  const Instant taken = claimed.issued - milliseconds(claimed.duration_ms);
  const bool in_window =
      keyset.not_before - policy.clock_skew <= taken && taken <= keyset.not_after + policy.clock_skew;
  rules.require(in_window, "receipt_window", "the request was taken outside the keyset's time", [&] {
    return Compared{to_text(keyset.not_before) + " to " + to_text(keyset.not_after), to_text(taken)};
  });
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

// Which of the given files are for the receipt's instant, and which for today.
struct Collateral {
  std::vector<Bytes> then, now;
  std::size_t missing = 0;  // named by digest, and not given
};

Collateral sort_collateral(const Attestation& attestation, const std::vector<Bytes>& given) {
  Collateral out;
  out.then = attestation.collateral_files;
  std::set<Hash256> wanted(attestation.collateral_digests.begin(), attestation.collateral_digests.end());
  const bool named = !out.then.empty() || !wanted.empty();
  for (const Bytes& file : given) {
    const bool is_wanted = wanted.erase(crypto::sha256(file)) > 0;
    if (is_wanted || !named) out.then.push_back(file);
    if (!is_wanted) out.now.push_back(file);
  }
  out.missing = wanted.size();
  if (out.now.empty()) out.now = out.then;
  return out;
}

// When the worker took the request. What was on its way when the keyset ended belongs to it still, as at the worker.
Instant when_taken(const Attestation& attestation, const seal::Receipt& receipt, const Policy& policy,
                   VerifierCache* cache) {
  const Instant taken = receipt.issued - milliseconds(receipt.duration_ms);
  const auto bundle = read_bundle(attestation.evidence, cache);
  const auto keyset = bundle ? read_keyset((*bundle)->keyset, cache) : std::unexpected(bundle.error());
  if (!keyset || taken > (*keyset)->not_after + policy.clock_skew) return taken;
  return std::min(taken, (*keyset)->not_after);
}

// What passes with time, and says nothing about the machine: the keys of then, and a challenge of then.
constexpr std::array<Literal, 3> kOfItsTime{"keyset_expired", "epoch_stale", "release_over"};
// Nothing that holds today was given.
constexpr std::array<Literal, 15> kNotKnown{"collateral_missing",
                                            "collateral_stale",
                                            "crl_expired",
                                            "crl_not_yet_valid",
                                            "tdx_tcb_info_expired",
                                            "tdx_tcb_info_not_yet_valid",
                                            "tdx_qe_identity_expired",
                                            "tdx_qe_identity_not_yet_valid",
                                            "rim_missing",
                                            "ocsp_missing",
                                            "ocsp_expired",
                                            "ocsp_not_yet_valid",
                                            "nras_token_missing",
                                            "nras_expired",
                                            "nras_age"};

bool is_one_of(const Finding& finding, std::span<const Literal> codes) {
  return std::ranges::find(codes, finding.code) != codes.end();
}

Since changes_since(const Verdict& today) {
  Since out{Since::State::good, today.at, {}};
  for (const Finding& finding : today.findings) {
    const bool broken = finding.severity == Severity::failed || is_one_of(finding, kNotKnown);
    if (!broken || finding.severity == Severity::passed || is_one_of(finding, kOfItsTime)) continue;
    const bool unknown = is_one_of(finding, kNotKnown);
    if (!unknown) out.state = Since::State::changed;
    if (unknown && out.state == Since::State::good) out.state = Since::State::unknown;
    out.findings.push_back(finding);
  }
  return out;
}

}  // namespace

AroundEvidence write_around_evidence(const Attestation& attestation) {
  Tree::Object out{{"v", kVersion},
                   {"receipt", attestation.receipt},
                   {"evidence", ""},
                   {"disclosure", Tree::Object{{"request_salt", text(attestation.request_salt)},
                                               {"response_salt", text(attestation.response_salt)}}}};
  if (const auto& freshness = attestation.freshness) {
    out.emplace("nonce", text(freshness->nonce));
    out.emplace("path", path_tree(freshness->path));
  }
  if (!attestation.collateral_files.empty()) {
    out.emplace("collateral", Tree::Object{{"files", list(attestation.collateral_files)}});
  } else if (!attestation.collateral_digests.empty()) {
    out.emplace("collateral", Tree::Object{{"digests", list(attestation.collateral_digests)}});
  }
  // What stands before it is digits, and names that are not this one.
  const std::string document = Tree(std::move(out)).write();
  const std::size_t at = document.find(kEvidence) + kEvidence.size();
  return {document.substr(0, at), document.substr(at)};
}

std::string write_attestation(const Attestation& attestation) {
  const auto [before, after] = write_around_evidence(attestation);
  return before + codec::to_base64url(attestation.evidence) + after;
}

Result<Attestation> parse_attestation(std::string_view json) {
  AIPG_TRY(const auto document, codec::json::parse_canonical(json, kMaxAttestationBytes));
  Fields fields(document.root(), "attestation");
  const std::string version = fields.string("v");
  Attestation out;
  out.evidence = fields.bytes("evidence", kMaxBundleBytes);
  out.receipt = fields.string("receipt", kMaxReceiptBytes);
  const auto path = fields.optional_value("path", Kind::object);
  if (fields.has("nonce")) out.freshness = Freshness{fields.array<32>("nonce"), {}};
  const auto disclosure = fields.value("disclosure", Kind::object);
  const auto collateral = fields.optional_value("collateral", Kind::object);
  if (!version.empty() && version != kVersion) return fail("attestation_version");
  AIPG_CHECK(fields.finish());
  if (out.freshness.has_value() != path.has_value()) return fail("attestation_freshness");
  if (path) {
    AIPG_TRY(out.freshness->path, read_path(*path));
  }
  AIPG_CHECK(read_disclosure(*disclosure, out));
  if (collateral) AIPG_CHECK(read_collateral(*collateral, out));
  return out;
}

Result<seal::Receipt> verify_receipt(std::string_view jws, ByteView receipt_public_key, VerifierCache* cache) {
  using Handle = std::shared_ptr<const seal::Receipt>;
  const auto verify = [&](ByteView) -> Result<Handle> {
    AIPG_TRY(seal::Receipt receipt, seal::verify_receipt(jws, receipt_public_key));
    return std::make_shared<const seal::Receipt>(std::move(receipt));
  };
  Bytes signed_by = to_bytes(receipt_public_key);
  append(signed_by, as_bytes(jws));
  AIPG_TRY(const Handle receipt, recall(cache, &VerifierCache::receipts, signed_by, verify));
  return *receipt;
}

Verdict verify_attestation(const Attestation& attestation, const Policy& policy,
                           const std::optional<BoundExchange>& exchange, const AttestationInputs& inputs) {
  const auto receipt = seal::parse_receipt(attestation.receipt);
  if (!receipt) return rejected(policy, receipt.error(), inputs.today.value_or(Instant{}));
  CacheInUse cache(inputs.cache, root_set(policy.roots));
  const Instant taken = when_taken(attestation, *receipt, policy, cache.get());
  Collateral collateral = sort_collateral(attestation, inputs.collateral);
  for (std::vector<Bytes>* files : {&collateral.then, &collateral.now}) {
    files->insert(files->end(), inputs.service_files.begin(), inputs.service_files.end());
  }
  const AppraisalInputs then{attestation.freshness, std::move(collateral.then), inputs.reference, cache.get(),
                             inputs.service_at};
  Verdict verdict = appraise(attestation.evidence, policy, then, taken).verdict;
  for (std::size_t i = 0; i < collateral.missing; ++i) {
    verdict.add("collateral_not_given", Severity::warning, "collateral", "a file that the attestation names by digest");
  }
  check_receipt(attestation, *receipt, policy, verdict, cache.get());
  check_binding(attestation, *receipt, exchange, policy, verdict);
  verdict.accepted = verdict.first_failed() == nullptr;
  if (!verdict.accepted) verdict.level.reset();
  if (verdict.accepted && inputs.today) {
    const AppraisalInputs now{attestation.freshness, std::move(collateral.now), inputs.reference, cache.get(),
                              inputs.service_at};
    verdict.since = changes_since(appraise(attestation.evidence, policy, now, *inputs.today).verdict);
  }
  return verdict;
}

}  // namespace aipg::attest
