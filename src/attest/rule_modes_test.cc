// SPDX-License-Identifier: Apache-2.0
#include "attest/rule_modes.h"

#include <gtest/gtest.h>

#include "attest/policy.h"
#include "attest/rules.h"

namespace aipg::attest {
namespace {

Severity severity_of_broken(const Policy& policy) {
  Verdict verdict;
  Rules rules(verdict, "cpu", policy.rules);
  rules.expect(false, "tdx_debug", "");
  return verdict.findings.front().severity;
}

TEST(RuleModes, TheNetworkRelaxesNothing) {
  const Policy network;
  for (const RelaxableRule& rule : relaxable_rules()) EXPECT_EQ(network.rules.of(rule.code), RuleMode::refuse);
  EXPECT_EQ(severity_of_broken(network), Severity::failed);
}

TEST(RuleModes, ChainMakesWarningsThatNameTheRule) {
  const Policy chain = *ready_policy("chain");
  for (const RelaxableRule& rule : relaxable_rules()) EXPECT_EQ(chain.rules.of(rule.code), RuleMode::warn);
  EXPECT_EQ(severity_of_broken(chain), Severity::warning);
}

TEST(Rules, ABrokenRuleSaysWhatItCompared) {
  Verdict verdict;
  Rules rules(verdict, "cpu", RuleModes::chain());
  const auto compare = [] { return compare_minimum(570, 565); };
  EXPECT_FALSE(rules.require(false, "tdx_mrtd", "", compare));
  EXPECT_FALSE(rules.expect(false, "tdx_debug", "", compare));
  EXPECT_FALSE(rules.require(false, "tdx_mrtd", ""));
  for (const std::size_t i : {0U, 1U}) {
    EXPECT_EQ(verdict.findings[i].compared.expected, "at least 570");
    EXPECT_EQ(verdict.findings[i].compared.actual, "565");
  }
  EXPECT_EQ(verdict.findings[1].severity, Severity::warning);
  EXPECT_TRUE(verdict.findings[2].compared.expected.empty());
}

TEST(Rules, ARuleThatHoldsIsNotAskedWhatItCompared) {
  Verdict verdict;
  Rules rules(verdict, "cpu", RuleModes::strict());
  const auto never = [] {
    ADD_FAILURE() << "costs time for nothing";
    return Compared{};
  };
  EXPECT_TRUE(rules.require(true, "tdx_mrtd", "", never) && rules.expect(true, "tdx_debug", "", never));
  EXPECT_EQ(verdict.count(Severity::passed), 2U);
}

TEST(RuleModes, EveryRuleIsListedOnce) {
  for (const RelaxableRule& rule : relaxable_rules()) {
    EXPECT_EQ(std::ranges::count(relaxable_rules(), rule.code, &RelaxableRule::code), 1) << rule.code.view();
  }
}

TEST(RuleModes, WhatIsNotListedAlwaysDecides) {
  RuleModes modes = RuleModes::chain();
  EXPECT_FALSE(modes.set("tdx_quote_signature", RuleMode::warn));
  EXPECT_EQ(modes.of("tdx_quote_signature"), RuleMode::refuse);
}

TEST(RuleModes, SettingOneLeavesTheOthers) {
  RuleModes modes = RuleModes::strict();
  EXPECT_TRUE(modes.set("tdx_debug", RuleMode::warn));
  for (const RelaxableRule& rule : relaxable_rules()) {
    EXPECT_EQ(modes.of(rule.code) == RuleMode::warn, rule.code == Literal("tdx_debug"));
  }
  EXPECT_TRUE(modes.set("tdx_debug", RuleMode::refuse));
  EXPECT_EQ(modes, RuleModes::strict());
}

TEST(ReadyPolicies, AreFoundByNameAndNoOther) {
  for (const std::string_view name : kReadyPolicies) EXPECT_EQ(ready_policy(name)->name, name);
  EXPECT_FALSE(ready_policy("Network"));
  EXPECT_FALSE(ready_policy(""));
}

}  // namespace
}  // namespace aipg::attest
