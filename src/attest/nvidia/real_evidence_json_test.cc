// SPDX-License-Identifier: Apache-2.0
// Evidence files of NVIDIA's tools, where the evidence library lies beside the
// checkout: every case it judges under the policy `chain`, and whole systems
// with a device taken away.
#include "attest/evidence_library_for_tests.h"
#include "attest/nvidia/evidence_json.h"
#include "attest/nvidia/fabric.h"
#include "attest/roots.h"

namespace aipg::attest::nvidia {
namespace {

constexpr const char* kSystem = "nvidia/ppcie_570.124.06/all.json";
const Instant kAt = *parse_instant("2026-01-01T00:00:00Z");

struct Judged {
  Verdict verdict;
  std::size_t genuine = 0;

  [[nodiscard]] std::string first_failed() const {
    const Finding* failed = verdict.first_failed();
    return failed == nullptr ? "accepted" : std::string(failed->code.view());
  }
  [[nodiscard]] bool warned(Literal code) const {
    return std::ranges::any_of(verdict.findings, [code](const Finding& finding) {
      return finding.code == code && finding.severity == Severity::warning;
    });
  }
};

Judged judge(const std::vector<StatedDevice>& devices, const EvidenceExpectation& expected = {},
             const RuleModes& modes = RuleModes::chain(), Instant at = kAt) {
  Judged out;
  const RulesFor rules_for = [&](std::string subject) { return Rules(out.verdict, std::move(subject), modes); };
  out.genuine = verify_evidence(devices, VendorRoots::builtin().set().nvidia_device, at, expected, rules_for).size();
  return out;
}

std::vector<StatedDevice> read_devices(const std::string& path) {
  const Bytes text = read_evidence(path);
  auto devices = parse_evidence_json(as_text(text));
  EXPECT_TRUE(devices) << path;
  return devices.value_or(std::vector<StatedDevice>());
}

TEST(RealEvidenceJson, EveryCaseComesOutAsTheLibrarySays) {
  AIPG_NEEDS_EVIDENCE();
  const auto rows = evidence_rows("nvidia-evidence", "chain");
  for (const EvidenceRow& row : rows) {
    const Judged judged = judge(read_devices(row.evidence), {}, RuleModes::chain(), *parse_instant(row.at));
    EXPECT_EQ(judged.first_failed() == "accepted", row.expect == "accept") << row.text() << "\n"
                                                                           << to_text(judged.verdict, true);
  }
  EXPECT_GE(rows.size(), 3U);
}

TEST(RealEvidenceJson, ReadsWholeSystems) {
  AIPG_NEEDS_EVIDENCE();
  const std::vector<StatedDevice> devices = read_devices(kSystem);
  ASSERT_EQ(devices.size(), 12U);
  EXPECT_EQ(devices[0].arch, DeviceArch::hopper);
  EXPECT_EQ(devices[11].arch, DeviceArch::ls10);
  EXPECT_EQ(judge(devices).genuine, 12U);
  EXPECT_EQ(judge(devices, {}, RuleModes::strict()).first_failed(), "accepted");
}

TEST(RealEvidenceJson, RefusesASystemThatLacksADevice) {
  AIPG_NEEDS_EVIDENCE();
  const std::vector<StatedDevice> all = read_devices(kSystem);
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::vector<StatedDevice> fewer = all;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(judge(fewer).first_failed(), "nvidia_fabric") << i;
  }
}

TEST(RealEvidenceJson, RefusesADeviceTwiceAndOneOfAnotherSystem) {
  AIPG_NEEDS_EVIDENCE();
  std::vector<StatedDevice> twice = read_devices(kSystem);
  twice.push_back(twice.front());
  EXPECT_EQ(judge(twice).first_failed(), "nvidia_device_twice");
  std::vector<StatedDevice> foreign = read_devices(kSystem);
  foreign.push_back(read_devices("nvidia/evidence_json/hopper_evidence.json").front());
  EXPECT_EQ(judge(foreign).first_failed(), "nvidia_one_nonce");
}

TEST(RealEvidenceJson, WarnsOfAPartOfAFabric) {
  AIPG_NEEDS_EVIDENCE();
  for (const char* path :
       {"nvidia/evidence_json/hopper_evidence.json", "nvidia/evidence_json/switch_evidence_ls10.json"}) {
    const Judged judged = judge(read_devices(path));
    EXPECT_EQ(judged.first_failed(), "accepted");
    EXPECT_TRUE(judged.warned("nvidia_fabric")) << path;
    EXPECT_TRUE(judged.warned("freshness_unproven"));
    EXPECT_EQ(judge(read_devices(path), {}, RuleModes::strict()).first_failed(), "nvidia_fabric");
  }
}

TEST(RealEvidenceJson, HoldsTheReportToEveryNonce) {
  AIPG_NEEDS_EVIDENCE();
  std::vector<StatedDevice> devices = read_devices("nvidia/evidence_json/hopper_evidence.json");
  EXPECT_EQ(judge(devices, {.nonce = devices[0].nonce}).first_failed(), "accepted");
  EXPECT_EQ(judge(devices, {.nonce = Hash256{}}).first_failed(), "nvidia_nonce");
  devices[0].nonce = Hash256{};
  EXPECT_EQ(judge(devices).first_failed(), "nvidia_nonce");
}

TEST(RealEvidenceJson, RefusesADeviceThatIsNotWhatTheFileSays) {
  AIPG_NEEDS_EVIDENCE();
  std::vector<StatedDevice> devices = read_devices("nvidia/evidence_json/hopper_evidence.json");
  devices[0].arch = DeviceArch::blackwell;
  EXPECT_EQ(judge(devices).first_failed(), "nvidia_arch");
}

TEST(RealEvidenceJson, RefusesTheReportOfOneDeviceUnderAnothersChain) {
  AIPG_NEEDS_EVIDENCE();
  std::vector<StatedDevice> devices = read_devices(kSystem);
  std::swap(devices[0].report, devices[1].report);
  EXPECT_EQ(judge(devices).first_failed(), "nvidia_signature");
}

}  // namespace
}  // namespace aipg::attest::nvidia
