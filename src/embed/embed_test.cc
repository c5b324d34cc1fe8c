// SPDX-License-Identifier: Apache-2.0
// aipg.h and attest.h as a program of others uses them, on simulated evidence.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "aipg/attest.h"
#include "attest/attestation.h"
#include "client/core/policy_file.h"
#include "codec/base64.h"
#include "seal/keys.h"
#include "tee/test_intel.h"
#include "tee/test_machine.h"

namespace aipg::embed {
namespace {

using verifier::Endorsements;
using verifier::Kind;
using verifier::Policy;
using verifier::Severity;
using verifier::Verdict;

verifier::Instant at(Instant when) { return verifier::Instant(milliseconds(when.ms)); }

bool has(const Verdict& verdict, std::string_view code, Severity severity) {
  return std::ranges::any_of(verdict.findings(), [&](const verifier::Finding& finding) {
    return finding.code == code && finding.severity == severity;
  });
}

// A quote of a simulated platform, its collateral, and a policy that trusts it.
struct Quote {
  tee::TestIntel intel;
  Bytes bytes = intel.quote();
  std::string collateral = tee::combined_json(intel.collateral());

  [[nodiscard]] Policy policy() const {
    attest::Policy out = *attest::ready_policy("vendor");
    out.roots = attest::SimulatedRoots(intel.pki.roots());
    out.minimum_level = attest::Level::l0;
    return Policy::read(client::write_policy(out)).value();
  }
  [[nodiscard]] Endorsements endorsements() const {
    Endorsements out = Endorsements::none().value();
    EXPECT_TRUE(out.add(as_bytes(collateral)));
    return out;
  }
  [[nodiscard]] verifier::Result<Verdict> verify(const verifier::Evidence& evidence) const {
    return verifier::verify(evidence, endorsements(), policy(), at(intel.now));
  }
  [[nodiscard]] verifier::Evidence evidence() const { return {.kind = Kind::tdx_quote, .bytes = bytes}; }
};

TEST(EmbeddedVerifier, JudgesAQuote) {
  const Quote quote;
  const auto verdict = quote.verify(quote.evidence());
  ASSERT_TRUE(verdict);
  EXPECT_TRUE(verdict->accepted()) << verdict->text();
  EXPECT_TRUE(verdict->simulated());
  EXPECT_EQ(verdict->level(), 0);
  EXPECT_THAT(verdict->json(), testing::StartsWith("{"));
  EXPECT_THAT(verdict->text(), testing::HasSubstr(verdict->headline()));
}

TEST(EmbeddedVerifier, NamesTheRuleThatIsBroken) {
  const Quote quote;
  const Bytes other(64, 0x5a);
  verifier::Evidence evidence = quote.evidence();
  evidence.report_data = other;
  const auto verdict = quote.verify(evidence);
  ASSERT_TRUE(verdict);
  EXPECT_FALSE(verdict->accepted());
  EXPECT_TRUE(has(*verdict, "tdx_report_data", Severity::failed)) << verdict->text();
}

TEST(EmbeddedVerifier, RequiresTheCollateralThatThePolicyRequires) {
  const Quote quote;
  const auto verdict =
      verifier::verify(quote.evidence(), Endorsements::none().value(), quote.policy(), at(quote.intel.now));
  ASSERT_TRUE(verdict);
  EXPECT_TRUE(has(*verdict, "collateral_missing", Severity::failed)) << verdict->text();
}

TEST(EmbeddedVerifier, RefusesWhatItWouldNotLookAt) {
  const Quote quote;
  const Bytes nonce(32, 1), report_data(64, 1), chain(8, 1);
  verifier::Evidence evidence = quote.evidence();
  evidence.nonce = nonce;
  EXPECT_EQ(quote.verify(evidence).error().code, "argument_unused");
  evidence = quote.evidence();
  evidence.chain = chain;
  EXPECT_EQ(quote.verify(evidence).error().where, "chain");
  evidence = {.kind = Kind::nras_token, .bytes = quote.bytes, .report_data = report_data};
  EXPECT_EQ(quote.verify(evidence).error().where, "report_data");
}

TEST(EmbeddedVerifier, RefusesPinsOfAnotherSize) {
  const Quote quote;
  for (const std::size_t size : {0UZ, 32UZ, 63UZ, 65UZ}) {
    const Bytes pin(size, 1);
    verifier::Evidence evidence = quote.evidence();
    evidence.report_data = pin;
    const auto verdict = quote.verify(evidence);
    ASSERT_FALSE(verdict) << size;
    EXPECT_EQ(verdict.error().code, "argument_size") << size;
    EXPECT_EQ(verdict.error().status, AIPG_INVALID_ARGUMENT);
  }
}

TEST(EmbeddedVerifier, KnowsThePoliciesByName) {
  for (const std::string_view name : attest::kReadyPolicies) EXPECT_TRUE(Policy::named(std::string(name))) << name;
  EXPECT_EQ(Policy::named("none").error().code, "policy_value");
}

TEST(EmbeddedVerifier, SaysWhatIsWrongWithAPolicy) {
  const auto policy = Policy::read("base = \"vendor\"\nminimum_levl = \"L0\"\n");
  ASSERT_FALSE(policy);
  EXPECT_EQ(policy.error().status, AIPG_UNREADABLE);
  EXPECT_EQ(policy.error().code, "policy_unknown_key");
  EXPECT_THAT(policy.error().message, testing::HasSubstr("minimum_level"));
}

TEST(EmbeddedVerifier, CutsAMessageBetweenCharacters) {
  std::string key;
  for (int i = 0; i < 200; ++i) key += "ä";
  const auto policy = Policy::read("{\"" + key + "\": 1}");
  ASSERT_FALSE(policy);
  const std::string& message = policy.error().message;
  EXPECT_GT(message.size(), 200U);
  EXPECT_LT(message.size(), sizeof(aipg_error::message));
  EXPECT_TRUE(message.ends_with("ä")) << message;
}

TEST(EmbeddedVerifier, RefusesEndorsementsOfNoVendor) {
  Endorsements endorsements = Endorsements::none().value();
  EXPECT_EQ(endorsements.add(as_bytes("hello")).error().code, "endorsement_unknown");
}

TEST(EmbeddedVerifier, MayBeAskedFromSeveralThreadsAtOnce) {
  const Quote quote;
  const Policy policy = quote.policy();
  const Endorsements endorsements = quote.endorsements();
  std::vector<std::string> said(4);
  {
    std::vector<std::jthread> threads;
    for (std::string& each : said) {
      threads.emplace_back(
          [&] { each = verifier::verify(quote.evidence(), endorsements, policy, at(quote.intel.now)).value().json(); });
    }
  }
  EXPECT_THAT(said, testing::Each(said.front()));
  EXPECT_FALSE(said.front().empty());
}

// --- whole workers ------------------------------------------------------------------

constexpr std::string_view kQuestion = R"({"model":"test-model","messages":[]})";
constexpr std::string_view kAnswer = R"({"choices":[{"message":{"content":"Paris."}}]})";

Endorsements published_about(const tee::TestMachine& machine) {
  Endorsements out = Endorsements::none().value();
  for (const Bytes& file : machine.collateral()) EXPECT_TRUE(out.add(file));
  return out;
}

TEST(EmbeddedVerifier, JudgesAWorkersBundle) {
  tee::TestMachine machine;
  const Policy policy = Policy::read(client::write_policy(machine.policy)).value();
  const Bytes bytes = machine.bundle().bytes;
  const Endorsements endorsements = published_about(machine);
  Bytes siblings;
  for (const Hash256& each : machine.freshness->path.siblings) append(siblings, each);
  verifier::Bundle bundle{.bytes = bytes,
                          .nonce = machine.freshness->nonce,
                          .index = machine.freshness->path.index,
                          .size = machine.freshness->path.size,
                          .siblings = siblings};
  const auto verdict = verifier::verify(bundle, endorsements, policy, at(machine.now));
  ASSERT_TRUE(verdict);
  EXPECT_TRUE(verdict->accepted()) << verdict->text();
  EXPECT_EQ(verdict->level(), 0);

  const auto saved = verifier::verify(verifier::Bundle{.bytes = bytes}, endorsements, policy, at(machine.now));
  ASSERT_TRUE(saved);
  EXPECT_TRUE(has(*saved, "freshness_unproven", Severity::warning)) << saved->text();

  siblings.pop_back();
  bundle.siblings = siblings;
  EXPECT_EQ(verifier::verify(bundle, endorsements, policy, at(machine.now)).error().code, "argument_size");
  bundle.nonce = std::nullopt;
  EXPECT_EQ(verifier::verify(bundle, endorsements, policy, at(machine.now)).error().where, "nonce");
}

TEST(EmbeddedVerifier, JudgesAnAttestationAndWhatItIsAbout) {
  tee::TestMachine machine;
  crypto::SystemRng rng;
  const auto key = crypto::Ed25519PrivateKey::generate(rng);
  machine.keyset = attest::make_keyset("w-01", machine.now, machine.now + std::chrono::minutes(60),
                                       {{1, Bytes(32, 7)}, {2, Bytes(1216, 8)}}, key.public_key());
  const auto salt = rng.array<32>();
  seal::Receipt receipt;
  receipt.keyset_id = machine.keyset.id;
  receipt.workload_hash = machine.manifest.hash;
  receipt.model = "test-model";
  receipt.issued = machine.now + std::chrono::minutes(5);
  receipt.duration_ms = 1200;
  receipt.question = seal::question_digest(salt, as_bytes(kQuestion));
  receipt.answer = seal::answer_digest(salt, 200, as_bytes(kAnswer));
  const std::string json = attest::write_attestation(
      {machine.bundle().bytes, *machine.freshness, seal::sign_receipt(receipt, key), salt, salt});
  const Policy policy = Policy::read(client::write_policy(machine.policy)).value();

  const Endorsements endorsements = published_about(machine);
  for (const std::string& form : {json, codec::to_base64(as_bytes(json))}) {
    const verifier::Attestation whole{
        .bytes = as_bytes(form), .question = as_bytes(kQuestion), .answer = as_bytes(kAnswer)};
    const auto verdict = verifier::verify(whole, endorsements, policy);
    ASSERT_TRUE(verdict) << verdict.error().code;
    EXPECT_TRUE(verdict->accepted()) << verdict->text();
    EXPECT_TRUE(has(*verdict, "question_bound", Severity::passed));
    EXPECT_TRUE(has(*verdict, "answer_bound", Severity::passed));
  }
  const auto swapped = verifier::verify(verifier::Attestation{.bytes = as_bytes(json), .answer = as_bytes("London.")},
                                        endorsements, policy);
  ASSERT_TRUE(swapped);
  EXPECT_TRUE(has(*swapped, "answer_bound", Severity::failed));
  EXPECT_TRUE(has(*swapped, "question_not_bound", Severity::note));
  const auto hello = verifier::verify(verifier::Attestation{.bytes = as_bytes("hello")}, endorsements, policy);
  ASSERT_FALSE(hello);
  EXPECT_EQ(hello.error().status, AIPG_UNREADABLE);
}

// --- the C interface itself ------------------------------------------------------------

TEST(CInterface, SaysWhichArgumentIsMissingAndSetsNothing) {
  const Quote quote;
  const Policy policy = quote.policy();
  int place = 0;
  auto* const untouched = reinterpret_cast<aipg_verdict*>(&place);
  aipg_verdict* out = untouched;
  aipg_error error{};
  aipg_evidence evidence{.struct_size = sizeof evidence,
                         .kind = AIPG_TDX_QUOTE,
                         .bytes = {quote.bytes.data(), quote.bytes.size()},
                         .chain = {},
                         .nonce = {},
                         .report_data = {}};
  EXPECT_EQ(aipg_verify_evidence(nullptr, nullptr, policy.handle(), 0, &out, &error), AIPG_INVALID_ARGUMENT);
  EXPECT_STREQ(error.where, "evidence");
  EXPECT_EQ(aipg_verify_evidence(&evidence, nullptr, nullptr, 0, &out, &error), AIPG_INVALID_ARGUMENT);
  EXPECT_STREQ(error.code, "argument_missing");
  EXPECT_STREQ(error.where, "policy");
  EXPECT_EQ(aipg_verify_evidence(&evidence, nullptr, policy.handle(), 0, nullptr, nullptr), AIPG_INVALID_ARGUMENT);
  evidence.bytes.data = nullptr;
  EXPECT_EQ(aipg_verify_evidence(&evidence, nullptr, policy.handle(), 0, &out, &error), AIPG_INVALID_ARGUMENT);
  EXPECT_STREQ(error.where, "bytes");
  EXPECT_EQ(out, untouched);
}

TEST(CInterface, RefusesAStructOfAnotherVersionAndAKindThatItDoesNotKnow) {
  const Quote quote;
  const Policy policy = quote.policy();
  aipg_verdict* out = nullptr;
  aipg_error error{};
  aipg_evidence evidence{.struct_size = sizeof evidence + 8,
                         .kind = AIPG_TDX_QUOTE,
                         .bytes = {quote.bytes.data(), quote.bytes.size()},
                         .chain = {},
                         .nonce = {},
                         .report_data = {}};
  EXPECT_EQ(aipg_verify_evidence(&evidence, nullptr, policy.handle(), 0, &out, &error), AIPG_INVALID_ARGUMENT);
  EXPECT_STREQ(error.code, "argument_size");
  evidence.struct_size = sizeof evidence;
  for (const aipg_evidence_kind kind : {0U, 11U}) {
    evidence.kind = kind;
    EXPECT_EQ(aipg_verify_evidence(&evidence, nullptr, policy.handle(), 0, &out, &error), AIPG_INVALID_ARGUMENT);
    EXPECT_STREQ(error.code, "argument_unknown");
  }
}

TEST(CInterface, TakesNothingForAHandle) {
  aipg_policy_free(nullptr);
  aipg_endorsements_free(nullptr);
  aipg_verdict_free(nullptr);
  aipg_finding finding{};
  EXPECT_EQ(aipg_verdict_accepted(nullptr), 0);
  EXPECT_EQ(aipg_verdict_level(nullptr), AIPG_NO_LEVEL);
  EXPECT_EQ(aipg_verdict_text(nullptr), nullptr);
  EXPECT_EQ(aipg_verdict_finding_count(nullptr), 0U);
  EXPECT_EQ(aipg_verdict_finding(nullptr, 0, &finding), AIPG_INVALID_ARGUMENT);
}

TEST(CInterface, SaysItsVersion) {
  EXPECT_EQ(aipg_abi_version(), static_cast<std::uint32_t>(AIPG_ABI_VERSION));
  EXPECT_STREQ(aipg_version(), "0.1.0");
}

}  // namespace
}  // namespace aipg::embed
