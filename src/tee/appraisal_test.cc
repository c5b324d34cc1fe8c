// SPDX-License-Identifier: Apache-2.0
// The verifier against a machine on which exactly one thing is wrong. Each
// test starts from evidence that is accepted and names every code it expects.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attest/verdict_meanings.h"
#include "tee/test_machine.h"

namespace aipg::tee {
namespace {

using attest::Level;
using attest::Severity;
using testing::UnorderedElementsAre;

// From the start of a v4 quote.
constexpr std::size_t kHeader = 48, kTdReport = 584;
constexpr std::size_t kSignature = kHeader + kTdReport + 4, kAttestationKey = kSignature + 64;
constexpr std::size_t kQeReport = kAttestationKey + 64 + 6;

const attest::Finding* find(const attest::Verdict& verdict, std::string_view code) {
  for (const attest::Finding& finding : verdict.findings) {
    if (finding.code.view() == code) return &finding;
  }
  return nullptr;
}

TEST(Appraisal, AcceptsASimulatedMachineAtL0AndSaysSo) {
  TestMachine machine;
  EXPECT_THAT(machine.failed(), UnorderedElementsAre());
  const attest::Appraisal result = machine.appraise();
  EXPECT_TRUE(result.verdict.simulated);
  EXPECT_EQ(result.verdict.level, Level::l0);
  EXPECT_EQ(attest::headline(result.verdict),
            "SIMULATED hardware (L0): fine for development, proves nothing about a real machine");
  EXPECT_EQ(result.verdict.identity.boot_name, "test image");
  EXPECT_EQ(result.verdict.identity.cpu, "Intel TDX (quote v4), FMSPC 53494D544458");
  EXPECT_EQ(result.verdict.identity.tcb_status, "UpToDate");
  EXPECT_EQ(result.verdict.identity.tcb_date, *parse_instant("2026-08-13T00:00:00Z"));
  EXPECT_THAT(
      result.verdict.identity.devices,
      testing::ElementsAre("NVIDIA Hopper GPU, driver 570.124.06, VBIOS 96.00.9F.00.01, 32 of 32 measurements match"));
  EXPECT_EQ(result.worker->keyset().id, machine.keyset.id);
  EXPECT_EQ(result.worker->manifest().hash, machine.manifest.hash);
}

TEST(Appraisal, LastsTenMinutesOrUntilTheKeysetEnds) {
  TestMachine machine;
  EXPECT_EQ(machine.appraise().worker->usable_until(), machine.now + std::chrono::minutes(10));
  machine.now = machine.keyset.not_after - std::chrono::minutes(1);
  EXPECT_EQ(machine.appraise().worker->usable_until(), machine.keyset.not_after);
}

TEST(Appraisal, AcceptsAV5QuoteOfTd15) {
  TestMachine machine;
  machine.edit_content = [](QuoteContent& content) { content.form = QuoteForm::v5_td15; };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre());
}

TEST(Appraisal, AcceptsAMachineWithoutDevicesWhereTheManifestSaysSo) {
  TestMachine machine;
  attest::Manifest content = TestMachine::good_manifest();
  content.device_arch = "none";
  content.device_count = 0;
  content.device_mode = attest::DeviceMode::none;
  machine.use(content);
  EXPECT_THAT(machine.failed(), UnorderedElementsAre());
}

TEST(Appraisal, RefusesWhatIsNotABundle) {
  TestMachine machine;
  const attest::Appraisal result = attest::appraise(as_bytes("{}"), machine.policy, machine.inputs(), machine.now);
  EXPECT_FALSE(result.verdict.accepted);
  EXPECT_FALSE(result.worker);
  EXPECT_EQ(result.verdict.first_failed()->code.view(), "json_missing_field");
}

// Every byte is a prime's step from another, so that all parts of the document are hit.
TEST(Appraisal, RefusesABundleWithABitChangedAnywhere) {
  constexpr std::size_t kStep = 37;
  TestMachine machine;
  Bytes bundle = machine.bundle().bytes;
  ASSERT_TRUE(attest::appraise(bundle, machine.policy, machine.inputs(), machine.now).verdict.accepted);
  for (std::size_t i = 0; i < bundle.size(); i += kStep) {
    const auto bit = static_cast<std::uint8_t>(1U << (i % 8));
    bundle[i] ^= bit;
    EXPECT_FALSE(attest::appraise(bundle, machine.policy, machine.inputs(), machine.now).verdict.accepted) << i;
    bundle[i] ^= bit;
  }
}

// --- levels ----------------------------------------------------------------------

TEST(AppraisalLevel, L0NeverSatisfiesL1) {
  TestMachine machine;
  for (Level level : {Level::l1, Level::l2, Level::l3}) {
    machine.policy.minimum_level = level;
    EXPECT_THAT(machine.failed(), UnorderedElementsAre("level_below_minimum"));
  }
}

TEST(AppraisalLevel, OnlyTheNetworksPolicyJudgesAWorker) {
  for (const std::string_view name : attest::kReadyPolicies) {
    TestMachine machine;
    machine.policy.name = name;
    machine.policy.rules = attest::ready_policy(name)->rules;
    if (name == "network") {
      EXPECT_THAT(machine.failed(), testing::IsEmpty());
    } else {
      EXPECT_THAT(machine.failed(), UnorderedElementsAre("policy_not_for_workers")) << name;
    }
  }
}

TEST(AppraisalLevel, TheDefaultPolicyRefusesASimulator) {
  TestMachine machine;
  attest::Policy policy;
  policy.releases = machine.policy.releases;
  machine.policy = policy;
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("chain_root", "level_below_minimum"));
}

TEST(AppraisalLevel, RefusesAnotherSimulatorsRoots) {
  TestMachine machine;
  machine.policy.roots = attest::SimulatedRoots(make_pki(machine.now).roots());
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("chain_root"));
}

// --- freshness -------------------------------------------------------------------

TEST(AppraisalFreshness, RefusesEvidenceWithoutThisNonce) {
  TestMachine machine;
  machine.freshness->nonce[0] ^= 1;
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("freshness_path"));
}

TEST(AppraisalFreshness, RefusesAPathOfAnotherPlace) {
  TestMachine machine;
  machine.freshness->path.index = 0;
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("freshness_path"));
}

TEST(AppraisalFreshness, IsUnprovenWithoutANonce) {
  TestMachine machine;
  machine.freshness.reset();
  EXPECT_THAT(machine.failed(), UnorderedElementsAre());
  EXPECT_EQ(find(machine.appraise().verdict, "freshness_unproven")->severity, Severity::warning);
}

TEST(AppraisalFreshness, RefusesAnotherChallenge) {
  TestMachine machine;
  machine.edit_bundle = [](attest::Bundle& bundle) { bundle.challenge_value[0] ^= 1; };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("freshness_path", "tdx_report_data", "nvidia_nonce"));
}

// --- keyset ----------------------------------------------------------------------

TEST(AppraisalKeyset, RefusesASwappedKeyset) {
  TestMachine machine;
  machine.edit_bundle = [&](attest::Bundle& bundle) {
    bundle.keyset = attest::make_keyset("w-01", machine.now, machine.now + std::chrono::minutes(60),
                                        {{1, Bytes(32, 66)}}, ByteArray<32>{9})
                        .bytes;
  };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("tdx_report_data", "nvidia_nonce"));
}

TEST(AppraisalKeyset, RefusesItAfterItsEnd) {
  TestMachine machine;
  machine.now = machine.keyset.not_after;
  EXPECT_THAT(machine.failed(), UnorderedElementsAre());
  machine.now = machine.now + milliseconds(1);
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("keyset_expired"));
}

TEST(AppraisalKeyset, RefusesItBeforeItsStartButForTheSkewAllowed) {
  TestMachine machine;
  machine.now = machine.keyset.not_before - machine.policy.clock_skew;
  EXPECT_THAT(machine.failed(), UnorderedElementsAre());
  machine.now = machine.now - milliseconds(1);
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("keyset_not_yet_valid"));
}

TEST(AppraisalKeyset, RefusesOneThatLastsTooLong) {
  TestMachine machine;
  machine.keyset = attest::make_keyset("w-01", machine.now, machine.now + attest::kMaxKeysetLife + milliseconds(1),
                                       {{1, Bytes(32, 7)}}, ByteArray<32>{9});
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("keyset_window"));
}

TEST(AppraisalKeyset, RefusesOneWithoutXWingWhereThePolicyAsksForIt) {
  TestMachine machine;
  machine.policy.require_pq = true;
  EXPECT_THAT(machine.failed(), UnorderedElementsAre());
  machine.keyset = attest::make_keyset("w-01", machine.now, machine.now + std::chrono::minutes(60), {{1, Bytes(32, 7)}},
                                       ByteArray<32>{9});
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("keyset_post_quantum"));
}

// --- workload --------------------------------------------------------------------

TEST(AppraisalWorkload, RefusesASwappedManifest) {
  TestMachine machine;
  machine.edit_bundle = [&](attest::Bundle& bundle) {
    attest::Manifest other = TestMachine::good_manifest();
    other.name = "another";
    bundle.manifest = attest::make_manifest(other).bytes;
  };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("tdx_report_data", "workload_rtmr3", "workload_unbound"));
}

TEST(AppraisalWorkload, RefusesAWorkloadThatTheGuestDidNotMeasure) {
  TestMachine machine;
  machine.edit_content = [](QuoteContent& content) { content.rtmr[3][0] ^= 1; };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("workload_rtmr3"));
}

TEST(AppraisalWorkload, RefusesAWorkloadNobodyMeasuredAtAll) {
  TestMachine machine;
  machine.edit_content = [](QuoteContent& content) { content.rtmr[3] = {}; };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("workload_rtmr3"));
}

TEST(AppraisalWorkload, RefusesAnImageThatDiffersInAnyRegister) {
  const std::vector<std::function<void(QuoteContent&)>> edits{
      [](QuoteContent& content) { content.mrtd[47] ^= 1; },
      [](QuoteContent& content) { content.rtmr[0][47] ^= 1; },
      [](QuoteContent& content) { content.rtmr[1][47] ^= 1; },
      [](QuoteContent& content) { content.rtmr[2][47] ^= 1; },
  };
  for (const auto& edit : edits) {
    TestMachine machine;
    machine.edit_content = edit;
    EXPECT_THAT(machine.failed(), UnorderedElementsAre("workload_unbound"));
  }
}

TEST(AppraisalWorkload, RefusesAKnownImageWithAKnownWorkloadOfAnother) {
  TestMachine machine;
  attest::BootTuple other = machine.boot;
  other.mrtd[0] ^= 1;
  machine.policy.releases = {{"other image", other, machine.manifest.hash}, {"this image", machine.boot, Hash256{}}};
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("workload_unbound"));
  EXPECT_EQ(find(machine.appraise().verdict, "workload_unbound")->detail,
            "image and workload are known, but not together");
}

TEST(AppraisalWorkload, APinnedWorkloadNarrowsAndNeverWidens) {
  TestMachine machine;
  machine.policy.expected_workload = machine.manifest.hash;
  EXPECT_THAT(machine.failed(), UnorderedElementsAre());
  machine.policy.releases.clear();
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("workload_unbound"));
  machine.policy = machine.good_policy();
  machine.policy.expected_workload = Hash256{1};
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("workload_not_expected"));
}

// --- the quote -------------------------------------------------------------------

TEST(AppraisalQuote, RefusesReportDataWithAnyByteChanged) {
  for (std::size_t i : {0, 31, 32, 63}) {
    TestMachine machine;
    machine.edit_content = [i](QuoteContent& content) { content.report_data.at(i) ^= 0x80; };
    EXPECT_THAT(machine.failed(), UnorderedElementsAre("tdx_report_data")) << i;
  }
}

struct GuestRule {
  const char* code;
  std::function<void(QuoteContent&)> edit;
  const char* also = nullptr;  // what the vendor's collateral says to it
};

TEST(AppraisalQuote, RefusesEachBrokenRuleAboutTheGuestUnderItsOwnCode) {
  const std::vector<GuestRule> rules{
      {"tdx_debug", [](QuoteContent& c) { c.td_attributes |= 1; }},
      {"tdx_attributes_reserved", [](QuoteContent& c) { c.td_attributes |= 2; }},
      {"tdx_attributes_reserved", [](QuoteContent& c) { c.td_attributes |= 1ULL << 62; }},
      {"tdx_migratable", [](QuoteContent& c) { c.td_attributes |= 1ULL << 29; }},
      {"tdx_sept_ve_disable", [](QuoteContent& c) { c.td_attributes = 0; }},
      {"tdx_xfam", [](QuoteContent& c) { c.xfam = 0x602e6; }},
      {"tdx_xfam", [](QuoteContent& c) { c.xfam |= 1ULL << 40; }},
      {"tdx_mrsignerseam", [](QuoteContent& c) { c.mrsignerseam[47] = 1; }, "tdx_module_identity"},
      {"tdx_seam_attributes", [](QuoteContent& c) { c.seam_attributes = 1; }, "tdx_module_identity"},
      {"tdx_mrservicetd",
       [](QuoteContent& c) {
         c.form = QuoteForm::v5_td15;
         c.mrservicetd[0] = 1;
       }},
      {"tdx_qe_debug", [](QuoteContent& c) { c.qe_flags |= 2; }},
      {"tdx_qe_vendor", [](QuoteContent& c) { c.qe_vendor_id[0] ^= 1; }},
      {"tdx_qe_binding", [](QuoteContent& c) { c.qe_report_data = ByteArray<64>{}; }},
  };
  for (const GuestRule& rule : rules) {
    TestMachine machine;
    machine.edit_content = rule.edit;
    std::set<std::string> expected{rule.code};
    if (rule.also != nullptr) expected.insert(rule.also);
    EXPECT_EQ(machine.failed(), expected);
  }
}

TEST(AppraisalQuote, AllowsTheAttributesThatChangeNothing) {
  TestMachine machine;
  machine.edit_content = [](QuoteContent& content) {
    content.td_attributes |= 1ULL << 30 | 1ULL << 31 | 1ULL << 63;  // PKS, KL, PERFMON
  };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre());
}

TEST(AppraisalQuote, RefusesASignatureOfAnotherKey) {
  TestMachine machine;
  machine.edit_quote = [](Bytes& quote) { quote[kSignature + 10] ^= 1; };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("tdx_quote_signature"));
}

TEST(AppraisalQuote, RefusesAQeReportThatThePlatformDidNotSign) {
  TestMachine machine;
  machine.edit_quote = [](Bytes& quote) { quote[kQeReport] ^= 1; };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("tdx_qe_signature"));
}

// The QE's report data that binds `key`, as the simulator's QE would write it.
ByteArray<64> binding_of(ByteView key) {
  const Hash256 auth_data = crypto::sha256(as_bytes("aipg simulated QE authentication data"));
  ByteArray<64> out{};
  std::ranges::copy(crypto::sha256({key, auth_data}), out.begin());
  return out;
}

TEST(AppraisalQuote, RefusesAQeReportWithMoreThanTheBinding) {
  TestMachine machine;
  machine.edit_content = [&](QuoteContent& content) {
    content.qe_report_data = binding_of(machine.attestation_key.public_key().xy());
  };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre());
  machine.edit_content = [&](QuoteContent& content) {
    content.qe_report_data = binding_of(machine.attestation_key.public_key().xy());
    content.qe_report_data->back() = 1;
  };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("tdx_qe_binding"));
}

TEST(AppraisalQuote, RefusesAnAttestationKeyOffTheCurve) {
  TestMachine machine;
  const Bytes off_curve(64, 5);
  machine.edit_content = [&](QuoteContent& content) { content.qe_report_data = binding_of(off_curve); };
  machine.edit_quote = [&](Bytes& quote) { std::ranges::copy(off_curve, quote.begin() + kAttestationKey); };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("tdx_attestation_key"));
}

TEST(AppraisalQuote, RefusesAChainThatIsShortLongOrInAnotherOrder) {
  TestMachine machine;
  const std::vector<Bytes> good = machine.pki.pck_chain;
  machine.pki.pck_chain = {good[0], good[1]};
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("chain_length"));
  machine.pki.pck_chain = {good[0], good[1], good[2], good[2]};
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("chain_length"));
  machine.pki.pck_chain = {good[1], good[0], good[2]};
  EXPECT_THAT(machine.failed(), testing::Not(testing::IsEmpty()));
}

TEST(AppraisalQuote, EvaluatesNothingOfAQuoteThatNobodySigned) {
  TestMachine machine;
  machine.edit_content = [](QuoteContent& content) { content.td_attributes = 1; };
  machine.edit_quote = [](Bytes& quote) { quote[kSignature + 10] ^= 1; };
  const attest::Verdict verdict = machine.appraise().verdict;
  EXPECT_EQ(find(verdict, "tdx_debug"), nullptr);
  EXPECT_EQ(find(verdict, "workload_unbound"), nullptr);
}

// --- text ------------------------------------------------------------------------

TEST(AppraisalText, NamesTheBrokenRuleAndWhoCanFixIt) {
  TestMachine machine;
  machine.edit_report = [](ReportContent& content) { content.driver = "565.57.01"; };
  const std::string text = attest::to_text(machine.appraise().verdict, false);
  EXPECT_THAT(text, testing::StartsWith("REJECTED (SIMULATED hardware): nvidia_driver"));
  EXPECT_THAT(text, testing::HasSubstr("driver 565.57.01 is below 570"));
  EXPECT_THAT(text, testing::HasSubstr("fix: the operator updates the driver"));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("tdx_debug")));
  EXPECT_THAT(attest::to_text(machine.appraise().verdict, true), testing::HasSubstr("tdx_debug"));
}

TEST(AppraisalText, SaysWhichCertificateIsWrong) {
  TestMachine machine;
  machine.edit_device = [](attest::DeviceEvidence& device) { device.chain.pop_back(); };
  EXPECT_EQ(find(machine.appraise().verdict, "chain_length")->detail, "4 certificates");
  machine.edit_device = [](attest::DeviceEvidence& device) { std::swap(device.chain[3], device.chain[4]); };
  EXPECT_EQ(find(machine.appraise().verdict, "chain_root")->detail, "certificate 4 (the leaf is 0)");
}

TEST(AppraisalText, SaysWhatEveryPassedRuleMeans) {
  TestMachine machine;
  machine.policy.require_pq = true;
  machine.policy.expected_workload = machine.manifest.hash;
  for (const attest::Finding& finding : machine.appraise().verdict.findings) {
    if (finding.severity != Severity::passed) continue;
    EXPECT_FALSE(attest::meaning_of(finding.code).empty()) << finding.code.view();
  }
}

TEST(AppraisalText, JsonCarriesStableCodesAndWholeHashes) {
  TestMachine machine;
  machine.policy.releases[0].name = "an image\n\"quoted\" \xc3\xa9";
  const std::string json = attest::to_json(machine.appraise().verdict);
  EXPECT_THAT(json, testing::HasSubstr(R"("code":"tdx_debug")"));
  EXPECT_THAT(json, testing::HasSubstr(R"("level":"L0")"));
  EXPECT_THAT(json, testing::HasSubstr(R"(an image?\"quoted\" ??)"));
}

}  // namespace
}  // namespace aipg::tee
