// SPDX-License-Identifier: Apache-2.0
// `aipg reference` as its users run it: three people who sign one after
// another, and somebody who checks what they made.
#include "client/reference_command.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "attest/reference.h"
#include "base/hex.h"
#include "client/release_key.h"
#include "client/whole_file.h"
#include "net/loopback_test.h"

namespace aipg::client {
namespace {

using program::ExitCode;

std::string description(int version) {
  return "version = " + std::to_string(version) + R"(
issued = "2026-11-22T12:00:00Z"
expires = "2026-11-29T12:00:00Z"
platform_denied = []

[minimum]
tdx_tcb_date = "2025-05-14T00:00:00Z"
tcb_evaluation_data_number = 18
intel_crl = "2026-10-01T00:00:00Z"
amd_crl = "2026-10-01T00:00:00Z"
nvidia_driver = 570

[validators]
keys = []
quorum = 0

[[release]]
name = "aipg-guest 1.4.)" +
         std::to_string(version) + R"("
workload_hash = ")" +
         std::string(64, 'a') + R"("
models = ["llama-3-70b"]
status = "good"

[[release.boot]]
kind = "snp"
measurement = ")" +
         std::string(96, '7') + R"("
)";
}

class ReferenceCommand : public testing::Test {
 protected:
  void SetUp() override {
    keep("values.toml", description(8));
    for (const char* name : {"a.key", "b.key", "c.key"}) {
      ASSERT_EQ(run({"keygen", file(name)}), ExitCode::done) << err;
      keys.push_back(out.substr(0, 64));
    }
  }
  ExitCode run(const std::vector<std::string>& args) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const ExitCode code = reference_command(args);
    out = testing::internal::GetCapturedStdout();
    err = testing::internal::GetCapturedStderr();
    return code;
  }
  ExitCode sign(std::string_view from, std::string_view key, std::string_view to) {
    return run({"sign", file(from), "--key", file(key), "--output", file(to)});
  }
  // By the three release keys, at an instant inside its time, unless said otherwise.
  ExitCode check(std::string_view name, std::vector<std::string> more = {"--at", "2026-11-23T00:00:00Z"}) {
    std::vector<std::string> args{"check", file(name)};
    for (const std::string& key : keys) args.insert(args.end(), {"--release-key", key});
    args.insert(args.end(), more.begin(), more.end());
    return run(args);
  }
  // Values of this version in NAME.json, signed by the first two.
  void make_signed(std::string_view name, int version) {
    keep("other.toml", description(version));
    ASSERT_EQ(sign("other.toml", "a.key", name), ExitCode::done) << err;
    ASSERT_EQ(sign(name, "b.key", name), ExitCode::done) << err;
  }
  void keep(std::string_view name, std::string_view text) const {
    ASSERT_TRUE(write_whole(file(name), as_bytes(text), Readable::by_owner));
  }
  [[nodiscard]] std::string text(std::string_view name) const {
    return std::string(read_whole(file(name), 1 << 20)->reveal_text());
  }
  [[nodiscard]] std::string file(std::string_view name) const { return folder.file(name); }

  net::TemporaryFolder folder;
  std::vector<std::string> keys;  // public
  std::string out, err;
};

TEST_F(ReferenceCommand, ThreeSignersMakeWhatTwoOfThreeKeysAccept) {
  EXPECT_EQ(sign("values.toml", "a.key", "r.json"), ExitCode::done) << err;
  EXPECT_TRUE(err.contains("1 signature(s) in all")) << err;
  EXPECT_EQ(check("r.json"), ExitCode::refused);
  EXPECT_TRUE(out.starts_with("REJECTED  1 of 3 release keys signed it, 2 must\n")) << out;
  EXPECT_TRUE(out.ends_with("(document_quorum)\n")) << out;
  EXPECT_EQ(sign("r.json", "b.key", "r.json"), ExitCode::done) << err;
  EXPECT_EQ(check("r.json"), ExitCode::done) << out;
  EXPECT_TRUE(out.starts_with("good as of 2026-11-23T00:00:00Z\nreference values, version 8")) << out;
  EXPECT_TRUE(out.contains("signed by " + keys[0]) && out.contains("not by    " + keys[2])) << out;
  EXPECT_EQ(sign("r.json", "c.key", "r.json"), ExitCode::done) << err;
  EXPECT_EQ(check("r.json", {"--at", "2026-11-23T00:00:00Z", "--quorum", "3"}), ExitCode::done) << out;
}

TEST_F(ReferenceCommand, SignersSignTheSameBytes) {
  ASSERT_EQ(sign("values.toml", "a.key", "one.json"), ExitCode::done);
  ASSERT_EQ(sign("values.toml", "b.key", "two.json"), ExitCode::done);
  const auto document = [&](const char* name) {
    return attest::parse_signed_document(attest::kReferenceKind, as_bytes(text(name)))->document;
  };
  EXPECT_EQ(document("one.json"), document("two.json"));
  ASSERT_EQ(sign("one.json", "b.key", "one.json"), ExitCode::done);
  EXPECT_EQ(document("one.json"), document("two.json"));
}

TEST_F(ReferenceCommand, SigningTwiceCountsOnce) {
  ASSERT_EQ(sign("values.toml", "a.key", "r.json"), ExitCode::done);
  ASSERT_EQ(sign("r.json", "a.key", "r.json"), ExitCode::done);
  EXPECT_TRUE(err.contains("1 signature(s) in all")) << err;
  EXPECT_EQ(check("r.json"), ExitCode::refused);
}

TEST_F(ReferenceCommand, AKeyThatIsNotAReleaseKeyCountsForNothing) {
  ASSERT_EQ(run({"keygen", file("stranger.key")}), ExitCode::done);
  ASSERT_EQ(sign("values.toml", "a.key", "r.json"), ExitCode::done);
  ASSERT_EQ(sign("r.json", "stranger.key", "r.json"), ExitCode::done);
  EXPECT_EQ(check("r.json"), ExitCode::refused);
  EXPECT_TRUE(out.ends_with("(document_quorum)\n")) << out;
}

TEST_F(ReferenceCommand, RefusesAnOlderVersionAndAnotherOfTheSame) {
  make_signed("old.json", 7);
  make_signed("new.json", 8);
  const std::vector<std::string> seen_new{"--at", "2026-11-23T00:00:00Z", "--seen", file("new.json")};
  EXPECT_EQ(check("new.json", seen_new), ExitCode::done) << out;
  EXPECT_EQ(check("old.json", seen_new), ExitCode::refused);
  EXPECT_TRUE(out.ends_with("(policy_rollback)\n")) << out;
  std::string twin = description(8);
  twin.replace(twin.find("llama"), 5, "other");
  keep("twin.toml", twin);
  ASSERT_EQ(sign("twin.toml", "a.key", "twin.json"), ExitCode::done);
  ASSERT_EQ(sign("twin.json", "b.key", "twin.json"), ExitCode::done);
  EXPECT_EQ(check("twin.json", seen_new), ExitCode::refused);
  EXPECT_TRUE(out.ends_with("(policy_rollback)\n")) << out;
}

TEST_F(ReferenceCommand, HoldsTheTimeOfTheDocument) {
  make_signed("r.json", 8);
  EXPECT_EQ(check("r.json", {"--at", "2026-11-22T11:59:59Z"}), ExitCode::refused);
  EXPECT_TRUE(out.ends_with("(policy_not_yet_valid)\n")) << out;
  EXPECT_EQ(check("r.json", {"--at", "2026-11-29T12:00:00Z"}), ExitCode::done) << out;
  EXPECT_EQ(check("r.json", {"--at", "2026-11-29T12:00:01Z"}), ExitCode::refused);
  EXPECT_TRUE(out.ends_with("(policy_expired)\n")) << out;
}

TEST_F(ReferenceCommand, RefusesADocumentThatWasChanged) {
  make_signed("r.json", 8);
  attest::SignedDocument changed = *attest::parse_signed_document(attest::kReferenceKind, as_bytes(text("r.json")));
  attest::Reference content = *attest::parse_reference(changed.document);
  content.releases[0].name = "another";
  changed.document = attest::make_reference(content).bytes;
  keep("r.json", as_text(attest::write_signed_document(attest::kReferenceKind, changed)));
  EXPECT_EQ(check("r.json"), ExitCode::refused);
  EXPECT_TRUE(out.ends_with("(document_signature)\n")) << out;
}

TEST_F(ReferenceCommand, CannotReadWhatIsNoDocument) {
  make_signed("r.json", 8);
  keep("spaced.json", text("r.json") + "\n");
  EXPECT_EQ(check("spaced.json"), ExitCode::cannot_read) << "not its exact bytes";
  EXPECT_TRUE(err.ends_with("(not_canonical)\n")) << err;
  EXPECT_EQ(check("missing.json"), ExitCode::cannot_read);
  EXPECT_EQ(check("values.toml"), ExitCode::cannot_read) << "nobody signed it";
  EXPECT_TRUE(err.ends_with("(document_signatures)\n")) << err;
  keep("values.toml", "version = 8\nissued = 3\n");
  EXPECT_EQ(sign("values.toml", "a.key", "x.json"), ExitCode::cannot_read);
  EXPECT_TRUE(err.contains("values.toml line 2: issued is not")) << err;
}

TEST_F(ReferenceCommand, AsksForWhatIsMissing) {
  make_signed("r.json", 8);
  EXPECT_EQ(run({"check", file("r.json")}), ExitCode::usage) << "no keys";
  EXPECT_EQ(run({"check", file("r.json"), "--release-key", "00"}), ExitCode::usage);
  EXPECT_EQ(check("r.json", {"--quorum", "0"}), ExitCode::usage);
  EXPECT_EQ(check("r.json", {"--quorum", "4"}), ExitCode::usage);
  EXPECT_EQ(check("r.json", {"--at", "today"}), ExitCode::usage);
  for (const char* command : {"keygen", "sign", "check", "show"}) EXPECT_EQ(run({command}), ExitCode::usage) << command;
}

TEST_F(ReferenceCommand, BeginsWithADescriptionThatCanBeSigned) {
  ASSERT_EQ(run({"new"}), ExitCode::done);
  keep("new.toml", out);
  EXPECT_EQ(sign("new.toml", "a.key", "new.json"), ExitCode::done) << err;
}

TEST_F(ReferenceCommand, ShowsADocumentAndTheDescriptionOfIt) {
  make_signed("r.json", 8);
  EXPECT_EQ(run({"show", file("r.json")}), ExitCode::done);
  EXPECT_TRUE(out.starts_with("reference values, version 8, 2026-11-22T12:00:00Z to 2026-11-29T12:00:00Z\n")) << out;
  EXPECT_TRUE(out.contains("release aipg-guest 1.4.8: good")) << out;
  EXPECT_EQ(run({"show", file("r.json"), "--toml"}), ExitCode::done);
  EXPECT_EQ(out, description(8));
}

// --- private keys ------------------------------------------------------------------

TEST_F(ReferenceCommand, KeepsPrivateKeysToTheirOwner) {
  struct stat about{};
  ASSERT_EQ(::stat(file("a.key").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  const std::string before = text("a.key");
  EXPECT_EQ(run({"keygen", file("a.key")}), ExitCode::refused);
  EXPECT_TRUE(err.ends_with("(file_exists)\n")) << err;
  EXPECT_EQ(text("a.key"), before);
  ASSERT_EQ(::chmod(file("a.key").c_str(), 0640), 0);
  EXPECT_EQ(sign("values.toml", "a.key", "r.json"), ExitCode::refused);
  EXPECT_TRUE(err.ends_with("(file_open_to_others)\n")) << err;
  EXPECT_FALSE(std::filesystem::exists(file("r.json")));
}

TEST_F(ReferenceCommand, NeverPrintsAPrivateKey) {
  const std::string seed = text("a.key").substr(20);
  ASSERT_EQ(seed.size(), 32U);
  ASSERT_EQ(run({"sign", file("values.toml"), "--key", file("a.key")}), ExitCode::done);
  EXPECT_FALSE((out + err).contains(seed) || (out + err).contains(to_hex(as_bytes(seed))));
}

TEST_F(ReferenceCommand, TakesNothingElseForAPrivateKey) {
  const std::string key = text("a.key");
  for (const std::string& other : {std::string(), key.substr(1), key + "x", "X" + key.substr(1)}) {
    keep("other.key", other);
    EXPECT_EQ(sign("values.toml", "other.key", "r.json"), ExitCode::cannot_read) << other.size();
  }
}

}  // namespace
}  // namespace aipg::client
