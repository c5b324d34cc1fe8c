// SPDX-License-Identifier: Apache-2.0
#include "attest/snp/guest.h"

#include <functional>

#include "attest/snp/simulated_fixture.h"

namespace aipg::attest::snp {
namespace {

constexpr std::uint64_t bit(unsigned n) { return std::uint64_t{1} << n; }

class SnpGuest : public SimulatedSnp {
 protected:
  SnpGuest() { wanted.minimum_tcb.fill(MinimumTcb{}); }

  // The guest's rules alone, of a report that is genuine.
  std::string judged(const RuleModes& modes = RuleModes::strict()) {
    const std::optional<VerifiedReport> verified = verify();
    EXPECT_TRUE(verified) << testing::PrintToString(broken());
    verdict = {};
    Rules rules(verdict, "cpu", modes);
    if (verified) check_guest(*verified, wanted, rules);
    return broken().empty() ? "accepted" : testing::PrintToString(broken());
  }
  // Broken, this rule rejects in the network and warns where only signatures count.
  void expect_policy(std::string_view code) {
    EXPECT_EQ(judged(), only(code));
    EXPECT_EQ(judged(RuleModes::chain()), "accepted") << code;
    EXPECT_TRUE(std::ranges::any_of(verdict.findings, [&](const Finding& finding) {
      return finding.code.view() == code && finding.severity == Severity::warning;
    })) << code;
  }
  // Broken, this one rejects everywhere.
  void expect_always(std::string_view code) {
    EXPECT_EQ(judged(), only(code));
    EXPECT_EQ(judged(RuleModes::chain()), only(code));
  }

  Requirements wanted;
};

TEST_F(SnpGuest, AcceptsAHealthyOne) {
  EXPECT_EQ(judged(), "accepted");
  start_vcek(SimulatedFamily::turin);
  EXPECT_EQ(judged(), "accepted");
}

TEST_F(SnpGuest, RefusesDebugAndMigration) {
  report.policy |= bit(19);
  expect_policy("snp_debug");
  start_vcek(SimulatedFamily::genoa);
  report.policy |= bit(18);
  expect_policy("snp_migratable");
  start_vcek(SimulatedFamily::genoa);
  report.report_id_ma[31] = 0;
  expect_policy("snp_migration_agent");
}

TEST_F(SnpGuest, RefusesAPolicyThatCannotBe) {
  report.policy &= ~bit(17);
  expect_always("snp_policy_one");
  for (unsigned n = 26; n < 64; ++n) {
    start_vcek(SimulatedFamily::genoa);
    report.policy |= bit(n);
    EXPECT_EQ(judged(RuleModes::chain()), only("snp_policy_reserved")) << n;
  }
}

TEST_F(SnpGuest, RefusesPlatformBitsThatItDoesNotKnow) {
  for (unsigned n = 0; n < 64; ++n) {
    if (n < 6 || n == 7) continue;
    start_vcek(SimulatedFamily::genoa);
    report.platform_info |= bit(n);
    EXPECT_EQ(judged(), only("snp_platform_reserved")) << n;
  }
  expect_policy("snp_platform_reserved");
}

struct BitCase {
  std::string_view code;
  std::uint64_t bit;
  std::function<BitRule&(Requirements&)> rule;
};

std::vector<BitCase> policy_bits() {
  return {{"snp_smt", bit(16), [](Requirements& w) -> BitRule& { return w.policy.smt; }},
          {"snp_single_socket", bit(20), [](Requirements& w) -> BitRule& { return w.policy.single_socket; }},
          {"snp_cxl", bit(21), [](Requirements& w) -> BitRule& { return w.policy.cxl; }},
          {"snp_aes_256_xts", bit(22), [](Requirements& w) -> BitRule& { return w.policy.aes_256_xts; }},
          {"snp_rapl", bit(23), [](Requirements& w) -> BitRule& { return w.policy.rapl_disabled; }},
          {"snp_ciphertext_hiding", bit(24), [](Requirements& w) -> BitRule& { return w.policy.ciphertext_hiding; }},
          {"snp_page_swap", bit(25), [](Requirements& w) -> BitRule& { return w.policy.page_swap_disabled; }}};
}

std::vector<BitCase> platform_bits() {
  return {{"snp_platform_smt", bit(0), [](Requirements& w) -> BitRule& { return w.platform.smt; }},
          {"snp_platform_tsme", bit(1), [](Requirements& w) -> BitRule& { return w.platform.tsme; }},
          {"snp_platform_ecc", bit(2), [](Requirements& w) -> BitRule& { return w.platform.ecc; }},
          {"snp_platform_rapl", bit(3), [](Requirements& w) -> BitRule& { return w.platform.rapl_disabled; }},
          {"snp_platform_ciphertext_hiding", bit(4),
           [](Requirements& w) -> BitRule& { return w.platform.ciphertext_hiding; }},
          {"snp_alias_check", bit(5), [](Requirements& w) -> BitRule& { return w.platform.alias_check; }},
          {"snp_platform_tio", bit(7), [](Requirements& w) -> BitRule& { return w.platform.tio; }}};
}

TEST_F(SnpGuest, HoldsEachBitAgainstItsSetting) {
  for (bool platform : {false, true}) {
    for (const BitCase& one : platform ? platform_bits() : policy_bits()) {
      for (bool set : {false, true}) {
        start_vcek(SimulatedFamily::genoa);
        std::uint64_t& word = platform ? report.platform_info : report.policy;
        word = set ? word | one.bit : word & ~one.bit;
        one.rule(wanted) = BitRule::any;
        EXPECT_EQ(judged(), "accepted") << one.code;
        one.rule(wanted) = set ? BitRule::set : BitRule::clear;
        EXPECT_EQ(judged(), "accepted") << one.code;
        one.rule(wanted) = set ? BitRule::clear : BitRule::set;
        expect_policy(one.code);
        one.rule(wanted) = BitRule::any;
      }
    }
  }
}

TEST_F(SnpGuest, AsksByDefaultForTheAliasCheckAndForNoCxl) {
  report.platform_info &= ~bit(5);
  expect_policy("snp_alias_check");
  start_vcek(SimulatedFamily::genoa);
  report.policy |= bit(21);
  expect_policy("snp_cxl");
}

TEST_F(SnpGuest, RefusesMilanAndProvidersKeysUnlessAllowed) {
  start_vcek(SimulatedFamily::milan);
  expect_policy("snp_family_minimum");
  wanted.minimum_family = Family::milan;
  EXPECT_EQ(judged(), "accepted");
  wanted.minimum_family = Family::turin;
  start_vcek(SimulatedFamily::genoa);
  expect_policy("snp_family_minimum");
  wanted.minimum_family = Family::genoa;
  start_vlek(SimulatedFamily::genoa);
  expect_policy("snp_vlek");
  wanted.vlek_allowed = true;
  EXPECT_EQ(judged(), "accepted");
}

TEST_F(SnpGuest, RefusesAMaskedChip) {
  report.keys = 1U << 1;
  report.chip_id = {};
  expect_policy("snp_chip_key_masked");
}

TEST_F(SnpGuest, RefusesAnotherCallerThanTheGuestAtItsLevel) {
  report.vmpl = 1;
  expect_policy("snp_vmpl");
  wanted.highest_vmpl = 1;
  EXPECT_EQ(judged(), "accepted");
  report.vmpl = 2;
  expect_policy("snp_vmpl");
  wanted.highest_vmpl = 3;
  report.vmpl = kHostRequested;
  expect_policy("snp_host_requested");
}

TEST_F(SnpGuest, RefusesAGuestSvnBelowTheMinimum) {
  wanted.minimum_guest_svn = 5;
  report.guest_svn = 4;
  expect_policy("snp_guest_svn");
  report.guest_svn = 5;
  EXPECT_EQ(judged(), "accepted");
}

TEST_F(SnpGuest, RefusesProvisionalFirmware) {
  for (std::size_t component : {0UL, 1UL, 6UL, 7UL}) {
    start_vcek(SimulatedFamily::genoa);
    report.current_tcb.at(component) += 1;
    expect_policy("snp_provisional");
  }
  for (std::size_t part : {0UL, 1UL, 2UL}) {
    start_vcek(SimulatedFamily::genoa);
    report.current_version.at(part) += 1;
    expect_policy("snp_provisional");
  }
}

TEST_F(SnpGuest, RefusesTcbsThatCannotStandTogether) {
  const auto both = [](std::string_view code) {
    return testing::PrintToString(std::vector<std::string>{std::string(code), "snp_provisional"});
  };
  for (std::size_t component : {0UL, 1UL, 6UL, 7UL}) {
    start_vcek(SimulatedFamily::genoa);
    report.committed_tcb.at(component) += 1;
    EXPECT_EQ(judged(), both("snp_committed_tcb")) << component;
    EXPECT_EQ(judged(RuleModes::chain()), only("snp_committed_tcb"));
    start_vcek(SimulatedFamily::genoa);
    report.current_tcb.at(component) -= 1;
    report.committed_tcb.at(component) -= 1;
    expect_always("snp_current_tcb");
  }
}

TEST_F(SnpGuest, RefusesATcbBelowTheFamilysMinimum) {
  const Tcb own{.fmc = 0, .boot_loader = 10, .tee = 1, .snp = 23, .microcode = 0xd5};
  const auto genoa = static_cast<std::size_t>(Family::genoa);
  wanted.minimum_tcb.at(genoa) = MinimumTcb{.firmware = own, .launch = own};
  EXPECT_EQ(judged(), "accepted");
  for (std::uint8_t Tcb::* component : {&Tcb::fmc, &Tcb::boot_loader, &Tcb::tee, &Tcb::snp, &Tcb::microcode}) {
    wanted.minimum_tcb.at(genoa) = MinimumTcb{.firmware = own, .launch = {}};
    wanted.minimum_tcb.at(genoa)->firmware.*component += 1;
    expect_policy("snp_tcb_minimum");
    wanted.minimum_tcb.at(genoa) = MinimumTcb{.firmware = {}, .launch = own};
    wanted.minimum_tcb.at(genoa)->launch.*component += 1;
    expect_policy("snp_launch_tcb");
  }
}

TEST_F(SnpGuest, HoldsTheCommittedTcbAgainstTheMinimumToo) {
  const Tcb own{.fmc = 0, .boot_loader = 10, .tee = 1, .snp = 23, .microcode = 0xd5};
  wanted.minimum_tcb.at(static_cast<std::size_t>(Family::genoa)) = MinimumTcb{.firmware = own, .launch = {}};
  report.committed_tcb[6] -= 1;
  EXPECT_EQ(judged(), testing::PrintToString(std::vector<std::string>{"snp_provisional", "snp_tcb_minimum"}));
}

TEST_F(SnpGuest, CountsAMissingMinimumAsBroken) {
  wanted.minimum_tcb = {};
  expect_policy("snp_tcb_minimum");
}

TEST_F(SnpGuest, AsksForMitigationsInBothVectors) {
  start_vcek(SimulatedFamily::turin);
  wanted.mitigations = 0b11;
  report.launch_mitigations = 0b111;
  report.current_mitigations = 0b10;
  expect_policy("snp_mitigations");
  report.current_mitigations = 0b11;
  EXPECT_EQ(judged(), "accepted");
  report.launch_mitigations = 0b01;
  expect_policy("snp_mitigations");
  start_vcek(SimulatedFamily::genoa);  // version 3 has no vectors
  expect_policy("snp_mitigations");
}

TEST_F(SnpGuest, HoldsEveryPinAgainstTheReport) {
  report.keys = 1;  // an author key
  wanted.measurement = report.measurement;
  wanted.host_data = report.host_data;
  wanted.report_data = report.report_data;
  wanted.id_key_digest = report.id_key_digest;
  wanted.author_key_digest = report.author_key_digest;
  wanted.family_id = report.family_id;
  wanted.image_id = report.image_id;
  wanted.chip_ids = {{{}, report.chip_id}};
  EXPECT_EQ(judged(), "accepted");
  const tee::SnpReportContent good = report;
  const auto expect_pin = [&](std::string_view code, std::uint8_t& byte) {
    byte ^= 0x80;
    expect_always(code);
    report = good;
  };
  expect_pin("snp_measurement", report.measurement[47]);
  expect_pin("snp_host_data", report.host_data[31]);
  expect_pin("snp_report_data", report.report_data[63]);
  expect_pin("snp_id_key", report.id_key_digest[47]);
  expect_pin("snp_author_key", report.author_key_digest[47]);
  expect_pin("snp_family_id", report.family_id[15]);
  expect_pin("snp_image_id", report.image_id[15]);
}

TEST_F(SnpGuest, TakesAnAuthorKeyOnlyWhereTheReportSaysThatThereIsOne) {
  wanted.author_key_digest = report.author_key_digest;
  expect_always("snp_author_key");
}

TEST_F(SnpGuest, RefusesAChipThatIsNotListed) {
  wanted.chip_ids = {};
  EXPECT_EQ(judged(), "accepted");  // no list
  wanted.chip_ids.emplace();
  expect_always("snp_chip_not_listed");
  wanted.chip_ids = {{report.chip_id}};
  EXPECT_EQ(judged(), "accepted");
  wanted.vlek_allowed = true;
  start_vlek(SimulatedFamily::genoa);
  expect_always("snp_chip_not_listed");
}

}  // namespace
}  // namespace aipg::attest::snp
