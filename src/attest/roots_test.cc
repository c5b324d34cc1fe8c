// SPDX-License-Identifier: Apache-2.0
// The compiled-in roots, pinned by hash. A change here is a change of whom
// everybody trusts.
#include "attest/roots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files_for_tests.h"
#include "base/hex.h"
#include "crypto/digest.h"

namespace aipg::attest {
namespace {

std::vector<std::string> hashes(const std::vector<Bytes>& certificates) {
  std::vector<std::string> out;
  for (const Bytes& der : certificates) out.push_back(to_hex(crypto::sha256(der)));
  return out;
}

const RootSet& vendors() { return VendorRoots::builtin().set(); }

TEST(VendorRoots, AreExactlyTheseSixCertificates) {
  EXPECT_THAT(hashes(vendors().intel),
              testing::ElementsAre("44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3"));
  EXPECT_THAT(hashes(vendors().amd),
              testing::ElementsAre("69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd",
                                   "4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1",
                                   "1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a"));
  EXPECT_THAT(hashes(vendors().nvidia_device),
              testing::ElementsAre("102bf659d5419614c9d8e6aecebc80454eb26b1df6a769ac720b9a690b167b48"));
  EXPECT_THAT(hashes(vendors().nvidia_rim),
              testing::ElementsAre("12977b5115acb0381179279fffeb5a8c4d264971ebb32298023a465fa41df5d1"));
}

TEST(VendorRoots, AreThoseOfTheEvidenceLibrary) {
  const std::string table = AIPG_SOURCE_DIR "/../shared/evidence/roots/ROOTS.tsv";
  if (!file_exists(table)) GTEST_SKIP() << "SKIPPED: no " << table << "; the library's hashes were not compared";
  const std::string text = read_text_file(table);
  for (const std::vector<Bytes>& set :
       {vendors().intel, vendors().amd, vendors().nvidia_device, vendors().nvidia_rim}) {
    for (const std::string& hash : hashes(set)) EXPECT_THAT(text, testing::HasSubstr(hash));
  }
}

TEST(VendorRoots, AreNarrowedButNeverWidened) {
  const RootSet wanted{.intel = {Bytes{1}, vendors().intel.front()},
                       .amd = {vendors().intel.front()},
                       .nvidia_device = vendors().nvidia_device,
                       .nvidia_rim = {}};
  const VendorRoots narrowed = VendorRoots::narrowed(wanted);
  EXPECT_EQ(narrowed.set().intel, vendors().intel);
  EXPECT_TRUE(narrowed.set().amd.empty()) << "another vendor's is not AMD's";
  EXPECT_EQ(narrowed.set().nvidia_device, vendors().nvidia_device);
  EXPECT_TRUE(narrowed.set().nvidia_rim.empty());
  EXPECT_EQ(VendorRoots::narrowed(vendors()).set(), vendors());
}

TEST(Roots, KnowWhetherTheyAreASimulators) {
  EXPECT_FALSE(is_simulated(&VendorRoots::builtin()));
  const Roots simulated =
      SimulatedRoots(RootSet{.intel = {Bytes{1}}, .amd = {}, .nvidia_device = {}, .nvidia_rim = {}});
  EXPECT_TRUE(is_simulated(simulated));
  EXPECT_EQ(root_set(simulated).intel.front(), Bytes{1});
}

}  // namespace
}  // namespace aipg::attest
