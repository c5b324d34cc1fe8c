// SPDX-License-Identifier: Apache-2.0
// What vendors publish, brought by the evidence or by the verifier. Each test
// starts from evidence that is accepted, breaks one thing, and names the findings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attest/nras/ueid.h"
#include "tee/simulated_nras.h"
#include "tee/test_machine.h"

namespace aipg::tee {
namespace {

using testing::UnorderedElementsAre;

// Places in TestMachine::collateral().
enum Place : std::size_t { kIntel, kDriverRim, kVbiosRim, kRimAnswers };

struct CollateralMachine : TestMachine {
  void without(std::size_t place) {
    edit_collateral = [place](std::vector<Bytes>& files) {
      files.erase(files.begin() + static_cast<std::ptrdiff_t>(place));
    };
  }
  [[nodiscard]] std::set<std::string> failed_with(const std::vector<Bytes>& own) {
    attest::AppraisalInputs with = inputs();
    with.collateral = own;
    std::set<std::string> out;
    for (const auto& finding : attest::appraise(bundle().bytes, policy, with, now).verdict.findings) {
      if (finding.severity == attest::Severity::failed) out.insert(std::string(finding.code.view()));
    }
    return out;
  }
  [[nodiscard]] Bytes intel_of(std::string_view status) const {
    CollateralContent content = intel;
    content.tcb_info.levels[0].said.status = status;
    return intel_says(content);
  }
};

TEST(AppraisalCollateral, EachKindIsNeeded) {
  CollateralMachine machine;
  machine.without(kIntel);
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("collateral_missing"));
  machine.without(kDriverRim);
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("rim_missing"));
  machine.without(kVbiosRim);
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("rim_missing"));
  machine.without(kRimAnswers);
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("ocsp_missing"));
}

TEST(AppraisalCollateral, ARelaxedRuleIsAWarningAndNotMore) {
  CollateralMachine machine;
  machine.without(kRimAnswers);
  ASSERT_TRUE(machine.policy.rules.set("ocsp_missing", attest::RuleMode::warn));
  EXPECT_THAT(machine.failed(), UnorderedElementsAre());
  EXPECT_EQ(machine.appraise().verdict.count(attest::Severity::warning), 2U);  // both manifests are of this chain
}

TEST(AppraisalCollateral, SaysWhatThePlatformIsLike) {
  CollateralMachine machine;
  machine.edit_collateral = [&](std::vector<Bytes>& files) { files[kIntel] = machine.intel_of("OutOfDate"); };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("tdx_tcb_out_of_date"));
  EXPECT_EQ(machine.appraise().verdict.identity.tcb_status, "OutOfDate");
}

TEST(AppraisalCollateral, MustBeRecent) {
  CollateralMachine machine;
  machine.intel = good_collateral(machine.now - std::chrono::hours(72));
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("collateral_stale"));
}

TEST(AppraisalCollateral, RefusesADeviceThatMeasuresOtherwise) {
  CollateralMachine machine;
  machine.edit_collateral = [&](std::vector<Bytes>& files) {
    RimContent content = driver_rim(machine.driver);
    for (GoldenValue& value : content.values) {
      if (value.active) value.alternatives.front()[0] ^= 1;
    }
    files[kDriverRim] = to_bytes(make_rim(content, machine.rim_pki));
  };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("nvidia_measurements"));
}

TEST(AppraisalCollateral, LooksAtTheManifestsForThisDeviceOnly) {
  CollateralMachine machine;
  machine.edit_collateral = [&](std::vector<Bytes>& files) {
    files.push_back(to_bytes(make_rim(driver_rim("590.1.1"), machine.rim_pki)));
  };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre());
}

TEST(AppraisalCollateral, RefusesAManifestThatNvidiaDidNotSign) {
  CollateralMachine machine;
  machine.edit_collateral = [&](std::vector<Bytes>& files) {
    files[kDriverRim] = to_bytes(make_rim(driver_rim(machine.driver), make_rim_pki(machine.now)));
  };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("chain_root", "rim_missing"));
}

TEST(AppraisalCollateral, RefusesAFileThatNobodyRecognises) {
  CollateralMachine machine;
  machine.edit_collateral = [](std::vector<Bytes>& files) { files.push_back(to_bytes("a file")); };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("endorsement_unknown"));
}

TEST(AppraisalCollateral, OfTheVerifierReplacesTheEvidencesOwn) {
  CollateralMachine machine;
  EXPECT_THAT(machine.failed_with({machine.intel_of("OutOfDate")}), UnorderedElementsAre("tdx_tcb_out_of_date"));
  const Bytes good = machine.intel_of("UpToDate");
  machine.edit_collateral = [&](std::vector<Bytes>& files) { files[kIntel] = machine.intel_of("OutOfDate"); };
  EXPECT_THAT(machine.failed_with({good}), UnorderedElementsAre());
  EXPECT_THAT(machine.failed_with({}), UnorderedElementsAre("tdx_tcb_out_of_date"));
}

TEST(AppraisalCollateral, MayAllBeTheVerifiers) {
  CollateralMachine machine;
  (void)machine.bundle();
  const std::vector<Bytes> own = machine.collateral();
  machine.edit_collateral = [](std::vector<Bytes>& files) { files.clear(); };
  EXPECT_THAT(machine.failed_with(own), UnorderedElementsAre());
}

// --- by NVIDIA's service -----------------------------------------------------------

// Its token about the machine's devices, over the nonce of their evidence.
struct ServedMachine : CollateralMachine {
  SimulatedNras nras = make_nras(now);
  std::function<void(JsonMembers&)> edit_claims;
  bool other_device = false;
  Instant served = now;  // when the service was asked

  ServedMachine() {
    policy.gpu_method = attest::GpuMethod::nras;
    pin({nras.intermediate});
    edit_collateral = [this](std::vector<Bytes>& files) {
      files.resize(kDriverRim);
      files.push_back(to_bytes(nras.jwks()));
      files.push_back(to_bytes(token()));
    };
  }
  void pin(std::vector<Bytes> intermediates) {
    attest::RootSet trusted = attest::root_set(policy.roots);
    trusted.nvidia_nras = std::move(intermediates);
    policy.roots = attest::SimulatedRoots(std::move(trusted));
  }
  [[nodiscard]] std::string token() const {
    const Hash256 challenge = attest::challenge_hash(attest::ChallengeKind::nonces, tree.root());
    const Hash256 asked = attest::gpu_nonce(challenge, keyset.id);
    const auto leaf = crypto::Certificate::parse(gpus[0].chain[0]);
    JsonMembers device = gpu_claims(asked, served, NrasVersion::v3, 7);
    if (!other_device) device["ueid"] = '"' + attest::nras::ueid_of(*leaf) + '"';
    if (edit_claims) edit_claims(device);
    const DeviceTokens devices{{"GPU-0", sign_claims(device, nras)}};
    JsonMembers overall = overall_claims(asked, served, NrasVersion::v3);
    overall["submods"] = submods_of(devices);
    return detached_eat(sign_claims(overall, nras), devices);
  }
};

TEST(AppraisalService, StandsForManifestsAndRespondersWhereThePolicySaysSo) {
  ServedMachine machine;
  EXPECT_THAT(machine.failed(), UnorderedElementsAre());
}

// Whoever brings keys with the evidence could have made them.
TEST(AppraisalService, IsNotBelievedByKeysThatTheWorkerBrings) {
  ServedMachine machine;
  machine.pin({});
  EXPECT_THAT(machine.failed(), testing::Contains("nras_jwks_missing"));
  EXPECT_THAT(machine.failed_with({to_bytes(machine.nras.jwks())}), UnorderedElementsAre());
}

TEST(AppraisalService, IsNotBelievedByKeysOfAnotherIssuer) {
  ServedMachine machine;
  machine.pin({make_nras(machine.now).intermediate});
  EXPECT_THAT(machine.failed(), testing::Contains("nras_key_chain"));
}

// Evidence of this morning, and a token of this evening: each is judged as of its own time.
TEST(AppraisalService, MayBeAskedLongAfterTheEvidenceWasShown) {
  ServedMachine machine;
  machine.served = machine.now + milliseconds(2LL * 3600 * 1000);
  EXPECT_THAT(machine.failed(), testing::Contains("nras_not_yet_valid"));
  attest::AppraisalInputs with = machine.inputs();
  const auto accepted = [&](Instant service_at) {
    with.service_at = service_at;
    return attest::appraise(machine.bundle().bytes, machine.policy, with, machine.now).verdict.accepted;
  };
  EXPECT_TRUE(accepted(machine.served));
  EXPECT_FALSE(accepted(machine.served + milliseconds(2LL * 3600 * 1000)));
}

TEST(AppraisalService, IsNoFallback) {
  ServedMachine machine;
  machine.policy.gpu_method = attest::GpuMethod::local;
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("rim_missing", "ocsp_missing"));
}

TEST(AppraisalService, AndManifestsAreBothNeededWhereThePolicySaysSo) {
  ServedMachine machine;
  machine.policy.gpu_method = attest::GpuMethod::both;
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("rim_missing", "ocsp_missing"));
  machine.edit_collateral = {};
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("nras_token_missing"));
}

TEST(AppraisalService, MustVouchForThisVeryDevice) {
  ServedMachine machine;
  machine.other_device = true;
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("nras_devices"));
}

TEST(AppraisalService, MustHaveSeenThisVeryNonce) {
  ServedMachine machine;
  machine.edit_claims = [](JsonMembers& claims) { claims["eat_nonce"] = '"' + std::string(64, '0') + '"'; };
  EXPECT_THAT(machine.failed(), testing::Contains("nras_nonce"));
}

TEST(AppraisalService, SaysWhatIsWrongWithADevice) {
  ServedMachine machine;
  machine.edit_claims = [](JsonMembers& claims) { claims["measres"] = "\"fail\""; };
  EXPECT_THAT(machine.failed(), testing::Contains("nras_measurements"));
}

}  // namespace
}  // namespace aipg::tee
