// SPDX-License-Identifier: Apache-2.0
// Files of simulated devices' evidence: their form, and sets of devices from
// which one rule is broken each time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attest/evidence.h"
#include "attest/nvidia/evidence_json.h"
#include "attest/nvidia/fabric.h"
#include "tee/simulated_evidence.h"
#include "tee/simulated_pki.h"
#include "tee/simulated_report.h"
#include "tee/simulated_rim.h"

namespace aipg::tee {
namespace {

using attest::DeviceArch;
using attest::DeviceEvidence;
using attest::Severity;
using attest::nvidia::EvidenceExpectation;
using attest::nvidia::StatedDevice;
using testing::ElementsAre;
using testing::IsEmpty;

const Instant kNow = *parse_instant("2026-11-22T12:00:00Z");
const crypto::Hash384 kFwid = simulated_measurement("GPU FWID");
const Hash256 kNonce = crypto::sha256(as_bytes("nonce"));

// Eight GPUs and four switches, all wired to all of the other kind, with a hook before each report is signed.
struct System {
  SimulatedPki pki = make_pki(kNow);
  std::size_t gpus = 8, switches = 4;
  SimulatedChip chip = SimulatedChip::gh100;
  std::function<void(std::size_t, ReportContent&)> edit_gpu, edit_switch;
  std::function<void(std::vector<DeviceEvidence>&)> edit;

  [[nodiscard]] std::vector<DeviceEvidence> devices() const {
    std::vector<SimulatedDevice> gpu_devices, switch_devices;
    std::vector<ByteArray<8>> gpu_pdis, switch_pdis;
    for (std::uint32_t i = 0; i < gpus; ++i) {
      gpu_devices.push_back(make_device(pki, i, kFwid, kNow, chip));
      gpu_pdis.push_back(gpu_devices.back().pdi);
    }
    for (std::uint32_t i = 0; i < switches; ++i) {
      switch_devices.push_back(make_device(pki, i, kFwid, kNow, SimulatedChip::ls10));
      switch_pdis.push_back(switch_devices.back().pdi);
    }
    std::vector<DeviceEvidence> out;
    for (std::size_t i = 0; i < gpus; ++i) out.push_back(gpu(i, gpu_devices[i], switch_pdis));
    for (std::size_t i = 0; i < switches; ++i) out.push_back(nvswitch(i, switch_devices[i], gpu_pdis));
    if (edit) edit(out);
    return out;
  }

  [[nodiscard]] DeviceEvidence gpu(std::size_t i, const SimulatedDevice& device,
                                   const std::vector<ByteArray<8>>& wired) const {
    ReportContent content = chip == SimulatedChip::gb100 ? blackwell_report() : ReportContent();
    content.nonce = kNonce;
    content.fwid = kFwid;
    content.peers = wired;
    if (!wired.empty()) content.protected_pcie = 0xAA;
    if (edit_gpu) edit_gpu(i, content);
    return {chip == SimulatedChip::gb100 ? DeviceArch::blackwell : DeviceArch::hopper, make_report(content, device.key),
            device.chain};
  }

  [[nodiscard]] DeviceEvidence nvswitch(std::size_t i, const SimulatedDevice& device,
                                        const std::vector<ByteArray<8>>& wired) const {
    ReportContent content = switch_report(device.pdi, wired);
    content.nonce = kNonce;
    if (edit_switch) edit_switch(i, content);
    return {DeviceArch::ls10, make_report(content, device.key), device.chain};
  }

  // The codes of what failed, each as often as it did.
  [[nodiscard]] std::vector<std::string> failed(const EvidenceExpectation& expected = {.nonce = kNonce},
                                                const attest::RuleModes& modes = attest::RuleModes::strict()) const {
    const auto read = attest::nvidia::parse_evidence_json(ppcie_evidence_json(devices()));
    EXPECT_TRUE(read);
    attest::Verdict verdict;
    const auto verified = attest::nvidia::verify_evidence(
        *read, pki.roots().nvidia_device, kNow, expected,
        [&](std::string subject) { return attest::Rules(verdict, std::move(subject), modes); });
    std::vector<std::string> out;
    for (const attest::Finding& finding : verdict.findings) {
      if (finding.severity == Severity::failed) out.emplace_back(finding.code.view());
    }
    return out;
  }
};

System alone(SimulatedChip chip = SimulatedChip::gh100) {
  System out;
  out.gpus = 1;
  out.switches = 0;
  out.chip = chip;
  return out;
}

TEST(DeviceSet, AcceptsAWholeFabric) { EXPECT_THAT(System().failed(), IsEmpty()); }

TEST(DeviceSet, AcceptsGpusAlone) {
  EXPECT_THAT(alone().failed(), IsEmpty());
  EXPECT_THAT(alone(SimulatedChip::gb100).failed(), IsEmpty());
}

TEST(DeviceSet, AcceptsBlackwellGpusBehindEncryptedLinks) {
  System system = alone(SimulatedChip::gb100);
  system.gpus = 8;
  system.edit_gpu = [](std::size_t, ReportContent& content) { content.extra[2].value = {1}; };
  EXPECT_THAT(system.failed(), IsEmpty());
}

TEST(DeviceSet, RefusesAFabricThatLacksADevice) {
  for (std::size_t missing : {0U, 7U, 8U, 11U}) {
    System system;
    system.edit = [missing](auto& all) { all.erase(all.begin() + static_cast<std::ptrdiff_t>(missing)); };
    EXPECT_THAT(system.failed(), ElementsAre("nvidia_fabric")) << missing;
  }
}

// It knows the switches, but none of them knows it.
TEST(DeviceSet, RefusesAGpuThatNoSwitchIsWiredTo) {
  System system;
  system.gpus = 9;
  system.edit_switch = [](std::size_t, ReportContent& content) { content.peers.resize(8); };
  EXPECT_THAT(system.failed(), ElementsAre("nvidia_fabric"));
}

TEST(DeviceSet, RefusesASwitchThatNoGpuIsWiredTo) {
  System system;
  system.edit_gpu = [](std::size_t, ReportContent& content) { content.peers.resize(3); };
  EXPECT_THAT(system.failed(), ElementsAre("nvidia_fabric"));
}

TEST(DeviceSet, RefusesAFabricWithADeviceThatIsWiredElsewhere) {
  System gpu;
  gpu.edit_gpu = [](std::size_t i, ReportContent& content) {
    if (i == 3) content.peers[0][0] ^= 1;
  };
  EXPECT_THAT(gpu.failed(), ElementsAre("nvidia_fabric"));
  System nvswitch;
  nvswitch.edit_switch = [](std::size_t i, ReportContent& content) {
    if (i == 3) content.peers[0][0] ^= 1;
  };
  EXPECT_THAT(nvswitch.failed(), ElementsAre("nvidia_fabric"));
}

TEST(DeviceSet, RefusesAGpuOfAFabricOutsideProtectedPcieMode) {
  System one;
  one.edit_gpu = [](std::size_t i, ReportContent& content) {
    if (i == 2) content.protected_pcie = 0x55;
  };
  EXPECT_THAT(one.failed(), ElementsAre("nvidia_one_mode", "nvidia_fabric"));
  System all;
  all.edit_gpu = [](std::size_t, ReportContent& content) { content.protected_pcie = 0x55; };
  EXPECT_THAT(all.failed(), ElementsAre("nvidia_fabric"));
}

TEST(DeviceSet, RefusesAGpuThatNamesNoSwitch) {
  System system;
  system.edit_gpu = [](std::size_t i, ReportContent& content) {
    if (i == 0) content.peers.clear();
  };
  EXPECT_THAT(system.failed(), ElementsAre("nvidia_fabric"));
}

TEST(DeviceSet, ExpectsTheRestOfAFabric) {
  System gpus;
  gpus.edit = [](auto& all) { all.resize(8); };
  EXPECT_THAT(gpus.failed(), ElementsAre("nvidia_fabric"));
  EXPECT_THAT(gpus.failed({.nonce = kNonce}, attest::RuleModes::chain()), IsEmpty());
  System switches;
  switches.edit = [](auto& all) { all.erase(all.begin(), all.begin() + 8); };
  EXPECT_THAT(switches.failed(), ElementsAre("nvidia_fabric"));
  EXPECT_THAT(switches.failed({.nonce = kNonce}, attest::RuleModes::chain()), IsEmpty());
}

TEST(DeviceSet, RefusesADeviceTwice) {
  System system = alone();
  system.edit = [](auto& all) { all.push_back(all.front()); };
  EXPECT_THAT(system.failed(), ElementsAre("nvidia_device_twice"));
}

// A reset gives a chip another attestation key, but not another serial.
TEST(DeviceSet, RefusesAChipTwiceUnderTwoKeys) {
  System system = alone();
  system.edit = [&system](auto& all) { all.push_back(system.gpu(0, make_device(system.pki, 0, kFwid, kNow), {})); };
  EXPECT_THAT(system.failed(), ElementsAre("nvidia_device_twice"));
}

TEST(DeviceSet, RefusesDevicesOverDifferentNonces) {
  System system = alone();
  system.gpus = 2;
  system.edit_gpu = [](std::size_t i, ReportContent& content) { content.nonce[0] ^= static_cast<std::uint8_t>(i); };
  EXPECT_THAT(system.failed({}), ElementsAre("nvidia_one_nonce"));
  EXPECT_THAT(system.failed(), ElementsAre("nvidia_nonce", "nvidia_one_nonce"));
}

TEST(DeviceSet, RefusesGpusInDifferentModes) {
  System system = alone(SimulatedChip::gb100);
  system.gpus = 2;
  system.edit_gpu = [](std::size_t i, ReportContent& content) {
    content.extra[2].value = {static_cast<std::uint8_t>(i)};
  };
  EXPECT_THAT(system.failed(), ElementsAre("nvidia_one_mode"));
}

TEST(DeviceSet, ExpectsARecentDriver) {
  System system = alone();
  system.edit_gpu = [](std::size_t, ReportContent& content) { content.driver = "550.90.07"; };
  EXPECT_THAT(system.failed(), ElementsAre("nvidia_driver"));
  EXPECT_THAT(system.failed({.nonce = kNonce, .min_driver = 550}), IsEmpty());
}

TEST(DeviceSet, RefusesADeviceThatIsNotWhatTheFileSays) {
  System system = alone();
  system.edit = [](auto& all) { all[0].arch = DeviceArch::blackwell; };
  EXPECT_THAT(system.failed(), ElementsAre("nvidia_arch"));
}

// --- whose certificate --------------------------------------------------------------------

// A GPU's key signs what looks like a switch's report, and a switch's key another switch's.
TEST(DeviceSet, RefusesAReportUnderTheCertificateOfAnotherKindOfDevice) {
  System system = alone();
  system.edit = [&system](auto& all) {
    const SimulatedDevice gpu = make_device(system.pki, 0, kFwid, kNow);
    all[0] = {DeviceArch::ls10, make_report(switch_report(gpu.pdi, {gpu.pdi}), gpu.key), gpu.chain};
  };
  EXPECT_THAT(system.failed({}), ElementsAre("nvidia_device_id"));
  System swapped = alone();
  swapped.edit = [&swapped](auto& all) {
    const SimulatedDevice nvswitch = make_device(swapped.pki, 0, kFwid, kNow, SimulatedChip::ls10);
    all[0] = swapped.gpu(0, nvswitch, {});
  };
  EXPECT_THAT(swapped.failed(), ElementsAre("nvidia_device_id"));
}

TEST(DeviceSet, RefusesASwitchWhoseCertificateIsAnothers) {
  System system;
  system.edit_switch = [](std::size_t i, ReportContent& content) {
    if (i == 1) content.pdi[0] ^= 1;
  };
  EXPECT_THAT(system.failed(), ElementsAre("nvidia_device_id", "nvidia_fabric"));
}

// --- the files' form --------------------------------------------------------------------------

std::string refused(std::string_view json) {
  const auto devices = attest::nvidia::parse_evidence_json(json);
  return devices ? "accepted" : std::string(devices.error().code.view());
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, text.npos) << what;
  return at == text.npos ? text : text.replace(at, what.size(), with);
}

TEST(EvidenceJson, ReadsWhatTheSdkWrites) {
  System system = alone();
  system.gpus = 2;
  const auto all = system.devices();
  const auto read = attest::nvidia::parse_evidence_json(sdk_evidence_json(all));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ((*read)[i].report, all[i].report);
    EXPECT_EQ((*read)[i].chain, all[i].chain);
    EXPECT_EQ((*read)[i].nonce, kNonce);
  }
}

TEST(EvidenceJson, ReadsWhatThePcieVerifierWrites) {
  const auto all = System().devices();
  const auto read = attest::nvidia::parse_evidence_json(ppcie_evidence_json(all));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 12U);
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_EQ((*read)[i].arch, all[i].arch);
    EXPECT_EQ((*read)[i].report, all[i].report);
    EXPECT_EQ((*read)[i].chain, all[i].chain);
    EXPECT_EQ((*read)[i].nonce, std::nullopt);
  }
}

TEST(EvidenceJson, RefusesAnotherForm) {
  const std::string sdk = sdk_evidence_json(alone().devices()), dump = ppcie_evidence_json(alone().devices());
  EXPECT_EQ(refused("[]"), "evidence_empty");
  EXPECT_EQ(refused(R"({"gpus":[],"nvswitches":[]})"), "evidence_empty");
  EXPECT_EQ(refused("{}"), "json_missing_field");
  EXPECT_EQ(refused("[1]"), "json_wrong_type");
  EXPECT_EQ(refused("1"), "json_wrong_type");
  EXPECT_EQ(refused(sdk + "x"), "json_invalid");
  EXPECT_EQ(refused(replaced(sdk, "HOPPER", "AMPERE")), "evidence_arch");
  EXPECT_EQ(refused(replaced(dump, "\"GPUArchitecture\":9", "\"GPUArchitecture\":8")), "evidence_arch");
  EXPECT_EQ(refused(replaced(sdk, "\"evidence\":\"", "\"evidence\":\"!")), "evidence_base64");
  EXPECT_EQ(refused(replaced(sdk, "\"certificate\":\"", "\"certificate\":\"!")), "evidence_base64");
  EXPECT_EQ(refused(replaced(sdk, "\"certificate\":\"", "\"certificate\":\"AAAA")), "pem_invalid");
  EXPECT_EQ(refused(replaced(sdk, "\"nonce\":\"", "\"nonce\":\"00")), "evidence_nonce");
  EXPECT_EQ(refused(replaced(sdk, "\"nonce\":\"", "\"nonce\":\"g")), "evidence_nonce");
  EXPECT_EQ(refused(replaced(sdk, "\"nonce\"", "\"once\"")), "json_missing_field");
  EXPECT_EQ(refused(replaced(sdk, "\"arch\"", "\"other\":1,\"arch\"")), "json_unknown_field");
  EXPECT_EQ(refused(replaced(dump, "\"UUID\"", "\"other\"")), "json_unknown_field");
  EXPECT_EQ(refused(replaced(dump, "\"py/b64\"", "\"py/b32\"")), "json_missing_field");
  EXPECT_EQ(refused(replaced(dump, "\"pem\"", "\"der\"")), "json_missing_field");
  EXPECT_EQ(refused(replaced(dump, "\"py/b64\":\"", "\"py/b64\":\"!")), "evidence_base64");
  EXPECT_EQ(refused(std::string((1 << 20) + 1, ' ')), "json_too_large");
}

TEST(EvidenceJson, RefusesTooManyDevicesAndCertificates) {
  const auto one = alone().devices();
  EXPECT_EQ(refused(sdk_evidence_json(std::vector(16, one[0]))), "accepted");
  EXPECT_EQ(refused(sdk_evidence_json(std::vector(17, one[0]))), "evidence_too_many");
  auto long_chain = one;
  long_chain[0].chain.resize(9, long_chain[0].chain[0]);
  EXPECT_EQ(refused(sdk_evidence_json(long_chain)), "pem_too_many");
  EXPECT_EQ(refused(ppcie_evidence_json(long_chain)), "pem_too_many");
}

// Each kind of device is held against its own manifests.
TEST(WholeMachine, IsJudgedWithTheManifestsOfGpusAndSwitches) {
  const System system;
  const SimulatedRimPki manifests = make_rim_pki(kNow);
  attest::RootSet roots = system.pki.roots();
  roots.nvidia_rim = {manifests.chain.back()};
  attest::Policy policy = *attest::ready_policy("chain");
  policy.roots = attest::SimulatedRoots(roots);
  const auto judged = [&](const std::vector<RimContent>& contents) {
    attest::Endorsements endorsements;
    for (const RimContent& content : contents) {
      EXPECT_TRUE(endorsements.add(as_bytes(make_rim(content, manifests))));
    }
    const std::string json = ppcie_evidence_json(system.devices());
    return attest::verify_evidence(
        {.kind = attest::EvidenceKind::nvidia_evidence, .bytes = as_bytes(json), .nonce = kNonce}, endorsements, policy,
        kNow);
  };
  const RimContent driver = driver_rim("570.124.06"), vbios = vbios_rim("96.00.9F.00.01");
  const attest::Verdict whole = judged({driver, vbios, switch_rim("96.10.55.00.01")});
  EXPECT_TRUE(whole.accepted) << attest::to_text(whole, false);
  ASSERT_EQ(whole.identity.devices.size(), 12U);
  EXPECT_THAT(whole.identity.devices.front(), testing::HasSubstr("32 of 32 measurements match"));
  EXPECT_THAT(whole.identity.devices.back(), testing::HasSubstr("31 of 31 measurements match"));
  EXPECT_EQ(judged({driver, vbios, switch_rim("96.10.55.00.02")}).first_failed()->code, Literal("rim_version"));
  policy.device_architectures = {DeviceArch::ls10, DeviceArch::hopper};
  EXPECT_TRUE(judged({driver, vbios, switch_rim("96.10.55.00.01")}).accepted);
  policy.device_architectures = {DeviceArch::hopper};
  const attest::Verdict narrowed = judged({driver, vbios, switch_rim("96.10.55.00.01")});
  EXPECT_EQ(narrowed.count(Severity::failed), 4U) << "the switches";
  EXPECT_EQ(narrowed.first_failed()->code, Literal("nvidia_architecture"));
  EXPECT_EQ(narrowed.first_failed()->compared.expected, "one of hopper");
  EXPECT_EQ(narrowed.first_failed()->compared.actual, "ls10");
}

}  // namespace
}  // namespace aipg::tee
