// SPDX-License-Identifier: Apache-2.0
#include "proxy/attestation_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "client/core/policy_file.h"
#include "crypto/signature.h"
#include "net/loopback_test.h"

namespace aipg::proxy {
namespace {

const Instant kNow = *parse_instant("2026-11-27T07:15:30Z") + milliseconds(7);

attest::Attestation attestation(std::string_view receipt = "a.b.c") {
  return {to_bytes("{}"), std::nullopt, std::string(receipt)};
}
mode_t mode(const std::string& path) {
  struct stat about{};
  return ::stat(path.c_str(), &about) == 0 ? about.st_mode & 07777 : 0;
}
std::string content(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(AttestationFolder, KeepsEachAttestationInAFileOfItsOwn) {
  const net::TemporaryFolder parent;
  const std::string path = parent.file("deep/kept");
  {
    auto folder = AttestationFolder::open(path, {});
    ASSERT_TRUE(folder);
    ASSERT_TRUE(folder->add(attestation(), kNow));
    ASSERT_TRUE(folder->add(attestation("d.e.f"), kNow + milliseconds(1)));
    ASSERT_TRUE(folder->add(attestation("d.e.f"), kNow + milliseconds(1)));
  }
  const auto kept = list_kept(path);
  ASSERT_TRUE(kept);
  ASSERT_EQ(kept->size(), 2U);
  EXPECT_EQ((*kept)[0].kept, kNow);
  EXPECT_EQ((*kept)[1].kept, kNow + milliseconds(1));
  EXPECT_TRUE((*kept)[0].name.starts_with("20261127T071530007-"));
  EXPECT_EQ(content(path + "/" + (*kept)[0].name), attest::write_attestation(attestation()));
}

TEST(AttestationFolder, IsItsOwnersAlone) {
  const net::TemporaryFolder parent;
  const std::string path = parent.file("kept");
  auto folder = AttestationFolder::open(path, {});
  ASSERT_TRUE(folder);
  ASSERT_TRUE(folder->add(attestation(), kNow));
  EXPECT_EQ(mode(path), 0700U);
  EXPECT_EQ(mode(path + "/" + list_kept(path)->front().name), 0600U);
}

TEST(AttestationFolder, RefusesAFolderThatOthersMayWriteTo) {
  const net::TemporaryFolder parent;
  const std::string path = parent.file("kept");
  for (const mode_t open : {0720U, 0702U, 0777U, 01777U}) {
    ::mkdir(path.c_str(), 0700);
    ::chmod(path.c_str(), open);
    const auto folder = AttestationFolder::open(path, {});
    ASSERT_FALSE(folder) << std::oct << open;
    EXPECT_EQ(folder.error().code, Literal("folder_open_to_others"));
  }
}

TEST(AttestationFolder, RefusesWhatIsNoFolder) {
  const net::TemporaryFolder parent;
  std::ofstream(parent.file("file")) << "x";
  for (const char* name : {"file", "file/below"}) {
    const auto folder = AttestationFolder::open(parent.file(name), {});
    ASSERT_FALSE(folder) << name;
    EXPECT_EQ(folder.error().code, Literal("folder_unusable"));
  }
}

TEST(AttestationFolder, SaysWhenItCannotWrite) {
  const net::TemporaryFolder parent;
  const std::string path = parent.file("kept");
  auto folder = AttestationFolder::open(path, {});
  ASSERT_TRUE(folder);
  std::filesystem::remove_all(path);
  EXPECT_EQ(folder->add(attestation(), kNow).error().code, Literal("file_unwritable"));
}

TEST(AttestationFolder, KeepsThePolicyThatJudged) {
  const net::TemporaryFolder parent;
  const std::string path = parent.file("kept");
  attest::Policy strict;
  strict.require_pq = true;
  ASSERT_TRUE(AttestationFolder::open(path, {})->add(attestation(), kNow));
  ASSERT_TRUE(AttestationFolder::open(path, strict)->add(attestation(), kNow + milliseconds(1)));
  const auto kept = list_kept(path);
  ASSERT_EQ(kept->size(), 2U);
  EXPECT_NE((*kept)[0].policy, (*kept)[1].policy);
  EXPECT_EQ(client::parse_policy(content(path + "/" + (*kept)[0].policy)), attest::Policy{});
  EXPECT_EQ(client::parse_policy(content(path + "/" + (*kept)[1].policy)), strict);
}

TEST(AttestationFolder, KeepsAPolicyThatFindsItsReferenceValuesFromElsewhere) {
  const net::TemporaryFolder parent;
  attest::Policy policy;
  const auto key = crypto::Ed25519PrivateKey::from_seed(Secret32{Hash256{1}});
  policy.reference = attest::ReferencePolicy{{{key.public_key()}, 1}, "reference.json"};
  ASSERT_TRUE(AttestationFolder::open(parent.file("kept"), policy)->add(attestation(), kNow));
  const auto kept = list_kept(parent.file("kept"));
  const auto read = client::parse_policy(content(parent.file("kept/") + kept->front().policy));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->reference->file, (std::filesystem::current_path() / "reference.json").string());
}

TEST(AttestationFolder, RefusesAPolicyFileThatIsNotWhatItSays) {
  const net::TemporaryFolder parent;
  const std::string path = parent.file("kept");
  ASSERT_TRUE(AttestationFolder::open(path, {})->add(attestation(), kNow));
  std::ofstream(path + "/" + list_kept(path)->front().policy) << "minimum_level = \"L0\"\n";
  EXPECT_EQ(AttestationFolder::open(path, {}).error().code, Literal("folder_unusable"));
}

TEST(AttestationFolder, KnowsWhatWasChangedSince) {
  const net::TemporaryFolder parent;
  const std::string path = parent.file("kept");
  ASSERT_TRUE(AttestationFolder::open(path, {})->add(attestation(), kNow));
  const auto kept = list_kept(path);
  for (const std::string& name : {kept->front().name, kept->front().policy}) {
    const std::string whole = content(path + "/" + name);
    EXPECT_TRUE(is_as_kept(name, whole)) << name;
    EXPECT_FALSE(is_as_kept(name, whole + "\n")) << name;
  }
}

TEST(AttestationFolder, ListsNothingThatIsNotItsOwn) {
  const net::TemporaryFolder parent;
  const std::string digest(16, 'a');
  for (const std::string& name : {std::string("notes.txt"), "20261327T071530007-" + digest + "-" + digest + ".json",
                                  "20261127X071530007-" + digest + "-" + digest + ".json",
                                  "20261127T071530a07-" + digest + "-" + digest + ".json",
                                  "20261127T071530007-" + digest + "-" + std::string(16, 'G') + ".json",
                                  "20261127T071530007-" + digest + "-" + digest + ".jsom",
                                  "20261127T071530007_" + digest + "-" + digest + ".json"}) {
    std::ofstream(parent.file(name)) << "{}";
  }
  EXPECT_TRUE(list_kept(parent.file(""))->empty());
  EXPECT_EQ(list_kept(parent.file("absent")).error().code, Literal("folder_unusable"));
}

}  // namespace
}  // namespace aipg::proxy
