// SPDX-License-Identifier: Apache-2.0
#include "client/reference_values.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "client/whole_file.h"

namespace aipg::client {
namespace {

namespace fs = std::filesystem;
using crypto::Ed25519PrivateKey;

constexpr milliseconds kDay{24LL * 3600 * 1000};

class ReferenceFile : public testing::Test {
 protected:
  ReferenceFile() {
    std::string path = (fs::temp_directory_path() / "aipg-reference-XXXXXX").string();
    folder = ::mkdtemp(path.data());
    for (int i = 0; i < 3; ++i) keys.push_back(Ed25519PrivateKey::generate(rng));
    policy.reference.emplace();
    policy.reference->file = folder + "/reference.json";
    for (const auto& key : keys) policy.reference->release_keys.keys.push_back(key.public_key());
  }
  ~ReferenceFile() override { fs::remove_all(folder); }

  // Puts a document of this version in place, signed by two.
  void publish(std::uint64_t version, std::string_view name = "a release") const {
    attest::Reference content;
    content.version = version;
    content.issued = now - kDay;
    content.expires = now + kDay;
    content.releases = {{std::string(name), Hash256{1}, {attest::BootTuple{}}, {}, attest::ReleaseStatus::good, {}}};
    attest::SignedDocument out{attest::make_reference(content).bytes, {}};
    for (std::size_t i : {0, 2}) attest::sign_document(attest::kReferenceKind, keys[i], out);
    const Bytes envelope = attest::write_signed_document(attest::kReferenceKind, out);
    ASSERT_TRUE(replace_whole(policy.reference->file, envelope));
  }
  std::string load(Instant at) {
    const auto loaded = load_reference(policy, at, folder + "/state");
    if (!loaded) return std::string(loaded.error().code.view());
    return *loaded == nullptr ? "none" : std::to_string((*loaded)->content().version);
  }
  std::string load() { return load(now); }

  const Instant now = *parse_instant("2026-11-22T12:00:00Z");
  crypto::SystemRng rng;
  std::vector<Ed25519PrivateKey> keys;
  std::string folder;
  attest::Policy policy;
};

TEST_F(ReferenceFile, IsReadWhereThePolicyNamesOne) {
  publish(7);
  EXPECT_EQ(load(), "7");
  policy.reference.reset();
  EXPECT_EQ(load(), "none");
}

TEST_F(ReferenceFile, OfAnOlderVersionIsRefusedForGood) {
  publish(7);
  EXPECT_EQ(load(), "7");
  publish(6);
  EXPECT_EQ(load(), "policy_rollback");
  publish(8);
  EXPECT_EQ(load(), "8");
  publish(7);
  EXPECT_EQ(load(), "policy_rollback");
}

TEST_F(ReferenceFile, OfTheSameVersionMustBeTheSame) {
  publish(7);
  EXPECT_EQ(load(), "7");
  EXPECT_EQ(load(), "7");
  publish(7, "another release");
  EXPECT_EQ(load(), "policy_rollback");
}

TEST_F(ReferenceFile, IsRememberedWhateverTheOrderOfTheKeys) {
  publish(7);
  EXPECT_EQ(load(), "7");
  std::ranges::reverse(policy.reference->release_keys.keys);
  publish(6);
  EXPECT_EQ(load(), "policy_rollback");
}

TEST_F(ReferenceFile, IsRefusedOutsideItsTime) {
  publish(7);
  EXPECT_EQ(load(now + kDay + milliseconds(1)), "policy_expired");
  EXPECT_EQ(load(now - kDay - milliseconds(60'000)), "policy_not_yet_valid");
}

TEST_F(ReferenceFile, IsRefusedWithTooFewSignatures) {
  publish(7);
  policy.reference->release_keys.keys.pop_back();
  EXPECT_EQ(load(), "document_quorum");
}

TEST_F(ReferenceFile, IsMissed) { EXPECT_EQ(load(), "file_unreadable"); }

TEST_F(ReferenceFile, IsNotBelievedWhenWhatWasSeenIsDamaged) {
  publish(7);
  EXPECT_EQ(load(), "7");
  for (const auto& entry : fs::directory_iterator(folder + "/state")) {
    if (entry.path().extension() == ".json") std::ofstream(entry.path()) << "{}";
  }
  EXPECT_EQ(load(), "reference_state");
}

}  // namespace
}  // namespace aipg::client
