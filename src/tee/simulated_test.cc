// SPDX-License-Identifier: Apache-2.0
#include "tee/simulated.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "attest/appraise.h"
#include "attest/evidence.h"
#include "crypto/certificate.h"
#include "tee/simulated_authorities.h"
#include "tee/test_machine.h"

namespace aipg::tee {
namespace {

namespace fs = std::filesystem;

// A state folder of its own, gone afterwards.
class SimulatedTee : public testing::Test {
 protected:
  SimulatedTee() {
    std::string path = (fs::temp_directory_path() / "aipg-simulated-XXXXXX").string();
    folder_ = ::mkdtemp(path.data());
  }
  ~SimulatedTee() override { fs::remove_all(folder_); }

  SimulatedMachine machine() const { return {.workload_hash = test_.manifest.hash, .now = test_.now}; }

  std::string folder_;
  TestMachine test_;
};

TEST_F(SimulatedTee, MakesEvidenceThatItsOwnRootsAccept) {
  for (const SimulatedCpu cpu : {SimulatedCpu::tdx, SimulatedCpu::tdx_v5, SimulatedCpu::snp_genoa}) {
    SimulatedMachine about = machine();
    about.cpu = cpu;
    auto attester = SimulatedAttester::open(folder_ + "/made/on/first/use", about);
    ASSERT_TRUE(attester);
    test_.policy.roots = attest::SimulatedRoots((*attester)->roots());
    test_.policy.releases = {{"simulated", (*attester)->boot(), test_.manifest.hash}};
    ask_for_healthy_firmware(cpu, test_.policy);
    const auto bundle =
        collect_evidence(**attester, {.value = test_.tree.root()}, test_.keyset, test_.manifest, test_.now);
    ASSERT_TRUE(bundle);
    const attest::Appraisal result = attest::appraise(bundle->bytes, test_.policy, test_.inputs(), test_.now);
    EXPECT_TRUE(result.verdict.accepted) << attest::to_text(result.verdict, true);
  }
}

TEST_F(SimulatedTee, ShowsWithItsEvidenceWhatVendorsSay) {
  for (const SimulatedCpu cpu : {SimulatedCpu::tdx, SimulatedCpu::snp_genoa}) {
    SimulatedMachine about = machine();
    about.cpu = cpu;
    auto attester = SimulatedAttester::open(folder_, about);
    ASSERT_TRUE(attester);
    const Instant later = test_.now + std::chrono::hours(24 * 90);  // everything vendors said at first has ended
    const auto bundle = collect_evidence(**attester, {.value = test_.tree.root()}, test_.keyset, test_.manifest, later);
    ASSERT_TRUE(bundle);
    const auto read = attest::parse_bundle(bundle->bytes);
    ASSERT_TRUE(read);
    attest::Endorsements endorsements;
    for (const Bytes& file : read->collateral) EXPECT_TRUE(endorsements.add(file));
    endorsements.certificates = read->cpu_chain;
    EXPECT_EQ(read->cpu_chain.size(), is_snp(cpu) ? 3U : 0U);
    attest::Policy policy = *attest::ready_policy("vendor");
    policy.roots = attest::SimulatedRoots((*attester)->roots());
    const auto kind = is_snp(cpu) ? attest::EvidenceKind::snp_report : attest::EvidenceKind::tdx_quote;
    policy.snp_guest.host_data = test_.manifest.hash;
    policy.tdx_guest.rtmr[3] = attest::workload_rtmr3(test_.manifest.hash);
    const auto verdict = attest::verify_evidence({.kind = kind, .bytes = read->quote}, endorsements, policy, later);
    EXPECT_TRUE(verdict.accepted) << attest::to_text(verdict, true);
  }
}

TEST_F(SimulatedTee, HoldsNoGuestInAnEnclave) {
  SimulatedMachine about = machine();
  about.cpu = SimulatedCpu::sgx;
  EXPECT_EQ(SimulatedAttester::open(folder_, about).error().code.view(), "tee_quote");
}

TEST_F(SimulatedTee, KeepsItsRootsAndItsPlatformOverARestart) {
  const auto first = open_pki(folder_, test_.now);
  const auto second = open_pki(folder_, test_.now + std::chrono::hours(24));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->ppid, second->ppid);
  EXPECT_EQ(first->roots().intel, second->roots().intel);
  EXPECT_EQ(first->roots().nvidia_device, second->roots().nvidia_device);
  EXPECT_TRUE(equal(first->pck_key.public_key().xy(), second->pck_key.public_key().xy()));
  ASSERT_EQ(second->responders.size(), 3U);
  EXPECT_EQ(first->responders[2].certificate, second->responders[2].certificate);
}

TEST_F(SimulatedTee, WritesKeysForTheOwnerOnly) {
  ASSERT_TRUE(open_pki(folder_, test_.now));
  for (const char* name :
       {"pck.key", "provisioner.key", "tcb-signing.key", "platform-ca.key", "intel-root.key", "responder-0.key"}) {
    struct stat info{};
    ASSERT_EQ(::stat((folder_ + "/simulated-tee/" + name).c_str(), &info), 0) << name;
    EXPECT_EQ(info.st_mode & 0777, 0600U) << name;
  }
}

TEST_F(SimulatedTee, RefusesAFolderMadeBeforeThereWereResponders) {
  ASSERT_TRUE(open_pki(folder_, test_.now));
  for (const char* name : {"responder-0", "responder-1", "responder-2"}) {
    for (const char* ending : {".pem", ".key"}) fs::remove(folder_ + "/simulated-tee/" + name + ending);
  }
  EXPECT_EQ(open_pki(folder_, test_.now).error().code.view(), "simulator_state_format");
}

TEST_F(SimulatedTee, RefusesDamagedState) {
  ASSERT_TRUE(open_pki(folder_, test_.now));
  std::ofstream(folder_ + "/simulated-tee/pck.key", std::ios::trunc) << "00";
  const auto again = open_pki(folder_, test_.now);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code.view(), "simulator_state");
}

TEST_F(SimulatedTee, KeepsWhatItSignsCollateralWithOverARestart) {
  const auto first = open_pki(folder_, test_.now), second = open_pki(folder_, test_.now);
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(first->intel.tcb_signing_chain.empty());
  EXPECT_EQ(first->intel.tcb_signing_chain, second->intel.tcb_signing_chain);
  EXPECT_TRUE(equal(first->intel.root.public_key().xy(), second->intel.root.public_key().xy()));
  EXPECT_TRUE(equal(first->intel.platform_ca.public_key().xy(), second->intel.platform_ca.public_key().xy()));
  EXPECT_TRUE(equal(first->intel.tcb_signing.public_key().xy(), second->intel.tcb_signing.public_key().xy()));
}

TEST_F(SimulatedTee, RefusesAFolderMadeBeforeThereWasCollateral) {
  ASSERT_TRUE(open_pki(folder_, test_.now));
  for (const char* name : {"tcb-signing-chain.pem", "tcb-signing.key", "platform-ca.key", "intel-root.key"}) {
    ASSERT_TRUE(fs::remove(folder_ + "/simulated-tee/" + name)) << name;
  }
  EXPECT_EQ(open_pki(folder_, test_.now).error().code.view(), "simulator_state_format");
}

TEST_F(SimulatedTee, TakesACompleteFolderOfTheFirstFormat) {
  ASSERT_TRUE(open_pki(folder_, test_.now));
  ASSERT_TRUE(fs::remove(folder_ + "/simulated-tee/format"));
  EXPECT_TRUE(open_authorities(folder_, test_.now, Amd::without));
}

TEST_F(SimulatedTee, RefusesAFolderOfALaterFormat) {
  for (const char* part : {"simulated-tee", "simulated-rim", "simulated-nras"}) {
    ASSERT_TRUE(open_authorities(folder_, test_.now, Amd::without));
    std::ofstream(folder_ + "/" + part + "/format", std::ios::trunc) << "3\n";
    EXPECT_EQ(open_authorities(folder_, test_.now, Amd::without).error().code.view(), "simulator_state_format") << part;
    fs::remove_all(folder_ + "/" + part);
  }
}

TEST_F(SimulatedTee, KeepsEveryAuthorityOverARestart) {
  const auto first = open_authorities(folder_, test_.now, Amd::with);
  const auto second = open_authorities(folder_, test_.now + std::chrono::hours(24), Amd::with);
  ASSERT_TRUE(first && second);
  const attest::RootSet before = first->roots(), after = second->roots();
  EXPECT_EQ(before.intel, after.intel);
  EXPECT_EQ(before.amd, after.amd);
  EXPECT_EQ(before.amd.size(), 3U);
  EXPECT_EQ(before.nvidia_device, after.nvidia_device);
  EXPECT_EQ(before.nvidia_rim, after.nvidia_rim);
  EXPECT_EQ(before.nvidia_nras, after.nvidia_nras);
  EXPECT_EQ(first->amd->hwid, second->amd->hwid);
  EXPECT_TRUE(equal(first->amd->chip_key.public_key().xy(), second->amd->chip_key.public_key().xy()));
  EXPECT_TRUE(equal(first->rim.key.public_key().xy(), second->rim.key.public_key().xy()));
  EXPECT_TRUE(equal(first->nras.key.public_key().xy(), second->nras.key.public_key().xy()));
  EXPECT_EQ(first->rim.responders[0].certificate, second->rim.responders[0].certificate);
}

TEST_F(SimulatedTee, RefusesAFolderWithSomeOfTheCollateralsKeys) {
  ASSERT_TRUE(open_pki(folder_, test_.now));
  ASSERT_TRUE(fs::remove(folder_ + "/simulated-tee/platform-ca.key"));
  EXPECT_EQ(open_pki(folder_, test_.now).error().code.view(), "simulator_state");
}

TEST_F(SimulatedTee, RefusesAFolderThatCannotBeMade) {
  std::ofstream(folder_ + "/file") << "x";
  const auto opened = SimulatedAttester::open(folder_ + "/file/below", machine());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code.view(), "simulator_state");
}

TEST_F(SimulatedTee, EveryRootSaysSimulated) {
  const attest::RootSet roots = test_.pki.roots();
  for (const std::vector<Bytes>& set : {roots.intel, roots.nvidia_device}) {
    for (const Bytes& root : set) {
      EXPECT_THAT(crypto::Certificate::parse(root)->subject_common_name(), testing::StartsWith("SIMULATED "));
    }
  }
}

}  // namespace
}  // namespace aipg::tee
