// SPDX-License-Identifier: Apache-2.0
// An attestation of one exchange with a simulated machine; each test breaks
// one thing in it and names the finding.
#include "attest/attestation.h"

#include <gtest/gtest.h>

#include <set>

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
  EXPECT_EQ(read->freshness.nonce, attestation.freshness.nonce);
  EXPECT_EQ(read->freshness.path.siblings, attestation.freshness.path.siblings);
  EXPECT_EQ(read->receipt, attestation.receipt);
  EXPECT_EQ(write_attestation(*read), text);
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

}  // namespace
}  // namespace aipg::attest
