// SPDX-License-Identifier: Apache-2.0
// A whole machine whose CPU is AMD's: each test breaks one thing and names the findings.
#include "attest/snp/simulated_fixture.h"
#include "base/hex.h"
#include "tee/test_machine.h"

namespace aipg::attest::snp {
namespace {

using testing::UnorderedElementsAre;

struct SnpMachine : tee::TestMachine {
  std::function<Bytes(ByteView)> report;
  std::vector<Bytes> chain;

  Result<tee::CpuEvidence> quote(ByteView report_data) override {
    return tee::CpuEvidence{.kind = CpuKind::snp, .quote = report(report_data), .chain = chain};
  }
};

class SnpBundle : public SimulatedSnp {
 protected:
  SnpBundle() {
    machine.report = [this](ByteView report_data) {
      tee::SnpReportContent content = report;
      content.measurement = tee::simulated_measurement("image");
      content.host_data = machine.manifest.hash;
      content.report_data = to_array<64>(report_data);
      if (edit) edit(content);
      return tee::make_snp_report(content, leaf_key());
    };
    machine.chain = pool();
    machine.edit_collateral = [this](std::vector<Bytes>& files) { files[0] = list(machine.now); };
    RootSet trusted = root_set(machine.policy.roots);
    trusted.amd = roots;
    machine.policy.roots = SimulatedRoots(std::move(trusted));
    machine.policy.releases = {{"an image", SnpLaunch{tee::simulated_measurement("image")}, machine.manifest.hash}};
    machine.policy.snp_guest.minimum_tcb[static_cast<std::size_t>(Family::genoa)] = MinimumTcb{};
  }
  [[nodiscard]] Bytes list(Instant issued) const {
    return tee::issue_snp_crl({}, key.family, keys(), issued, issued + std::chrono::hours(24));
  }

  SnpMachine machine;
  std::function<void(tee::SnpReportContent&)> edit;
};

TEST_F(SnpBundle, IsAccepted) {
  EXPECT_THAT(machine.failed(), UnorderedElementsAre());
  const Identity identity = machine.appraise().verdict.identity;
  EXPECT_THAT(identity.cpu, testing::HasSubstr("AMD SEV-SNP (report v3), Genoa"));
  EXPECT_EQ(identity.boot_name, "an image");
  EXPECT_EQ(identity.platform_id, snp_platform_id(*key.hwid));
}

TEST_F(SnpBundle, BindsChallengeKeysWorkloadAndDevices) {
  edit = [](tee::SnpReportContent& content) { content.report_data[63] ^= 1; };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("snp_report_data"));
}

TEST_F(SnpBundle, WasStartedForItsManifest) {
  edit = [](tee::SnpReportContent& content) { content.host_data[0] ^= 1; };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("workload_host_data"));
}

TEST_F(SnpBundle, BootedAKnownImage) {
  edit = [](tee::SnpReportContent& content) { content.measurement[0] ^= 1; };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("workload_unbound"));
}

TEST_F(SnpBundle, IsNoTdxReleaseOfTheSameWorkload) {
  machine.policy.releases = {{"test image", machine.boot, machine.manifest.hash}};
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("workload_unbound"));
}

TEST_F(SnpBundle, NeedsAmdsList) {
  machine.edit_collateral = [](std::vector<Bytes>& files) { files.erase(files.begin()); };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("collateral_missing"));
}

TEST_F(SnpBundle, IsNotHelpedByIntelsLists) {
  machine.edit_collateral = {};
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("collateral_missing"));
}

TEST_F(SnpBundle, RefusesAListOlderThanThePolicyAsks) {
  machine.policy.snp_guest.oldest_crl = machine.now;
  EXPECT_THAT(machine.failed(), UnorderedElementsAre());
  machine.policy.snp_guest.oldest_crl = machine.now + std::chrono::seconds(1);
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("collateral_stale"));
}

TEST_F(SnpBundle, RefusesAParavisorsReport) {
  edit = [](tee::SnpReportContent& content) { content.vmpl = 1; };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("snp_vmpl"));
}

TEST_F(SnpBundle, RefusesAReportOfAnotherKey) {
  machine.report = [this](ByteView) {
    return tee::make_snp_report(report, crypto::EcPrivateKey::generate(crypto::Curve::p384));
  };
  EXPECT_THAT(machine.failed(), UnorderedElementsAre("snp_signature"));
}

TEST_F(SnpBundle, NeedsTheCertificatesInItself) {
  machine.chain = {issue_leaf()};
  EXPECT_FALSE(machine.appraise().verdict.accepted);
}

}  // namespace
}  // namespace aipg::attest::snp
