// SPDX-License-Identifier: Apache-2.0
// aipg.h and attest.h as a program of others uses them, on simulated evidence.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "aipg/attest.h"
#include "client/core/policy_file.h"
#include "embed/embedder_test.h"
#include "tee/test_intel.h"

namespace aipg::embed {
namespace {

using verifier::Kind;

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
