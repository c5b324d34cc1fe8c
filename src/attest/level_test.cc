// SPDX-License-Identifier: Apache-2.0
#include "attest/level.h"

#include <gtest/gtest.h>

namespace aipg::attest {
namespace {

constexpr Shown kEverything{.devices = true, .fresh = true, .known_machine = true};

// Of real hardware; `warnings` are rules that a policy let pass.
Verdict verdict_with(std::initializer_list<Literal> warnings) {
  Verdict out;
  for (const Literal code : warnings) out.add(code, Severity::warning, "x");
  return out;
}

std::string broken(const Verdict& verdict) {
  const Finding* first = verdict.first_failed();
  return first == nullptr ? "none" : std::string(first->code.view());
}

TEST(Level, GrowsWithWhatWasShown) {
  const Verdict verdict = verdict_with({});
  EXPECT_EQ(level_of(verdict, {}), Level::l1);
  EXPECT_EQ(level_of(verdict, {.devices = true}), Level::l1);
  EXPECT_EQ(level_of(verdict, {.devices = true, .fresh = true}), Level::l2);
  EXPECT_EQ(level_of(verdict, kEverything), Level::l3);
}

TEST(Level, OfAKnownMachineWithoutFreshDevicesIsNotThree) {
  EXPECT_EQ(level_of(verdict_with({}), {.fresh = true, .known_machine = true}), Level::l1);
  EXPECT_EQ(level_of(verdict_with({}), {.devices = true, .known_machine = true}), Level::l1);
}

TEST(Level, OfASimulatorIsZeroWhateverElseHolds) {
  Verdict verdict = verdict_with({});
  verdict.simulated = true;
  EXPECT_EQ(level_of(verdict, kEverything), Level::l0);
}

TEST(Level, OfDevicesInAnUnknownStateIsOne) {
  for (const Literal code :
       {Literal("rim_missing"), Literal("ocsp_missing"), Literal("nvidia_fwid"), Literal("nras_debug")}) {
    EXPECT_EQ(level_of(verdict_with({code}), kEverything), Level::l1) << code.view();
  }
}

TEST(Level, IsLostWithWhatEveryLevelRestsOn) {
  for (const Literal code :
       {Literal("collateral_missing"), Literal("tdx_debug"), Literal("snp_debug"), Literal("snp_vmpl"),
        Literal("tdx_sept_ve_disable"), Literal("tdx_mrservicetd"), Literal("tdx_xfam"), Literal("snp_alias_check")}) {
    EXPECT_EQ(level_of(verdict_with({code}), kEverything), std::nullopt) << code.view();
  }
}

TEST(Level, ToleratesWhatAPolicyMayTolerate) {
  EXPECT_EQ(level_of(verdict_with({"tdx_tcb_sw_hardening", "nvidia_driver"}), kEverything), Level::l3);
}

TEST(Level, IsNotLostByWhatIsNoRelaxedRule) {
  EXPECT_EQ(level_of(verdict_with({"release_sunset", "collateral_not_given"}), kEverything), Level::l3);
}

TEST(Level, UnfoundedIsSaidWithWhatIsMissing) {
  Verdict verdict = verdict_with({"tdx_debug", "collateral_missing", "tdx_debug"});
  check_level(level_of(verdict, kEverything), Policy(), verdict);
  EXPECT_EQ(broken(verdict), "level_unfounded");
  EXPECT_TRUE(verdict.first_failed()->detail.ends_with(": tdx_debug, collateral_missing"));
}

TEST(Level, BelowThePolicysIsRefused) {
  Verdict verdict = verdict_with({});
  check_level(Level::l1, Policy(), verdict);
  EXPECT_EQ(broken(verdict), "level_below_minimum");
  verdict = verdict_with({});
  check_level(Level::l2, Policy(), verdict);
  EXPECT_EQ(broken(verdict), "none");
}

TEST(Level, BelowThreeSaysWhatIsNotCovered) {
  const auto notes = [](Level level) {
    Verdict verdict = verdict_with({});
    check_level(level, Policy(), verdict);
    return verdict.count(Severity::note);
  };
  EXPECT_EQ(notes(Level::l2), 1U);
  EXPECT_EQ(notes(Level::l3), 0U);
}

}  // namespace
}  // namespace aipg::attest
