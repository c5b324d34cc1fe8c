// SPDX-License-Identifier: Apache-2.0
// Healthy machines of every kind, with everything that their vendors say.
#include "tee/simulated_platform.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attest/bundle.h"
#include "tee/test_platform.h"

namespace aipg::tee {
namespace {

using testing::IsEmpty;

constexpr std::array kCpus{"tdx", "tdx-v5", "sgx", "snp-milan", "snp-genoa", "snp-turin"};
constexpr std::array kLayouts{"hopper", "hopper-ppcie-8", "blackwell", "blackwell-mpt-8"};

// Network asks for more than Milan can show; nothing else is wrong with any of them.
TestPlatform::Codes expected_of(std::string_view cpu) {
  return cpu == "snp-milan" ? TestPlatform::Codes{"snp_family_minimum"} : TestPlatform::Codes();
}

TEST(HealthyMachine, PassesEveryRuleOfTheNetworkWithItsProcessor) {
  for (const char* cpu : kCpus) {
    TestPlatform machine(*read_cpu(cpu));
    machine.judge_cpu();
    EXPECT_EQ(machine.failed(), expected_of(cpu)) << cpu << "\n" << attest::to_text(machine.verdict, false);
    EXPECT_THAT(machine.warned(), IsEmpty()) << cpu;
  }
}

TEST(HealthyMachine, PassesTheVendorsRulesWithItsProcessor) {
  for (const char* cpu : kCpus) {
    TestPlatform machine(*read_cpu(cpu), {}, "vendor");
    machine.judge_cpu();
    EXPECT_TRUE(machine.verdict.accepted) << cpu << "\n" << attest::to_text(machine.verdict, false);
    EXPECT_EQ(machine.warned(), expected_of(cpu)) << cpu;
  }
}

TEST(HealthyMachine, PassesEveryRuleWithItsDevices) {
  for (const char* base : {"network", "vendor"}) {
    for (const char* layout : kLayouts) {
      TestPlatform machine(SimulatedCpu::tdx, *read_layout(layout), base);
      machine.judge_devices();
      EXPECT_TRUE(machine.verdict.accepted) << layout << "\n" << attest::to_text(machine.verdict, false);
      EXPECT_EQ(machine.warned(), machine.inherent()) << layout;
    }
  }
}

TEST(HealthyMachine, IsToldSoByTheAttestationService) {
  for (const char* layout : kLayouts) {
    TestPlatform machine(SimulatedCpu::tdx, *read_layout(layout));
    const SimulatedToken said = machine.platform.token(machine.nonce, machine.now);
    attest::Endorsements keys;
    ASSERT_TRUE(keys.add(as_bytes(said.jwks)));
    machine.judge({.kind = attest::EvidenceKind::nras_token, .bytes = as_bytes(said.token), .nonce = machine.nonce},
                  keys);
    EXPECT_TRUE(machine.verdict.accepted) << layout << "\n" << attest::to_text(machine.verdict, false);
    EXPECT_THAT(machine.warned(), IsEmpty()) << layout;
    EXPECT_EQ(machine.verdict.identity.devices.size(), machine.platform.content.nvidia.devices.size());
  }
}

TEST(HealthyMachine, HasNoDevicesWhereNoneWereAskedFor) {
  TestPlatform machine(SimulatedCpu::tdx, *read_layout("none"));
  EXPECT_THAT(machine.platform.devices(machine.nonce), IsEmpty());
  EXPECT_EQ(machine.platform.collateral(machine.now).size(), 1U);
}

// An answer by itself is held against every manifest that is given beside it, and none of them may be damaged.
TEST(OcspAnswer, IsHeldAgainstEveryManifest) {
  TestPlatform machine(SimulatedCpu::tdx, {}, "vendor");
  const attest::Endorsements all = machine.endorsements();
  ASSERT_EQ(all.rims.size(), 2U);
  const auto failed = [&](const Bytes& answer, const std::vector<Bytes>& manifests) {
    attest::Endorsements beside;
    beside.rims = manifests;
    machine.judge({.kind = attest::EvidenceKind::ocsp, .bytes = answer}, beside);
    return machine.failed();
  };
  const TestPlatform::Codes none, other{"ocsp_other_certificate"};
  std::size_t of_manifests = 0;
  for (const Bytes& answer : all.ocsp_responses) {
    if (failed(answer, {all.rims[0]}) == other) continue;  // about the device
    ++of_manifests;
    EXPECT_EQ(failed(answer, all.rims), none);
    EXPECT_EQ(failed(answer, {all.rims[1], all.rims[0]}), none);
    Bytes damaged = all.rims[1];
    damaged[damaged.size() / 2] ^= 1;
    EXPECT_NE(failed(answer, {all.rims[0], damaged}), none);
  }
  EXPECT_EQ(of_manifests, 3U);
}

// A bundle may carry 64 files and 2 MiB in base64url.
TEST(Collateral, OfTheLargestMachineFitsIntoABundle) {
  TestPlatform machine(SimulatedCpu::snp_turin, *read_layout("hopper-ppcie-8"));
  const std::vector<NamedFile> files = machine.platform.collateral(machine.now);
  EXPECT_LE(files.size(), attest::kMaxCollateralFiles);
  std::size_t total = 0;
  for (const NamedFile& file : files) total += file.bytes.size();
  EXPECT_LT(total, 256U << 10);
  std::set<std::string> names;
  for (const NamedFile& file : files) names.insert(file.name);
  EXPECT_EQ(names.size(), files.size());
}

}  // namespace
}  // namespace aipg::tee
