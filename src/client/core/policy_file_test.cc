// SPDX-License-Identifier: Apache-2.0
#include "client/core/policy_file.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "codec/base64.h"
#include "tee/simulated_pki.h"

namespace aipg::client {
namespace {

using attest::Level;

attest::Policy simulated_policy() {
  attest::Policy policy;
  policy.roots = attest::SimulatedRoots(tee::make_pki(*parse_instant("2026-11-22T12:00:00Z")).roots());
  policy.minimum_level = Level::l0;
  policy.require_pq = true;
  policy.clock_skew = milliseconds(45'000);
  attest::PinnedRelease release{"a \"name\"", {}, {}};
  release.workload_hash.fill(1);
  attest::BootTuple boot;
  boot.mrtd.fill(2);
  boot.rtmr0.fill(3);
  boot.rtmr1.fill(4);
  boot.rtmr2.fill(5);
  release.boot = boot;
  policy.releases = {release, release};
  policy.expected_workload = release.workload_hash;
  return policy;
}

std::string refusal(std::string_view toml) {
  std::string complaint;
  const auto policy = parse_policy(toml, &complaint);
  if (policy) return "accepted";
  EXPECT_FALSE(complaint.empty()) << toml;
  return std::string(policy.error().code.view());
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, text.npos) << what;
  return text.replace(at, what.size(), by);
}

TEST(PolicyFile, BeginsWithAReadyPolicyAndRelaxesByName) {
  const auto policy = parse_policy("base = \"vendor\"\n[rules]\ntdx_debug = \"warn\"\nnvidia_driver = \"refuse\"\n");
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->name, "vendor");
  EXPECT_EQ(policy->rules.of("tdx_debug"), attest::RuleMode::warn);
  EXPECT_EQ(policy->rules.of("nvidia_driver"), attest::RuleMode::refuse);
  EXPECT_EQ(policy->rules.of("tdx_sept_ve_disable"), attest::RuleMode::warn) << "as in vendor";
  const auto again = parse_policy(write_policy(*policy));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->rules == policy->rules && again->name == policy->name);
}

TEST(PolicyFile, RefusesRulesThatNobodyMayRelax) {
  EXPECT_EQ(refusal("[rules]\ntdx_quote_signature = \"warn\"\n"), "policy_unknown_key");
  EXPECT_EQ(refusal("[rules]\ntdx_debug = \"off\"\n"), "policy_value");
  EXPECT_EQ(refusal("[rules]\ntdx_debug = true\n"), "policy_value");
  EXPECT_EQ(refusal("rules = 1\n"), "policy_value");
  EXPECT_EQ(refusal("base = \"lenient\"\n"), "policy_value");
}

TEST(PolicyFile, ReadsBackAsWritten) {
  const attest::Policy policy = simulated_policy();
  const std::string text = write_policy(policy);
  std::string complaint;
  const auto read = parse_policy(text, &complaint);
  ASSERT_TRUE(read.has_value()) << complaint;
  EXPECT_TRUE(attest::is_simulated(read->roots));
  EXPECT_EQ(attest::root_set(read->roots).intel, attest::root_set(policy.roots).intel);
  EXPECT_EQ(attest::root_set(read->roots).nvidia_device, attest::root_set(policy.roots).nvidia_device);
  EXPECT_EQ(read->minimum_level, Level::l0);
  EXPECT_TRUE(read->require_pq);
  EXPECT_EQ(read->clock_skew, policy.clock_skew);
  EXPECT_EQ(read->expected_workload, policy.expected_workload);
  ASSERT_EQ(read->releases.size(), 2U);
  EXPECT_EQ(read->releases[0].name, policy.releases[0].name);
  EXPECT_EQ(read->releases[0].boot, policy.releases[0].boot);
  EXPECT_EQ(read->releases[0].workload_hash, policy.releases[0].workload_hash);
  EXPECT_EQ(write_policy(*read), text);
}

TEST(PolicyFile, IsStrictWhenEmpty) {
  const auto policy = parse_policy("");
  ASSERT_TRUE(policy.has_value());
  EXPECT_FALSE(attest::is_simulated(policy->roots));
  EXPECT_EQ(policy->minimum_level, Level::l2);
  EXPECT_TRUE(policy->releases.empty());
}

TEST(PolicyFile, RefusesWhatIsNotToml) { EXPECT_EQ(refusal("minimum_level = "), "policy_syntax"); }

TEST(PolicyFile, RefusesKeysItDoesNotKnow) {
  const std::string good = write_policy(simulated_policy());
  EXPECT_EQ(refusal("require_post_quantum = true"), "policy_unknown_key");
  EXPECT_EQ(refusal(replaced(good, "[simulated]", "[simulated]\nskip = true")), "policy_unknown_key");
  EXPECT_EQ(refusal(replaced(good, "[[release]]", "[[release]]\nextra = 1")), "policy_unknown_key");
}

TEST(PolicyFile, SaysWhichKeyWasMeant) {
  std::string complaint;
  ASSERT_FALSE(parse_policy("minimun_level = \"L2\"", &complaint));
  EXPECT_EQ(complaint, "line 1: there is no key \"minimun_level\"; did you mean minimum_level?");
}

TEST(PolicyFile, TakesL0OnlyWithASimulatorsRoots) {
  EXPECT_EQ(refusal("minimum_level = \"L0\""), "policy_value");
  EXPECT_EQ(refusal("minimum_level = \"L1\""), "accepted");
}

TEST(PolicyFile, MustSayItselfThatASimulatorIsL0) {
  const std::string good = write_policy(simulated_policy());
  EXPECT_EQ(refusal(replaced(good, "minimum_level = \"L0\"\n", "")), "policy_value");
  EXPECT_EQ(refusal(replaced(good, "\"L0\"", "\"L2\"")), "policy_value");
}

TEST(PolicyFile, RefusesValuesOfTheWrongKind) {
  EXPECT_EQ(refusal("minimum_level = 2"), "policy_value");
  EXPECT_EQ(refusal("minimum_level = \"L9\""), "policy_value");
  EXPECT_EQ(refusal("require_pq = \"true\""), "policy_value");
  EXPECT_EQ(refusal("clock_skew = 30"), "policy_value");
  EXPECT_EQ(refusal("clock_skew = \"2h\""), "policy_value");
  EXPECT_EQ(refusal("expected_workload = \"abcd\""), "policy_value");
  EXPECT_EQ(refusal("release = 1"), "policy_value");
  EXPECT_EQ(refusal("simulated = 1"), "policy_value");
}

TEST(PolicyFile, RefusesAReleaseWithoutOneOfItsParts) {
  const std::string good = write_policy(simulated_policy());
  for (const char* key : {"name", "workload_hash", "mrtd", "rtmr0", "rtmr1", "rtmr2"}) {
    const std::size_t at = good.find(std::string(key) + " = ");
    ASSERT_NE(at, good.npos);
    std::string less = good;
    less.erase(at, good.find('\n', at) - at);
    EXPECT_EQ(refusal(less), "policy_value") << key;
  }
}

TEST(PolicyFile, RefusesRootsThatAreNoCertificates) {
  EXPECT_EQ(refusal("minimum_level = \"L0\"\n[simulated]"), "policy_roots");
  EXPECT_EQ(refusal("minimum_level = \"L0\"\n[simulated]\nintel_roots = [\"AAAA\"]"), "policy_roots");
  EXPECT_EQ(refusal("minimum_level = \"L0\"\n[simulated]\nintel_roots = [1]"), "policy_roots");
  EXPECT_EQ(refusal("minimum_level = \"L0\"\n[simulated]\nintel_roots = \"AAAA\""), "policy_roots");
}

TEST(PolicyFile, RefusesNamesThatAreNone) {
  for (const char* text :
       {"[! gpu]\n", "[\n", "  [[ ]]\n", "base = \"network\"\n[=]", "ba\xca\x9cse = \"network\"\n"}) {
    EXPECT_EQ(refusal(text), "policy_syntax") << text;
  }
}

}  // namespace
}  // namespace aipg::client
