// SPDX-License-Identifier: Apache-2.0
// The claims about a device, one not holding at a time.
#include "attest/nras/token_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aipg::attest::nras {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST_F(NrasToken, NeedsEveryClaimOfAGpuToHold) {
  for (NrasVersion each : {NrasVersion::v2, NrasVersion::v3}) {
    const JsonMembers good = tee::gpu_claims(nonce, now, each, 1000);
    overall = tee::overall_claims(nonce, now, each);
    for (const auto& [claim, value] : good) {
      if (value != "true" || claim == "secboot") continue;
      for (const char* bad : {"false", "null", R"("true")", "1", ""}) {
        devices = {{"GPU-0", good}};
        gpu()[claim] = bad;
        if (std::string_view(bad).empty()) gpu().erase(claim);
        const auto codes = failed();
        EXPECT_EQ(codes.size(), 1U) << claim << " " << bad;
        EXPECT_THAT(*codes.begin(), testing::AnyOf("nras_report", "nras_rim", "nras_arch", "nras_fwid")) << claim;
      }
    }
  }
}

TEST_F(NrasToken, NeedsEveryChainToBeValidAndNotRevoked) {
  struct Case {
    const char *from, *to, *code;
  };
  const Case cases[] = {{R"("valid")", R"("expired")", "chain"},
                        {R"("x-nvidia-cert-status":"valid",)", "", "chain"},
                        {"9999-12-31", "2026-11-21", "chain"},
                        {"9999-12-31T23:59:59Z", "never", "chain"},
                        {R"("good")", R"("revoked")", "nras_revocation"},
                        {R"("good")", R"("unknown")", "nras_revocation"},
                        {"null", R"("certificateHold")", "nras_revocation"}};
  const JsonMembers good = gpu();
  for (const char* chain : {"attestation-report-cert-chain", "driver-rim-cert-chain", "vbios-rim-cert-chain"}) {
    const std::string claim = "x-nvidia-gpu-" + std::string(chain);
    for (const Case& one : cases) {
      devices = {{"GPU-0", good}};
      std::string& value = gpu()[claim];
      value.replace(value.find(one.from), std::string_view(one.from).size(), one.to);
      std::string code = one.code;
      if (code == "chain") code = chain[0] == 'a' ? "nras_report" : "nras_rim";
      EXPECT_THAT(failed(), UnorderedElementsAre(code)) << claim << one.to;
    }
    gpu()[claim] = "true";
    EXPECT_THAT(failed(), Contains("nras_revocation")) << claim;
  }
}

TEST_F(NrasToken, RefusesMeasurementsThatDiffer) {
  gpu()["measres"] = R"("fail")";
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_measurements"));
  gpu()["measres"] = R"("success")";
  gpu()["x-nvidia-mismatch-measurement-records"] = R"([{"index":9}])";
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_measurements"));
  gpu().erase("x-nvidia-mismatch-measurement-records");
  gpu()["x-nvidia-error-details"] = R"({"code":4010})";
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_measurements"));
  gpu()["x-nvidia-error-details"] = "null";
  EXPECT_THAT(failed(), IsEmpty());
}

TEST_F(NrasToken, RefusesADeviceThatIsNotNvidias) {
  gpu()["oemid"] = "null";
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_device_id"));
  gpu()["oemid"] = R"("5703")";
  gpu()["ueid"] = R"("0x10")";
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_device_id"));
}

TEST_F(NrasToken, ExpectsDebuggingOffAndASecureBoot) {
  gpu()["dbgstat"] = R"("enabled")";
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_debug"));
  EXPECT_THAT(warned(), UnorderedElementsAre("nras_debug"));
  modes = RuleModes::strict();
  gpu()["dbgstat"] = R"("disabled")";
  gpu()["secboot"] = "false";
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_secboot"));
  EXPECT_THAT(warned(), UnorderedElementsAre("nras_secboot"));
}

TEST_F(NrasToken, ExpectsNoWarningOfNvidias) {
  gpu()["x-nvidia-attestation-warning"] = R"("a certificate is on hold")";
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_warning"));
  EXPECT_THAT(warned(), UnorderedElementsAre("nras_warning"));
}

TEST_F(NrasToken, ExpectsOnlyClaimsItKnows) {
  for (JsonMembers* members : {&overall, &gpu()}) {
    modes = RuleModes::strict();
    (*members)["x-nvidia-gpu-in-a-volcano"] = "true";
    EXPECT_THAT(failed(), UnorderedElementsAre("nras_claim_unknown"));
    EXPECT_THAT(warned(), UnorderedElementsAre("nras_claim_unknown"));
    members->erase("x-nvidia-gpu-in-a-volcano");
  }
}

TEST_F(NrasToken, NeedsEveryClaimOfASwitchToHold) {
  const JsonMembers good = tee::switch_claims(nonce, now, 5);
  for (const auto& [claim, value] : good) {
    if (value != "true" || claim == "secboot") continue;
    devices = {{"SWITCH-0", good}};
    devices.front().second[claim] = "false";
    EXPECT_EQ(failed().size(), 1U) << claim;
  }
  devices = {{"SWITCH-0", good}};
  EXPECT_THAT(failed(), IsEmpty());
}

// A GPU's name over a switch's claims and the other way round.
TEST_F(NrasToken, RefusesADeviceThatIsCalledAnotherKind) {
  devices = {{"SWITCH-0", gpu()}};
  EXPECT_THAT(failed(), Contains("nras_report"));
  devices = {{"GPU-0", tee::switch_claims(nonce, now, 5)}};
  EXPECT_THAT(failed(), Contains("nras_report"));
}

}  // namespace
}  // namespace aipg::attest::nras
