// SPDX-License-Identifier: Apache-2.0
#include "collateral/cache.h"

#include <filesystem>
#include <fstream>

#include "attest/endorsements.h"
#include "net/loopback_test.h"

namespace aipg::collateral {
namespace {

namespace fs = std::filesystem;
using attest::CollateralEntry;

class Caches : public testing::Test {
 protected:
  static CollateralEntry entry(const std::string& url) {
    return {.url = url, .fetched = {1'795'000'000'000}, .items = {to_bytes(R"({"keys":[]})")}};
  }
  [[nodiscard]] std::vector<fs::path> files() const {
    std::vector<fs::path> out;
    for (const auto& each : fs::directory_iterator(path)) out.push_back(each.path());
    return out;
  }

  net::TemporaryFolder folder;
  std::string path = folder.file("collateral");
  Cache cache{path, 3};
};

TEST_F(Caches, GiveBackWhatTheyKeep) {
  ASSERT_TRUE(cache.keep(entry("https://a.example/x")));
  EXPECT_EQ(cache.find("https://a.example/x"), entry("https://a.example/x"));
  EXPECT_FALSE(cache.find("https://a.example/y"));
}

TEST_F(Caches, KeepTheLatestOfAnAddress) {
  ASSERT_TRUE(cache.keep(entry("https://a.example/x")));
  CollateralEntry newer = entry("https://a.example/x");
  newer.fetched.ms += 1000;
  ASSERT_TRUE(cache.keep(newer));
  EXPECT_EQ(cache.find("https://a.example/x"), newer);
  EXPECT_EQ(files().size(), 1U);
}

TEST_F(Caches, TakeADamagedFileForNone) {
  ASSERT_TRUE(cache.keep(entry("https://a.example/x")));
  std::ofstream(files().front(), std::ios::app) << " ";
  EXPECT_FALSE(cache.find("https://a.example/x"));
}

TEST_F(Caches, TakeAFileAboutAnotherAddressForNone) {
  ASSERT_TRUE(cache.keep(entry("https://a.example/x")));
  const fs::path kept = files().front();
  ASSERT_TRUE(cache.keep(entry("https://a.example/y")));
  for (const fs::path& each : files()) {
    if (each != kept) fs::copy_file(kept, each, fs::copy_options::overwrite_existing);
  }
  EXPECT_FALSE(cache.find("https://a.example/y"));
}

TEST_F(Caches, HoldNoMoreThanTheirBound) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(cache.keep(entry("https://a.example/" + std::to_string(i))));
  EXPECT_EQ(files().size(), 3U);
  EXPECT_TRUE(cache.find("https://a.example/9"));
}

TEST_F(Caches, AreReadableByTheirOwnerOnly) {
  ASSERT_TRUE(cache.keep(entry("https://a.example/x")));
  const fs::perms others = fs::perms::group_all | fs::perms::others_all;
  EXPECT_EQ(fs::status(files().front()).permissions() & others, fs::perms::none);
}

TEST_F(Caches, HoldFilesThatAreTakenAsCollateral) {
  ASSERT_TRUE(cache.keep(entry("https://a.example/x")));
  std::ifstream file(files().front(), std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  attest::Endorsements endorsements;
  ASSERT_TRUE(endorsements.add(as_bytes(text)));
  EXPECT_EQ(endorsements.jwks.size(), 1U);
}

}  // namespace
}  // namespace aipg::collateral
