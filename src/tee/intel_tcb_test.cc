// SPDX-License-Identifier: Apache-2.0
// What Intel's collateral says about platforms in every state: quoting
// enclave, TDX module and firmware, and how they converge. The PCK certificate
// has components 1 and PCESVN 11; the guest was started under module 1, SVN 5.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tee/test_intel.h"

namespace aipg::tee {
namespace {

using attest::tdx::TcbStatus;
using testing::ElementsAre;

TcbStatus status_of(TestIntel& intel) {
  (void)intel.failed();
  return intel.tcb ? intel.tcb->status : TcbStatus::not_supported;
}

// A level that the platform does not reach comes before the one it does.
SimulatedTcbLevel unreached() {
  SimulatedTcbLevel out;
  out.sgx.assign(16, 2);
  return out;
}

struct Row {
  const char* status;
  TcbStatus expected;
  Codes failed;
};

// --- the platform ----------------------------------------------------------------

TEST(IntelTcb, GivesEachStatusOfAPlatformTheCodesOfItsFamilies) {
  const std::vector<Row> rows{
      {"UpToDate", TcbStatus::up_to_date, {}},
      {"SWHardeningNeeded", TcbStatus::sw_hardening_needed, {"tdx_tcb_sw_hardening"}},
      {"ConfigurationNeeded", TcbStatus::configuration_needed, {"tdx_tcb_configuration"}},
      {"ConfigurationAndSWHardeningNeeded",
       TcbStatus::configuration_and_sw_hardening_needed,
       {"tdx_tcb_configuration", "tdx_tcb_sw_hardening"}},
      {"OutOfDate", TcbStatus::out_of_date, {"tdx_tcb_out_of_date"}},
      {"OutOfDateConfigurationNeeded",
       TcbStatus::out_of_date_configuration_needed,
       {"tdx_tcb_configuration", "tdx_tcb_out_of_date"}},
      {"Revoked", TcbStatus::revoked, {"tdx_tcb_revoked"}},
  };
  for (const bool sgx : {false, true}) {
    TestIntel intel;
    if (sgx) intel.use_sgx();
    for (const Row& row : rows) {
      intel.content.tcb_info.levels[0].said.status = row.status;
      EXPECT_EQ(intel.failed(), row.failed) << row.status;
      EXPECT_EQ(intel.tcb->status, row.expected) << row.status;
      EXPECT_EQ(attest::tdx::to_text(intel.tcb->status), row.status);
    }
  }
}

TEST(IntelTcb, WarnsOfWhatAPolicyMayRelaxAndNeverOfARevokedPlatform) {
  TestIntel intel;
  intel.modes = attest::RuleModes::chain();
  intel.content.tcb_info.levels[0].said.status = "OutOfDateConfigurationNeeded";
  EXPECT_EQ(intel.failed(), Codes{});
  EXPECT_EQ(intel.codes(attest::Severity::warning), (Codes{"tdx_tcb_configuration", "tdx_tcb_out_of_date"}));
  intel.content.tcb_info.levels[0].said.status = "Revoked";
  EXPECT_EQ(intel.failed(), Codes{"tdx_tcb_revoked"});
}

TEST(IntelTcb, TakesTheFirstLevelThatIsReached) {
  TestIntel intel;
  intel.content.tcb_info.levels.insert(intel.content.tcb_info.levels.begin(), unreached());
  EXPECT_EQ(intel.failed(), Codes{});
  EXPECT_EQ(intel.tcb->level, 1U);
  EXPECT_EQ(intel.tcb->date, *parse_instant("2026-08-13T00:00:00Z"));
}

TEST(IntelTcb, ComparesEveryComponentAndThePceSvn) {
  TestIntel intel;
  for (std::size_t i = 0; i < 16; ++i) {
    intel.content = good_collateral(intel.now);
    intel.content.tcb_info.levels[0].sgx[i] = 2;
    EXPECT_EQ(status_of(intel), TcbStatus::out_of_date) << i;
    EXPECT_EQ(intel.tcb->level, 1U);
  }
  intel.content = good_collateral(intel.now);
  intel.content.tcb_info.levels[0].pce_svn = 12;
  EXPECT_EQ(status_of(intel), TcbStatus::out_of_date);
}

// The second of the two levels asks as much of the TDX part as the first.
TEST(IntelTcb, ComparesTdxComponentsFromTheThirdOnWhereTheModuleHasLevelsOfItsOwn) {
  TestIntel intel;
  for (std::size_t i = 0; i < 16; ++i) {
    intel.content = good_collateral(intel.now);
    intel.content.tcb_info.levels[0].tdx[i] = 9;
    EXPECT_EQ(status_of(intel), i < 2 ? TcbStatus::up_to_date : TcbStatus::out_of_date) << i;
  }
}

TEST(IntelTcb, ComparesEveryTdxComponentOfAModuleWithoutLevels) {
  TestIntel intel;
  intel.guest.tee_tcb_svn = {5, 0, 2};
  EXPECT_EQ(status_of(intel), TcbStatus::up_to_date);
  for (std::size_t i = 0; i < 16; ++i) {
    intel.content = good_collateral(intel.now);
    intel.content.tcb_info.levels[0].tdx[i] = 9;
    EXPECT_EQ(status_of(intel), TcbStatus::out_of_date) << i;
  }
}

TEST(IntelTcb, KnowsNothingOfAPlatformBelowEveryLevel) {
  for (const bool sgx : {false, true}) {
    TestIntel intel;
    if (sgx) intel.use_sgx();
    intel.content.tcb_info.levels = {unreached()};
    EXPECT_EQ(intel.failed(), Codes{"tdx_tcb_not_supported"});
    EXPECT_FALSE(intel.tcb->level);
    EXPECT_FALSE(intel.tcb->date);
    intel.modes = attest::RuleModes::chain();
    EXPECT_EQ(intel.failed(), Codes{"tdx_tcb_not_supported"});
  }
}

// --- the quoting enclave ---------------------------------------------------------

TEST(IntelTcb, ConvergesWithTheQuotingEnclave) {
  struct Case {
    const char* platform;
    const char* enclave;
    TcbStatus expected;
  };
  const std::vector<Case> cases{
      {"UpToDate", "OutOfDate", TcbStatus::out_of_date},
      {"SWHardeningNeeded", "OutOfDate", TcbStatus::out_of_date},
      {"ConfigurationNeeded", "OutOfDate", TcbStatus::out_of_date_configuration_needed},
      {"ConfigurationAndSWHardeningNeeded", "OutOfDate", TcbStatus::out_of_date_configuration_needed},
      {"OutOfDate", "OutOfDate", TcbStatus::out_of_date},
      {"OutOfDateConfigurationNeeded", "OutOfDate", TcbStatus::out_of_date_configuration_needed},
      {"Revoked", "OutOfDate", TcbStatus::revoked},
      {"UpToDate", "Revoked", TcbStatus::revoked},
      {"OutOfDate", "Revoked", TcbStatus::revoked},
      {"ConfigurationNeeded", "UpToDate", TcbStatus::configuration_needed},
  };
  for (const bool sgx : {false, true}) {
    TestIntel intel;
    if (sgx) intel.use_sgx();
    for (const Case& each : cases) {
      intel.content.tcb_info.levels[0].said.status = each.platform;
      intel.content.qe_identity.levels[0].said.status = each.enclave;
      EXPECT_EQ(status_of(intel), each.expected) << each.platform << " " << each.enclave;
    }
  }
}

TEST(IntelTcb, TakesTheEnclavesFirstLevelThatIsReached) {
  TestIntel intel;
  intel.guest.qe_isv_svn = 5;
  EXPECT_EQ(status_of(intel), TcbStatus::up_to_date);
  intel.guest.qe_isv_svn = 3;
  EXPECT_EQ(status_of(intel), TcbStatus::out_of_date);
  intel.guest.qe_isv_svn = 1;
  EXPECT_EQ(intel.failed(), Codes{"tdx_tcb_not_supported"});
}

TEST(IntelTcb, RefusesAnotherQuotingEnclave) {
  const Codes mismatch{"tdx_qe_identity"};
  TestIntel intel;
  intel.guest.qe_signer = "someone else";
  EXPECT_EQ(intel.failed(), mismatch);
  intel.guest = {};
  intel.guest.qe_isv_prod_id = 1;
  EXPECT_EQ(intel.failed(), mismatch);
  intel.guest = {};
  intel.guest.qe_misc_select = 1;
  EXPECT_EQ(intel.failed(), mismatch);
  intel.guest = {};
  intel.guest.qe_flags = 0x35;
  EXPECT_EQ(intel.failed(), mismatch);
}

TEST(IntelTcb, IgnoresWhatTheMasksLeaveOut) {
  TestIntel intel;
  intel.guest.qe_flags = 0x11;  // bit 2 is not under the mask
  EXPECT_EQ(intel.failed(), Codes{});
  intel.guest.qe_misc_select = 1;
  intel.content.qe_identity.misc_select_mask = "FEFFFFFF";
  EXPECT_EQ(intel.failed(), Codes{});
  intel.content.qe_identity.misc_select = "01000000";  // a value that the mask can never let through
  EXPECT_EQ(intel.failed(), Codes{"tdx_qe_identity"});
}

// --- the TDX module --------------------------------------------------------------

TEST(IntelTcb, ConvergesWithTheModule) {
  struct Case {
    const char* platform;
    const char* module;
    TcbStatus expected;
  };
  const std::vector<Case> cases{
      {"UpToDate", "OutOfDate", TcbStatus::out_of_date},
      {"SWHardeningNeeded", "OutOfDate", TcbStatus::out_of_date},
      {"ConfigurationNeeded", "OutOfDate", TcbStatus::out_of_date_configuration_needed},
      {"ConfigurationAndSWHardeningNeeded", "OutOfDate", TcbStatus::out_of_date_configuration_needed},
      {"OutOfDate", "OutOfDate", TcbStatus::out_of_date},
      {"UpToDate", "Revoked", TcbStatus::revoked},
      {"Revoked", "UpToDate", TcbStatus::revoked},
      {"SWHardeningNeeded", "UpToDate", TcbStatus::sw_hardening_needed},
  };
  TestIntel intel;
  for (const Case& each : cases) {
    intel.content.tcb_info.levels[0].said.status = each.platform;
    intel.content.tcb_info.module_identities[0].levels[0].said.status = each.module;
    EXPECT_EQ(status_of(intel), each.expected) << each.platform << " " << each.module;
  }
}

TEST(IntelTcb, TakesTheModulesFirstLevelThatIsReached) {
  TestIntel intel;
  intel.guest.tee_tcb_svn = {3, 1, 2};
  EXPECT_EQ(status_of(intel), TcbStatus::out_of_date);
  intel.guest.tee_tcb_svn = {1, 1, 2};
  EXPECT_EQ(intel.failed(), Codes{"tdx_tcb_not_supported"});
}

TEST(IntelTcb, RefusesAModuleThatIntelDoesNotDescribe) {
  TestIntel intel;
  intel.guest.tee_tcb_svn = {5, 2, 2};
  EXPECT_EQ(intel.failed(), (Codes{"tdx_module_identity", "tdx_tcb_not_supported"}));
  intel.guest = {};
  intel.content.tcb_info.module_identities[0].mrsigner[0] = '1';
  EXPECT_EQ(intel.failed(), Codes{"tdx_module_identity"});
  intel.content = good_collateral(intel.now);
  intel.content.tcb_info.module_identities[0].attributes[0] = '1';
  EXPECT_EQ(intel.failed(), Codes{"tdx_module_identity"});
}

TEST(IntelTcb, HoldsAModuleWithoutLevelsToTheGeneralDescription) {
  TestIntel intel;
  intel.guest.tee_tcb_svn = {5, 0, 2};
  intel.content.tcb_info.module_identities.clear();
  EXPECT_EQ(intel.failed(), Codes{});
  EXPECT_FALSE(intel.tcb->module_status);
  intel.content.tcb_info.module->mrsigner[0] = '1';
  EXPECT_EQ(intel.failed(), Codes{"tdx_module_identity"});
  intel.content = good_collateral(intel.now);
  intel.content.tcb_info.module->attributes[0] = '1';
  EXPECT_EQ(intel.failed(), Codes{"tdx_module_identity"});
}

// --- relaunch --------------------------------------------------------------------

// Started under SVN 2 of the module, which is out of date; SVN 5 is loaded now.
void start_under_old_module(TestIntel& intel) {
  intel.guest.form = QuoteForm::v5_td15;
  intel.guest.tee_tcb_svn = {2, 1, 2};
  intel.guest.tee_tcb_svn2 = ByteArray<16>{5, 1, 2};
}

TEST(IntelTcb, AdvisesToRelaunchWhereOnlyTheModuleAtTheStartIsOld) {
  TestIntel intel;
  start_under_old_module(intel);
  EXPECT_EQ(intel.failed(), Codes{"tdx_tcb_relaunch"});
  EXPECT_EQ(intel.tcb->status, TcbStatus::td_relaunch_advised);
  intel.content.tcb_info.levels[0].said.status = "ConfigurationNeeded";
  EXPECT_EQ(intel.failed(), (Codes{"tdx_tcb_configuration", "tdx_tcb_relaunch"}));
  EXPECT_EQ(intel.tcb->status, TcbStatus::td_relaunch_advised_configuration_needed);
}

TEST(IntelTcb, AdvisesToRelaunchUnderAModuleOfAnotherMajorVersion) {
  TestIntel intel;
  start_under_old_module(intel);
  SimulatedModule newer = intel.content.tcb_info.module_identities[0];
  newer.id = "TDX_03";
  newer.levels = {{.isv_svn = 3, .said = {}}};
  intel.content.tcb_info.module_identities.push_back(newer);
  intel.guest.tee_tcb_svn2 = ByteArray<16>{3, 3, 2};
  EXPECT_EQ(status_of(intel), TcbStatus::td_relaunch_advised);
  intel.guest.tee_tcb_svn2 = ByteArray<16>{2, 3, 2};
  EXPECT_EQ(status_of(intel), TcbStatus::out_of_date);
  intel.guest.tee_tcb_svn2 = ByteArray<16>{5, 0, 2};  // then it is held against the platform's newest level
  EXPECT_EQ(status_of(intel), TcbStatus::td_relaunch_advised);
  intel.guest.tee_tcb_svn2 = ByteArray<16>{4, 0, 2};
  EXPECT_EQ(status_of(intel), TcbStatus::out_of_date);
  intel.guest.tee_tcb_svn2 = ByteArray<16>{9, 7, 9};  // no such module
  EXPECT_EQ(status_of(intel), TcbStatus::out_of_date);
}

TEST(IntelTcb, DoesNotAdviseToRelaunchWhereThatWouldNotBeEnough) {
  TestIntel intel;
  start_under_old_module(intel);
  intel.guest.tee_tcb_svn2 = ByteArray<16>{4, 1, 2};  // what is loaded is old too
  EXPECT_EQ(status_of(intel), TcbStatus::out_of_date);
  intel.guest.tee_tcb_svn2 = ByteArray<16>{5, 1, 1};  // so is the microcode
  EXPECT_EQ(status_of(intel), TcbStatus::out_of_date);
  start_under_old_module(intel);
  intel.guest.qe_isv_svn = 2;
  EXPECT_EQ(status_of(intel), TcbStatus::out_of_date);
  intel.guest.qe_isv_svn = 4;
  intel.guest.form = QuoteForm::v4;  // says nothing of what is loaded now
  EXPECT_EQ(status_of(intel), TcbStatus::out_of_date);
  start_under_old_module(intel);
  intel.content.tcb_info.levels[0].said.status = "OutOfDate";
  EXPECT_EQ(status_of(intel), TcbStatus::out_of_date);
  intel.content.tcb_info.levels[0].said.status = "Revoked";
  EXPECT_EQ(status_of(intel), TcbStatus::revoked);
}

// The microcode at the start was old too, so that a lower level was reached; SGX's part reaches the newest.
TEST(IntelTcb, AdvisesToRelaunchWhereTheMicrocodeAtTheStartWasOldToo) {
  TestIntel intel;
  start_under_old_module(intel);
  intel.guest.tee_tcb_svn = {2, 1, 1};
  intel.content.tcb_info.levels[1].tdx.assign(16, 0);
  EXPECT_EQ(status_of(intel), TcbStatus::td_relaunch_advised);
  EXPECT_EQ(intel.tcb->level, 1U);
  intel.content.tcb_info.levels[1].said.status = "OutOfDateConfigurationNeeded";
  EXPECT_EQ(status_of(intel), TcbStatus::td_relaunch_advised_configuration_needed);
}

// --- what a policy accepts ---------------------------------------------------------

TEST(IntelTcb, WarnsOfAStatusThatThePolicyAccepts) {
  TestIntel intel;
  intel.content.tcb_info.levels[0].said.status = "ConfigurationAndSWHardeningNeeded";
  intel.tcb_requirements.accepted = {TcbStatus::configuration_and_sw_hardening_needed};
  EXPECT_EQ(intel.failed(), Codes{});
  EXPECT_EQ(intel.warned(), (Codes{"tdx_tcb_configuration", "tdx_tcb_sw_hardening"}));
  intel.tcb_requirements.accepted = {TcbStatus::sw_hardening_needed};
  EXPECT_EQ(intel.failed(), (Codes{"tdx_tcb_configuration", "tdx_tcb_sw_hardening"})) << "another one";
}

TEST(IntelTcb, NeverAcceptsARevokedPlatform) {
  TestIntel intel;
  intel.content.tcb_info.levels[0].said.status = "Revoked";
  intel.tcb_requirements.accepted = {TcbStatus::revoked, TcbStatus::not_supported};
  EXPECT_EQ(intel.failed(), Codes{"tdx_tcb_revoked"});
}

// --- advisories ------------------------------------------------------------------

TEST(IntelTcb, NamesTheAdvisoriesOfEveryLevelThatWasReached) {
  TestIntel intel;
  intel.guest.tee_tcb_svn = {2, 1, 2};
  intel.guest.qe_isv_svn = 2;
  intel.content.tcb_info.levels[0].said.advisories = {"SIMULATED-SA-00009", "SIMULATED-SA-00002"};
  (void)intel.failed();
  EXPECT_THAT(intel.tcb->advisories, ElementsAre("SIMULATED-SA-00002", "SIMULATED-SA-00003", "SIMULATED-SA-00009"));
  const auto note = std::ranges::find(intel.verdict.findings, attest::Severity::note, &attest::Finding::severity);
  ASSERT_NE(note, intel.verdict.findings.end());
  EXPECT_EQ(note->code, Literal("tdx_tcb_status"));
  EXPECT_EQ(note->detail,
            "Intel says OutOfDate, patches up to 2026-08-13; advisories SIMULATED-SA-00002, SIMULATED-SA-00003, "
            "SIMULATED-SA-00009");
}

TEST(IntelTcb, ReachesNothingWithFactsAboutTheOtherKindOfTee) {
  TestIntel intel;
  const auto items = intel.collateral();
  const auto info = attest::tdx::parse_tcb_info(items.tcb_info);
  const auto identity = attest::tdx::parse_qe_identity(items.qe_identity);
  ASSERT_TRUE(info && identity);
  EXPECT_EQ(attest::tdx::evaluate_tcb({}, *info, *identity).status, TcbStatus::not_supported);
}

}  // namespace
}  // namespace aipg::tee
