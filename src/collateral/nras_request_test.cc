// SPDX-License-Identifier: Apache-2.0
#include "collateral/nras_request.h"

#include <gtest/gtest.h>

#include "attest/evidence_library_for_tests.h"
#include "codec/json.h"
#include "tee/test_machine.h"

namespace aipg::collateral {
namespace {

using attest::kEvidenceLibrary;

using attest::nvidia::StatedDevice;

std::vector<StatedDevice> simulated(const Hash256& nonce) {
  static tee::TestMachine machine;
  const attest::DeviceEvidence one = machine.devices(nonce)->front();
  return {{.arch = one.arch, .report = one.report, .chain = one.chain, .nonce = std::nullopt}};
}

std::string refusal(const std::vector<StatedDevice>& devices) {
  const auto request = make_nras_request(devices);
  return request ? "accepted" : std::string(request.error().where.view());
}

TEST(NrasRequest, ShowsEveryDeviceAsNvidiasToolsWriteIt) {
  const std::vector<StatedDevice> devices = simulated(Hash256{7});
  const auto request = make_nras_request(devices);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->path, "/v4/attest/gpu");
  const auto document = codec::json::parse(request->body);
  ASSERT_TRUE(document);
  const auto list = document->root().find("evidence_list");
  ASSERT_TRUE(list);
  EXPECT_EQ(document->root().find("arch")->string(), "HOPPER");
  EXPECT_EQ(document->root().find("nonce")->string()->substr(0, 4), "0700");
  EXPECT_EQ(document->root().find("claims_version")->string(), "3.0");

  // Read back by the reader of NVIDIA's own evidence files.
  std::string file = "[";
  for (const auto element : *list) {
    file += R"({"arch":"HOPPER","nonce":)" + std::string(document->root().find("nonce")->raw()) + "," +
            std::string(element.raw().substr(1));
  }
  const auto read = attest::nvidia::parse_evidence_json(file + "]");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->front().report, devices.front().report);
  EXPECT_EQ(read->front().chain, devices.front().chain);
}

TEST(NrasRequest, AsksAnotherPathForSwitches) {
  AIPG_NEEDS_EVIDENCE();
  const Bytes file = attest::read_evidence("nvidia/evidence_json/switch_evidence_ls10.json");
  const auto devices = attest::nvidia::parse_evidence_json(as_text(file));
  ASSERT_TRUE(devices);
  EXPECT_EQ(make_nras_request(*devices)->path, "/v4/attest/switch");
}

TEST(NrasRequest, RefusesNothingMixedKindsAndMixedNonces) {
  EXPECT_EQ(refusal({}), "devices");
  std::vector<StatedDevice> devices = simulated(Hash256{7});
  devices.push_back(simulated(Hash256{8}).front());
  EXPECT_EQ(refusal(devices), "nonces");
  devices.back() = devices.front();
  devices.back().arch = attest::DeviceArch::blackwell;
  EXPECT_EQ(refusal(devices), "kinds");
  devices.back().report.pop_back();
  EXPECT_EQ(refusal(devices), "report");
}

}  // namespace
}  // namespace aipg::collateral
