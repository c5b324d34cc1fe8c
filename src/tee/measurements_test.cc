// SPDX-License-Identifier: Apache-2.0
// Reports of simulated devices beside simulated manifests: which belongs to
// which, and what differs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attest/nvidia/measurements.h"
#include "tee/simulated_pki.h"
#include "tee/simulated_report.h"
#include "tee/simulated_rim.h"

namespace aipg::tee {
namespace {

using attest::Severity;
using attest::nvidia::Comparison;
using attest::nvidia::RimKind;
using attest::nvidia::VerifiedReport;
using attest::nvidia::VerifiedRim;
using testing::ElementsAre;
using testing::IsEmpty;

const Instant kNow = *parse_instant("2026-11-22T12:00:00Z");
const crypto::Hash384 kFwid = simulated_measurement("GPU FWID");

const SimulatedPki& devices() {
  static const SimulatedPki made = make_pki(kNow);
  return made;
}
const SimulatedRimPki& manifests() {
  static const SimulatedRimPki made = make_rim_pki(kNow);
  return made;
}

// A report outlives what was verified of it.
struct Device {
  Bytes bytes;
  std::optional<VerifiedReport> report;
};

Device device(ReportContent content) {
  const SimulatedDevice made = make_device(devices(), 0, kFwid, kNow, content.chip);
  if (content.chip == SimulatedChip::ls10) content.pdi = made.pdi;
  Device out{make_report(content, made.key), std::nullopt};
  attest::Verdict verdict;
  attest::Rules rules(verdict, "device", attest::RuleModes::chain());
  out.report = attest::nvidia::verify_report(out.bytes, made.chain, devices().roots().nvidia_device, kNow, rules);
  EXPECT_TRUE(out.report) << attest::to_text(verdict, true);
  return out;
}

VerifiedRim manifest(const RimContent& content) {
  attest::Verdict verdict;
  attest::Rules rules(verdict, "rim", attest::RuleModes::chain());
  const std::string xml = make_rim(content, manifests());
  auto out = attest::nvidia::verify_rim(as_bytes(xml), {manifests().chain.back()}, kNow, rules);
  EXPECT_TRUE(out) << attest::to_text(verdict, true);
  return *std::move(out);
}

struct Judged {
  Comparison comparison;
  std::vector<std::string> failed, details, passed;
};

Judged judge(const Device& about, const std::vector<RimContent>& contents) {
  std::vector<VerifiedRim> rims;
  for (const RimContent& content : contents) rims.push_back(manifest(content));
  attest::Verdict verdict;
  attest::Rules rules(verdict, "device", attest::RuleModes::chain());
  Judged out;
  out.comparison = check_measurements(*about.report, rims, rules);
  for (const attest::Finding& finding : verdict.findings) {
    if (finding.severity == Severity::passed) out.passed.emplace_back(finding.code.view());
    if (finding.severity != Severity::failed) continue;
    out.failed.emplace_back(finding.code.view());
    out.details.push_back(finding.detail);
  }
  return out;
}

const RimContent kDriver = driver_rim("570.124.06"), kVbios = vbios_rim("96.00.9F.00.01");

RimContent changed(RimContent content, const std::vector<std::size_t>& indexes) {
  for (std::size_t index : indexes) content.values[index].alternatives[0][0] ^= 1;
  return content;
}

TEST(Measurements, MatchOnAHealthyGpu) {
  const Judged judged = judge(device({}), {kDriver, kVbios});
  EXPECT_THAT(judged.failed, IsEmpty());
  EXPECT_THAT(judged.passed,
              ElementsAre("rim_version", "rim_version", "rim_twice", "rim_index_conflict", "nvidia_measurements"));
  // 21 and 12, less the one of the engine that is off.
  EXPECT_EQ(to_text(judged.comparison), "32 of 32 measurements match");
  EXPECT_THAT(judged.comparison.missing, IsEmpty());
}

TEST(Measurements, MatchOnAHealthySwitch) {
  const Judged judged = judge(device(switch_report({}, {ByteArray<8>{1}})), {switch_rim("96.10.55.00.01")});
  EXPECT_THAT(judged.failed, IsEmpty());
  EXPECT_EQ(to_text(judged.comparison), "31 of 31 measurements match");
  EXPECT_THAT(judged.comparison.missing, IsEmpty());
}

TEST(Measurements, MatchOnAHealthyBlackwellGpu) {
  RimContent driver = driver_rim("580.95.05"), vbios = vbios_rim("97.00.88.00.0F");
  driver.product = vbios.product = "GB100";
  EXPECT_THAT(judge(device(blackwell_report()), {driver, vbios}).failed, IsEmpty());
}

TEST(Measurements, NamesEveryOneThatDiffers) {
  const Judged judged = judge(device({}), {changed(kDriver, {7, 40}), changed(kVbios, {9})});
  EXPECT_THAT(judged.failed, ElementsAre("nvidia_measurements"));
  EXPECT_THAT(judged.details, ElementsAre("measurements 7, 9, 40 differ; 29 of 32 measurements match"));
}

TEST(Measurements, MatchAnyOfTheAlternatives) {
  RimContent driver = changed(kDriver, {7});
  driver.values[7].alternatives.push_back(kDriver.values[7].alternatives[0]);
  EXPECT_THAT(judge(device({}), {driver, kVbios}).failed, IsEmpty());
}

TEST(Measurements, AreNotComparedWhereTheManifestIsNotActive) {
  EXPECT_THAT(judge(device({}), {changed(kDriver, {50}), kVbios}).failed, IsEmpty());
}

TEST(Measurements, OfTheVideoDecoderCountUnlessItIsOff) {
  EXPECT_THAT(judge(device({}), {changed(kDriver, {35}), kVbios}).failed, IsEmpty());
  ReportContent on;
  on.nvdec0 = 0xAA;
  const Judged judged = judge(device(on), {changed(kDriver, {35}), kVbios});
  EXPECT_THAT(judged.failed, ElementsAre("nvidia_measurements"));
  EXPECT_EQ(to_text(judge(device(on), {kDriver, kVbios}).comparison), "33 of 33 measurements match");
}

TEST(Measurements, AManifestOfMoreThanTheDeviceHasDoesNotMatch) {
  RimContent rim = switch_rim("96.10.55.00.01");
  rim.values[31].active = true;
  const Judged judged = judge(device(switch_report({}, {ByteArray<8>{1}})), {rim});
  EXPECT_THAT(judged.details, ElementsAre("measurement 31 differs; 31 of 32 measurements match"));
}

TEST(Measurements, SayNothingWithoutAManifest) {
  const Judged judged = judge(device({}), {});
  EXPECT_THAT(judged.failed, IsEmpty());
  EXPECT_THAT(judged.passed, IsEmpty());
  EXPECT_THAT(judged.comparison.missing, ElementsAre(RimKind::driver, RimKind::vbios));
}

TEST(Measurements, OfOneManifestAreComparedWithoutTheOther) {
  const Judged driver = judge(device({}), {kDriver});
  EXPECT_THAT(driver.failed, IsEmpty());
  EXPECT_EQ(driver.comparison.compared, 20U);
  EXPECT_THAT(driver.comparison.missing, ElementsAre(RimKind::vbios));
  const Judged vbios = judge(device({}), {changed(kVbios, {9})});
  EXPECT_THAT(vbios.details, ElementsAre("measurement 9 differs; 11 of 12 measurements match"));
  EXPECT_THAT(vbios.comparison.missing, ElementsAre(RimKind::driver));
}

TEST(Measurements, RefuseTheManifestOfAnotherVersion) {
  for (const char* version : {"570.124.07", "96.00.9F.00.02", "96.00.9F.00.0"}) {
    const Judged judged = judge(device({}), {kDriver, vbios_rim(version)});
    EXPECT_THAT(judged.failed, ElementsAre("rim_version")) << version;
    EXPECT_THAT(judged.comparison.missing, ElementsAre(RimKind::vbios));
  }
}

TEST(Measurements, TakeVersionsInEitherCase) {
  EXPECT_THAT(judge(device({}), {kDriver, vbios_rim("96.00.9f.00.01")}).failed, IsEmpty());
}

// Driver versions are the same for every chip: only the product tells their manifests apart.
TEST(Measurements, RefuseTheManifestOfAnotherProduct) {
  RimContent blackwell = kDriver, nvswitch = kDriver;
  blackwell.product = "GB100";
  nvswitch.edition = "SWITCH";
  EXPECT_THAT(judge(device({}), {blackwell}).failed, ElementsAre("rim_version"));
  EXPECT_THAT(judge(device({}), {nvswitch}).failed, ElementsAre("rim_version"));
  EXPECT_THAT(judge(device(blackwell_report()), {driver_rim("580.95.05")}).failed, ElementsAre("rim_version"));
  RimContent hopper = switch_rim("96.10.55.00.01");
  hopper.product = "GH100";
  EXPECT_THAT(judge(device(switch_report({}, {ByteArray<8>{1}})), {hopper}).failed, ElementsAre("rim_version"));
}

TEST(Measurements, RefuseTwoManifestsOfOneKind) {
  EXPECT_THAT(judge(device({}), {kDriver, kVbios, kDriver}).failed, ElementsAre("rim_twice"));
}

TEST(Measurements, RefuseAnIndexThatBothManifestsClaim) {
  RimContent driver = kDriver;
  driver.values[9] = kVbios.values[9];
  const Judged judged = judge(device({}), {driver, kVbios});
  EXPECT_THAT(judged.failed, ElementsAre("rim_index_conflict"));
  EXPECT_THAT(judged.details, ElementsAre("both manifests claim measurement 9"));
}

TEST(RimIds, AreTheServicesNames) {
  const auto gpu = rim_ids(*device({}).report);
  EXPECT_EQ(gpu->driver, "NV_GPU_DRIVER_GH100_570.124.06");
  EXPECT_EQ(gpu->vbios, "NV_GPU_VBIOS_1010_0200_882_96009F0001");
  const auto blackwell = rim_ids(*device(blackwell_report()).report);
  EXPECT_EQ(blackwell->driver, "NV_GPU_CC_DRIVER_GB100_580.95.05");
  EXPECT_EQ(blackwell->vbios, "NV_GPU_VBIOS_G525_0220_886_970088000F");
  ReportContent other_chip = blackwell_report();
  other_chip.extra[1].value = {'G', 'B', '2', '0', '2', 0};
  EXPECT_EQ(rim_ids(*device(other_chip).report)->driver, "NV_GPU_CC_DRIVER_GB202_580.95.05");
  other_chip.extra = {};
  EXPECT_EQ(rim_ids(*device(other_chip).report)->driver, "NV_GPU_CC_DRIVER_GB100_580.95.05");
  const auto nvswitch = rim_ids(*device(switch_report({}, {ByteArray<8>{1}})).report);
  EXPECT_EQ(nvswitch->driver, "");
  EXPECT_EQ(nvswitch->vbios, "NV_SWITCH_BIOS_5612_0002_890_9610550001");
}

TEST(RimIds, AreInCapitals) {
  ReportContent content;
  content.project = "g520";
  EXPECT_EQ(rim_ids(*device(content).report)->vbios, "NV_GPU_VBIOS_G520_0200_882_96009F0001");
}

// The fields come from the device, and the name goes into addresses and file names.
TEST(RimIds, RefuseWhatMeansSomethingInAPathOrAnAddress) {
  const auto refused = [](const ReportContent& content) {
    const Device about = device(content);
    const auto ids = rim_ids(*about.report);
    return ids ? "accepted" : std::string(ids.error().code.view());
  };
  for (const char* bad : {"../570.1", "570/1", "570 1", "570?1", "570%2e1", "570#1", ".570", "570\\1", "570:1", ""}) {
    ReportContent content;
    content.project = bad;
    EXPECT_EQ(refused(content), "rim_id_invalid") << bad;
  }
  ReportContent driver;
  driver.driver = "570.1/../2";
  EXPECT_EQ(refused(driver), "rim_id_invalid");
  ReportContent chip = blackwell_report();
  chip.extra[1].value = {'/', 0};
  EXPECT_EQ(refused(chip), "rim_id_invalid");
  ReportContent sku;
  sku.chip_sku = std::string(65, '1');
  EXPECT_EQ(refused(sku), "rim_id_invalid");
}

}  // namespace
}  // namespace aipg::tee
