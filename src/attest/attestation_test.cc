// SPDX-License-Identifier: Apache-2.0
// An attestation of one exchange with a simulated machine; each test breaks
// one thing in it and names the finding.
#include "attest/attestation.h"

#include <gtest/gtest.h>

#include <set>

#include "attest/verifier_cache.h"
#include "codec/canonical_json.h"
#include "seal/keys.h"
#include "tee/test_machine.h"

namespace aipg::attest {
namespace {

constexpr std::string_view kQuestion = R"({"model":"test-model","messages":[]})";
constexpr std::string_view kAnswer = R"({"choices":[{"message":{"content":"Paris."}}]})";

// One exchange and its attestation. Change a part, then make().
struct Exchange {
  tee::TestMachine machine;
  crypto::SystemRng rng;
  crypto::Ed25519PrivateKey signing_key = crypto::Ed25519PrivateKey::generate(rng);
  seal::Receipt receipt;
  Hash256 request_salt = rng.array<32>(), response_salt = rng.array<32>();

  Exchange() {
    machine.keyset = make_keyset("w-01", machine.now, machine.now + std::chrono::minutes(60),
                                 {{1, Bytes(32, 7)}, {2, Bytes(1216, 8)}}, signing_key.public_key());
    receipt.keyset_id = machine.keyset.id;
    receipt.workload_hash = machine.manifest.hash;
    receipt.model = "test-model";
    receipt.issued = machine.now + std::chrono::minutes(5);
    receipt.duration_ms = 1200;
    receipt.question = seal::question_digest(request_salt, as_bytes(kQuestion));
    receipt.answer = seal::answer_digest(response_salt, 200, as_bytes(kAnswer));
  }

  [[nodiscard]] Attestation make() {
    return {machine.bundle().bytes, *machine.freshness, seal::sign_receipt(receipt, signing_key), request_salt,
            response_salt};
  }
  [[nodiscard]] static BoundExchange whole() { return {as_bytes(kQuestion), 200, as_bytes(kAnswer)}; }
  [[nodiscard]] Verdict verify(const std::optional<BoundExchange>& exchange = whole()) {
    return verify_attestation(make(), machine.policy, exchange);
  }
};

std::set<std::string> failed(const Verdict& verdict) {
  std::set<std::string> out;
  for (const Finding& finding : verdict.findings) {
    if (finding.severity == Severity::failed) out.insert(std::string(finding.code.view()));
  }
  if (out.empty() != verdict.accepted || out.empty() != verdict.level.has_value()) out.insert("contradictory verdict");
  return out;
}

bool has(const Verdict& verdict, std::string_view code, Severity severity) {
  return std::ranges::any_of(verdict.findings, [&](const Finding& finding) {
    return finding.code.view() == code && finding.severity == severity;
  });
}

using Codes = std::set<std::string>;

TEST(Attestation, ReadsBackAsWritten) {
  Exchange exchange;
  const Attestation attestation = exchange.make();
  const std::string text = write_attestation(attestation);
  const auto read = parse_attestation(text);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->evidence, attestation.evidence);
  EXPECT_EQ(read->freshness->nonce, attestation.freshness->nonce);
  EXPECT_EQ(read->freshness->path.siblings, attestation.freshness->path.siblings);
  EXPECT_EQ(read->receipt, attestation.receipt);
  EXPECT_EQ(write_attestation(*read), text);
}

TEST(Attestation, ReadsBackEveryForm) {
  Exchange exchange;
  Attestation attestation = exchange.make();
  attestation.freshness.reset();
  EXPECT_FALSE(parse_attestation(write_attestation(attestation))->freshness);
  attestation.collateral_digests = {Hash256{1}, Hash256{2}};
  EXPECT_EQ(parse_attestation(write_attestation(attestation))->collateral_digests, attestation.collateral_digests);
  attestation.collateral_digests.clear();
  attestation.collateral_files = {to_bytes("a file")};
  EXPECT_EQ(parse_attestation(write_attestation(attestation))->collateral_files, attestation.collateral_files);
}

// The code for a text with one piece of it replaced.
std::string_view refusal(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  const auto read = parse_attestation(text.replace(at, from.size(), to));
  return read ? "accepted" : read.error().code.view();
}

TEST(Attestation, RefusesHalfOfAFreshness) {
  Exchange exchange;
  Attestation attestation = exchange.make();
  attestation.freshness.reset();
  const std::string text = write_attestation(attestation);
  const std::string nonce(43, 'A');
  EXPECT_EQ(refusal(text, R"("receipt")", R"("nonce":")" + nonce + R"(","receipt")"), "attestation_freshness");
}

TEST(Attestation, RefusesCollateralOfAnyOtherForm) {
  Exchange exchange;
  Attestation attestation = exchange.make();
  attestation.collateral_files = {to_bytes("a file")};
  const std::string text = write_attestation(attestation);
  EXPECT_EQ(refusal(text, R"({"files":["YSBmaWxl"]})", "{}"), "attestation_collateral");
  EXPECT_EQ(refusal(text, R"(["YSBmaWxl"])", "[]"), "attestation_collateral");
  EXPECT_EQ(refusal(text, R"(["YSBmaWxl"])", R"([""])"), "attestation_collateral");
  EXPECT_EQ(refusal(text, R"({"files":)", R"({"digests":)"), "attestation_collateral");
  EXPECT_EQ(refusal(text, R"({"files":)", R"({"digests":["YSBmaWxl"],"files":)"), "attestation_collateral");
  EXPECT_EQ(refusal(text, R"({"files":)", R"({"others":)"), "json_unknown_field");
}

TEST(Attestation, RefusesAnotherVersion) {
  Exchange exchange;
  std::string text = write_attestation(exchange.make());
  const std::size_t at = text.find("attestation.v1");
  ASSERT_NE(at, text.npos);
  text[at + 13] = '2';
  EXPECT_EQ(parse_attestation(text).error().code, Literal("attestation_version"));
}

TEST(Attestation, RefusesAMemberNobodyKnows) {
  Exchange exchange;
  std::string text = write_attestation(exchange.make());
  text.insert(text.size() - 1, R"(,"x":1)");
  EXPECT_EQ(parse_attestation(text).error().code, Literal("json_unknown_field"));
}

TEST(Attestation, RefusesSpacing) {
  Exchange exchange;
  EXPECT_EQ(parse_attestation(write_attestation(exchange.make()) + "\n").error().code, Literal("not_canonical"));
}

TEST(Attestation, BindsQuestionAndAnswer) {
  Exchange exchange;
  const Verdict verdict = exchange.verify();
  EXPECT_EQ(failed(verdict), Codes{});
  EXPECT_TRUE(has(verdict, "question_bound", Severity::passed));
  EXPECT_TRUE(has(verdict, "answer_bound", Severity::passed));
  EXPECT_TRUE(has(verdict, "receipt_signature", Severity::passed));
  EXPECT_TRUE(has(verdict, "time_unproven", Severity::note));
}

TEST(Attestation, SaysWhenNothingIsBound) {
  Exchange exchange;
  const Verdict verdict = exchange.verify(std::nullopt);
  EXPECT_EQ(failed(verdict), Codes{});
  EXPECT_TRUE(has(verdict, "question_not_bound", Severity::note));
  EXPECT_TRUE(has(verdict, "answer_not_bound", Severity::note));
}

TEST(Attestation, RefusesAnotherQuestion) {
  Exchange exchange;
  BoundExchange other = Exchange::whole();
  other.question = as_bytes("{}");
  EXPECT_EQ(failed(exchange.verify(other)), Codes{"question_bound"});
}

TEST(Attestation, RefusesAnotherAnswerOrStatus) {
  Exchange exchange;
  BoundExchange other = Exchange::whole();
  other.answer = as_bytes("{}");
  EXPECT_EQ(failed(exchange.verify(other)), Codes{"answer_bound"});
  other = Exchange::whole();
  other.status = 400;
  EXPECT_EQ(failed(exchange.verify(other)), Codes{"answer_bound"});
}

TEST(Attestation, RefusesAReceiptThatAnotherKeySigned) {
  Exchange exchange;
  exchange.signing_key = crypto::Ed25519PrivateKey::generate(exchange.rng);
  EXPECT_EQ(failed(exchange.verify()), Codes{"receipt_signature"});
}

TEST(Attestation, RefusesAReceiptOverAnotherKeyset) {
  Exchange exchange;
  exchange.receipt.keyset_id[0] ^= 1;
  EXPECT_EQ(failed(exchange.verify()), Codes{"receipt_keyset"});
}

TEST(Attestation, RefusesAReceiptOverAnotherWorkload) {
  Exchange exchange;
  exchange.receipt.workload_hash[0] ^= 1;
  EXPECT_EQ(failed(exchange.verify()), Codes{"receipt_workload"});
}

TEST(Attestation, RefusesARequestTakenAfterTheKeysetEnded) {
  Exchange exchange;
  exchange.receipt.issued = exchange.machine.keyset.not_after + std::chrono::minutes(2);
  EXPECT_EQ(failed(exchange.verify()), (Codes{"receipt_window", "keyset_expired"}));
}

TEST(Attestation, AcceptsAnAnswerThatEndedAfterItsKeyset) {
  Exchange exchange;
  exchange.receipt.issued = exchange.machine.keyset.not_after + std::chrono::minutes(2);
  exchange.receipt.duration_ms = 3 * 60 * 1000;
  EXPECT_EQ(failed(exchange.verify()), Codes{});
}

TEST(Attestation, AcceptsARequestThatWasOnItsWayWhenTheKeysetEnded) {
  Exchange exchange;
  exchange.receipt.duration_ms = 0;
  exchange.receipt.issued = exchange.machine.keyset.not_after + exchange.machine.policy.clock_skew;
  EXPECT_EQ(failed(exchange.verify()), Codes{});
  exchange.receipt.issued = exchange.receipt.issued + milliseconds(1);
  EXPECT_EQ(failed(exchange.verify()), (Codes{"receipt_window", "keyset_expired"}));
}

// What was seen in one answer is not taken for what is nearly the same in the next.
TEST(Attestation, IsJudgedTheSameWithACacheThatSawItsNeighbour) {
  Exchange exchange;
  const Attestation good = exchange.make();
  VerifierCache warm(root_set(exchange.machine.policy.roots));
  const auto whole = [&](const Attestation& each, VerifierCache* cache) {
    return to_json(verify_attestation(each, exchange.machine.policy, Exchange::whole(), {.cache = cache}));
  };
  const std::string accepted = whole(good, nullptr);
  ASSERT_EQ(whole(good, &warm), accepted);
  ASSERT_GT(warm.signatures.size(), 0U);
  ASSERT_EQ(warm.bundles.size(), 1U);
  ASSERT_EQ(warm.receipts.size(), 1U);
  const Bytes evidence = to_bytes(good.evidence);
  std::size_t refused = 0;
  for (std::size_t at = 0; at < evidence.size(); at += evidence.size() / 200 + 1) {
    Bytes changed = evidence;
    changed[at] ^= 1;
    Attestation broken = good;
    broken.evidence = std::move(changed);
    const std::string cold = whole(broken, nullptr);
    ASSERT_EQ(whole(broken, &warm), cold) << at;
    if (cold != accepted) ++refused;
  }
  EXPECT_GT(refused, 100U);
  EXPECT_EQ(whole(good, &warm), accepted);
}

TEST(Attestation, AVerifiedReceiptIsNotTakenForItsNeighbour) {
  Exchange exchange;
  const std::string receipt = exchange.make().receipt;
  const auto key = exchange.signing_key.public_key();
  VerifierCache warm(root_set(exchange.machine.policy.roots));
  ASSERT_TRUE(verify_receipt(receipt, key, &warm));
  ASSERT_EQ(warm.receipts.size(), 1U);
  EXPECT_EQ(verify_receipt(receipt, key, &warm)->question, exchange.receipt.question);
  for (std::size_t at = 0; at < receipt.size(); ++at) {
    std::string changed = receipt;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(verify_receipt(changed, key, &warm)) << at;
  }
  auto other = key;
  other[0] ^= 1;
  EXPECT_FALSE(verify_receipt(receipt, other, &warm));
  EXPECT_EQ(warm.receipts.size(), 1U);
}

TEST(Attestation, RefusesEvidenceThatThePolicyRefuses) {
  Exchange exchange;
  exchange.machine.policy.releases.clear();
  EXPECT_EQ(failed(exchange.verify()), Codes{"workload_unbound"});
}

TEST(Attestation, RefusesANonceThatIsNotInTheChallenge) {
  Exchange exchange;
  exchange.machine.freshness->nonce[0] ^= 1;
  EXPECT_EQ(failed(exchange.verify()), Codes{"freshness_path"});
}

TEST(Attestation, RefusesWhatIsNoReceipt) {
  Exchange exchange;
  Attestation attestation = exchange.make();
  attestation.receipt = "not.a.receipt";
  EXPECT_EQ(failed(verify_attestation(attestation, exchange.machine.policy, std::nullopt)), Codes{"receipt_invalid"});
}

// --- vendors' files of the client's own, and what became of things since --------------

// The same exchange, judged by the client's own files instead of the evidence's.
struct OwnCollateral : Exchange {
  std::vector<Bytes> own;
  OwnCollateral() {
    (void)machine.bundle();
    own = machine.collateral();
    machine.edit_collateral = [](std::vector<Bytes>& files) { files.clear(); };
  }
  [[nodiscard]] Attestation by_digest() {
    Attestation out = make();
    for (const Bytes& file : own) out.collateral_digests.push_back(crypto::sha256(file));
    return out;
  }
  [[nodiscard]] Bytes intel_at(Instant at, std::string_view status, bool revoked = false) const {
    tee::CollateralContent content = tee::good_collateral(at);
    content.tcb_info.levels[0].said.status = status;
    if (revoked) {
      const auto leaf = crypto::Certificate::parse(machine.pki.pck_chain[0]);
      content.pck_crl.revoked.push_back({leaf->serial(), at - std::chrono::hours(1), {}});
    }
    return machine.intel_says(content);
  }
  // What NVIDIA says at `at`, after Intel's.
  [[nodiscard]] std::vector<Bytes> published(Instant at, Bytes intel) const {
    std::vector<Bytes> out{std::move(intel), own[1], own[2]};
    std::ranges::copy(tee::make_rim_revocation_answers(machine.rim_pki, at), std::back_inserter(out));
    std::ranges::copy(tee::make_revocation_answers(machine.pki, machine.gpus[0].chain, at), std::back_inserter(out));
    return out;
  }
  [[nodiscard]] Verdict verify_with(const Attestation& attestation, std::vector<Bytes> files,
                                    std::optional<Instant> today = std::nullopt) const {
    return verify_attestation(attestation, machine.policy, whole(), {std::move(files), nullptr, today});
  }
};

TEST(AttestationCollateral, IsFoundByItsDigests) {
  OwnCollateral exchange;
  EXPECT_EQ(failed(exchange.verify_with(exchange.by_digest(), exchange.own)), Codes{});
}

TEST(AttestationCollateral, IsToldWhenItWasNotGiven) {
  OwnCollateral exchange;
  const std::vector<Bytes> some(exchange.own.begin() + 1, exchange.own.end());
  const Verdict verdict = exchange.verify_with(exchange.by_digest(), some);
  EXPECT_EQ(failed(verdict), Codes{"collateral_missing"});
  EXPECT_TRUE(has(verdict, "collateral_not_given", Severity::warning));
}

TEST(AttestationCollateral, MayBeCarriedWhole) {
  OwnCollateral exchange;
  Attestation attestation = exchange.make();
  attestation.collateral_files = exchange.own;
  EXPECT_EQ(failed(exchange.verify_with(attestation, {})), Codes{});
}

TEST(AttestationCollateral, OfTodayDoesNotDecideAboutThen) {
  OwnCollateral exchange;
  const Instant today = exchange.machine.now + std::chrono::hours(24 * 30);
  std::vector<Bytes> files = exchange.own;
  std::ranges::copy(exchange.published(today, exchange.intel_at(today, "OutOfDate")), std::back_inserter(files));
  EXPECT_EQ(failed(exchange.verify_with(exchange.by_digest(), files)), Codes{});
}

TEST(AttestationSince, IsAskedForOrNotSaid) {
  OwnCollateral exchange;
  EXPECT_FALSE(exchange.verify_with(exchange.by_digest(), exchange.own).since);
}

TEST(AttestationSince, IsGoodWhileNothingChanged) {
  OwnCollateral exchange;
  const Instant today = exchange.machine.now + std::chrono::hours(24 * 30);
  std::vector<Bytes> files = exchange.own;
  std::ranges::copy(exchange.published(today, exchange.intel_at(today, "UpToDate")), std::back_inserter(files));
  const Verdict verdict = exchange.verify_with(exchange.by_digest(), files, today);
  EXPECT_TRUE(verdict.accepted);
  ASSERT_TRUE(verdict.since);
  EXPECT_EQ(verdict.since->state, Since::State::good);
  EXPECT_EQ(verdict.since->at, today);
}

TEST(AttestationSince, ARevocationIsToldAndChangesNothingAboutThen) {
  OwnCollateral exchange;
  const Instant today = exchange.machine.now + std::chrono::hours(24 * 30);
  std::vector<Bytes> files = exchange.own;
  std::ranges::copy(exchange.published(today, exchange.intel_at(today, "UpToDate", true)), std::back_inserter(files));
  const Verdict verdict = exchange.verify_with(exchange.by_digest(), files, today);
  EXPECT_TRUE(verdict.accepted);
  ASSERT_TRUE(verdict.since);
  EXPECT_EQ(verdict.since->state, Since::State::changed);
  ASSERT_EQ(verdict.since->findings.size(), 1U);
  EXPECT_EQ(verdict.since->findings[0].code.view(), "tdx_pck_revoked");
}

TEST(AttestationSince, IsUnknownWhenOnlyOldStatementsWereGiven) {
  OwnCollateral exchange;
  const Instant today = exchange.machine.now + std::chrono::hours(24 * 60);
  const Verdict verdict = exchange.verify_with(exchange.by_digest(), exchange.own, today);
  ASSERT_TRUE(verdict.since);
  EXPECT_EQ(verdict.since->state, Since::State::unknown);
  EXPECT_FALSE(verdict.since->findings.empty());
}

TEST(AttestationSince, IsNotSaidOfWhatWasRefusedThen) {
  OwnCollateral exchange;
  exchange.machine.policy.releases.clear();
  EXPECT_FALSE(exchange.verify_with(exchange.by_digest(), exchange.own, exchange.machine.now).since);
}

}  // namespace
}  // namespace aipg::attest
