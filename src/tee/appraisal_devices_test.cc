// SPDX-License-Identifier: Apache-2.0
// The verifier against a machine with exactly one thing wrong about its
// devices. Each test starts from evidence that is accepted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tee/test_machine.h"

namespace aipg::tee {
namespace {

using testing::UnorderedElementsAre;

TEST(AppraisalDevices, RefusesAReportThatTheQuoteDoesNotCommitTo) {
  TestMachine machine;
  machine.edit_bundle = [&](attest::Bundle& bundle) {
    // The same GPU again over the same nonce: genuine, and still not the report that was hashed.
    const Hash256 challenge = attest::challenge_hash(bundle.challenge_kind, bundle.challenge_value);
    bundle.devices = *machine.devices(attest::gpu_nonce(challenge, machine.keyset.id));
  };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("tdx_report_data"));
}

TEST(AppraisalDevices, RefusesAReportOverAnotherNonce) {
  TestMachine machine;
  machine.edit_report = [](ReportContent& content) { content.nonce[0] ^= 1; };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("nvidia_nonce"));
}

TEST(AppraisalDevices, RefusesAFlippedSignature) {
  TestMachine machine;
  machine.edit_device = [](attest::DeviceEvidence& device) { device.report.back() ^= 1; };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("nvidia_signature"));
}

TEST(AppraisalDevices, RefusesAnotherOrAMissingFirmwareId) {
  TestMachine machine;
  machine.edit_report = [](ReportContent& content) { (*content.fwid)[0] ^= 1; };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("nvidia_fwid"));
  machine.edit_report = [](ReportContent& content) { content.fwid.reset(); };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("nvidia_fwid"));
}

TEST(AppraisalDevices, RefusesADriverBelowTheManifestsMinimum) {
  TestMachine machine;
  for (const char* driver : {"565.57.01", "5700000.1"}) {
    machine.edit_report = [driver](ReportContent& content) { content.driver = driver; };
    EXPECT_THAT(machine.failed(), UnorderedElementsAre("nvidia_driver")) << driver;
  }
  machine.edit_report = [](ReportContent& content) { content.driver = "580.95.05"; };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre());
}

TEST(AppraisalDevices, RefusesAVersionOfAnotherForm) {
  TestMachine machine;
  machine.edit_collateral = [](std::vector<Bytes>& files) { files.erase(files.begin() + 1); };  // no manifest has it
  for (const char* driver : {"570", "v570.1"}) {
    machine.edit_report = [driver](ReportContent& content) { content.driver = driver; };
    EXPECT_THAT(machine.failed(), UnorderedElementsAre("nvidia_driver", "rim_missing")) << driver;
  }
}

TEST(AppraisalDevices, RefusesFourAndSixCertificates) {
  TestMachine machine;
  machine.edit_device = [](attest::DeviceEvidence& device) { device.chain.pop_back(); };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("chain_length"));
  machine.edit_device = [](attest::DeviceEvidence& device) { device.chain.push_back(device.chain.back()); };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("chain_length"));
  machine.edit_device = [](attest::DeviceEvidence& device) { std::swap(device.chain[3], device.chain[4]); };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("chain_root"));
}

TEST(AppraisalDevices, RefusesAModeThatTheManifestDoesNotName) {
  TestMachine machine;
  machine.edit_report = [](ReportContent& content) { content.protected_pcie = 0xAA; };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("nvidia_mode"));
  machine.edit_report = [](ReportContent& content) { content.extra = {{36, {1}}}; };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("nvidia_mode"));
  machine.edit_report = [](ReportContent& content) { content.extra = {{36, {0}}}; };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre());
}

TEST(AppraisalDevices, RefusesAnArchThatIsNotTheDevices) {
  TestMachine machine;
  machine.edit_device = [](attest::DeviceEvidence& device) { device.arch = attest::DeviceArch::blackwell; };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("nvidia_arch"));
}

TEST(AppraisalDevices, RefusesMoreOrFewerGpusThanTheManifestSays) {
  TestMachine machine;
  machine.gpus.push_back(make_device(machine.pki, 1, machine.fwid, machine.now));
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("nvidia_device_count"));
  machine.edit_bundle = [](attest::Bundle& bundle) { bundle.devices.clear(); };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("nvidia_device_count", "tdx_report_data"));
}

TEST(AppraisalDevices, RefusesOneGpuShownTwice) {
  TestMachine machine;
  machine.edit_devices = [](std::vector<attest::DeviceEvidence>& devices) { devices.push_back(devices.front()); };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("nvidia_device_twice", "nvidia_device_count"));
}

TEST(AppraisalDevices, RefusesOneChipWithTwoAttestationKeys) {
  TestMachine machine;
  machine.gpus.push_back(make_device(machine.pki, 0, machine.fwid, machine.now));
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("nvidia_device_twice", "nvidia_device_count"));
}

TEST(AppraisalDevices, RefusesProtectedPcieWithoutItsSwitches) {
  TestMachine machine;
  attest::Manifest content = TestMachine::good_manifest();
  content.device_count = 2;
  content.device_mode = attest::DeviceMode::ppcie;
  machine.use(content);
  machine.gpus.push_back(make_device(machine.pki, 1, machine.fwid, machine.now));
  machine.edit_report = [](ReportContent& report) { report.protected_pcie = 0xAA; };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("nvidia_fabric"));
}

struct OpaqueRule {
  const char* code;
  ExtraField field;
};

TEST(AppraisalDevices, RefusesEachBadOpaqueFieldUnderItsOwnCode) {
  const std::vector<OpaqueRule> rules{
      {"report_opaque_duplicate", {3, {'5', '7', '0', '.', '1', 0}}},
      {"report_opaque_unknown", {28, {}}},
      {"report_opaque_unknown", {37, {1}}},
      {"report_opaque_unknown", {255, {1}}},
      {"report_opaque_unknown", {0x0101, {1}}},
      {"report_opaque_value", {34, {2}}},
      {"report_opaque_value", {36, {3}}},
      {"report_opaque_value", {36, {}}},
      {"report_opaque_value", {22, Bytes(8, 1)}},
      {"report_opaque_value", {35, {'G', 'B'}}},
      {"report_opaque_value", {35, {'G', 0, 'B'}}},
      {"report_opaque_value", {35, {0x07, 0}}},
      {"report_opaque_value", {23, {1}}},
  };
  for (const OpaqueRule& rule : rules) {
    TestMachine machine;
    machine.edit_report = [&](ReportContent& content) { content.extra = {rule.field}; };
    EXPECT_THAT(machine.failed(), UnorderedElementsAre(rule.code)) << rule.field.id;
  }
  TestMachine machine;
  machine.edit_report = [](ReportContent& content) { content.protected_pcie = 1; };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("report_opaque_value"));
}

TEST(AppraisalDevices, RefusesAnotherNumberOfMeasurements) {
  TestMachine machine;
  machine.edit_report = [](ReportContent& content) { content.measurements = 63; };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("report_measurements"));
}

}  // namespace
}  // namespace aipg::tee
