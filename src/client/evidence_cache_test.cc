// SPDX-License-Identifier: Apache-2.0
#include "client/evidence_cache.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "client/scripted_network_test.h"
#include "client/whole_file.h"

namespace aipg::client {
namespace {

Candidate candidate(Instant verified_at) {
  ScriptedWorker worker(1);
  Candidate out{worker.entry(), {}, Bytes{1, 2, 3}, {}};
  out.appraisal.verdict.at = verified_at;
  out.freshness.nonce.fill(7);
  out.freshness.path = {1, 4, {Hash256{1}, Hash256{2}}};
  return out;
}

constexpr Instant kNow{1'800'000'000'000};

TEST(EvidenceCache, ReadsBackWhatItKept) {
  const net::TemporaryFolder folder;
  const Candidate kept = candidate(kNow);
  EvidenceCache cache(folder.file("cache/evidence"), "http://gateway");
  cache.keep(kept);
  cache.write(kNow);
  const auto read = EvidenceCache(folder.file("cache/evidence"), "http://gateway").read(kNow + seconds(5));
  ASSERT_EQ(read.size(), 1U);
  EXPECT_TRUE(equal(read[0].bundle, kept.bundle));
  EXPECT_EQ(read[0].freshness.nonce, kept.freshness.nonce);
  EXPECT_EQ(read[0].freshness.path.index, 1U);
  EXPECT_EQ(read[0].freshness.path.size, 4U);
  EXPECT_EQ(read[0].freshness.path.siblings, kept.freshness.path.siblings);
  EXPECT_EQ(read[0].entry.keyset_id, kept.entry.keyset_id);
  EXPECT_EQ(read[0].entry.models, kept.entry.models);
  EXPECT_EQ(read[0].verified_at, kNow);
}

TEST(EvidenceCache, IsForOneGateway) {
  const net::TemporaryFolder folder;
  EvidenceCache cache(folder.file("cache"), "http://gateway");
  cache.keep(candidate(kNow));
  cache.write(kNow);
  EXPECT_TRUE(EvidenceCache(folder.file("cache"), "http://other").read(kNow).empty());
}

TEST(EvidenceCache, ForgetsWhatIsTooOldOrNotYet) {
  const net::TemporaryFolder folder;
  EvidenceCache cache(folder.file("cache"), "g");
  cache.keep(candidate(kNow));
  cache.write(kNow);
  EXPECT_EQ(EvidenceCache(folder.file("cache"), "g").read(kNow + std::chrono::minutes(10)).size(), 1U);
  EXPECT_TRUE(EvidenceCache(folder.file("cache"), "g").read(kNow + std::chrono::minutes(11)).empty());
  EXPECT_TRUE(EvidenceCache(folder.file("cache"), "g").read(kNow - seconds(1)).empty());
}

TEST(EvidenceCache, IsReadableByItsOwnerOnly) {
  const net::TemporaryFolder folder;
  EvidenceCache cache(folder.file("cache"), "g");
  cache.keep(candidate(kNow));
  cache.write(kNow);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.file("cache"))) {
    struct stat status{};
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    ++files;
  }
  EXPECT_EQ(files, 1);
}

TEST(EvidenceCache, TakesADamagedFileForNone) {
  const std::string good = write_cached({{Bytes{1}, {}, ScriptedWorker(1).entry(), kNow}});
  ASSERT_TRUE(parse_cached(good).has_value());
  for (std::size_t n : {std::size_t{0}, std::size_t{1}, good.size() / 2, good.size() - 1}) {
    EXPECT_FALSE(parse_cached(good.substr(0, n)).has_value()) << n;
  }
  const net::TemporaryFolder folder;
  EXPECT_TRUE(EvidenceCache(folder.file("nowhere"), "g").read(kNow).empty());
}

TEST(WholeFile, ReadsUpToItsLimit) {
  const net::TemporaryFolder folder;
  const std::string path = folder.file("a");
  ASSERT_TRUE(write_whole(path, as_bytes("12345"), Readable::by_owner));
  EXPECT_EQ(read_whole(path, 5)->reveal_text(), "12345");
  EXPECT_EQ(read_whole(path, 4).error().code, Literal("file_too_large"));
  EXPECT_EQ(read_whole(folder.file("b"), 4).error().code, Literal("file_unreadable"));
  EXPECT_EQ(read_whole(folder.file("."), 4).error().code, Literal("file_unreadable"));
  EXPECT_EQ(write_whole(folder.file("no/b"), {}, Readable::by_all).error().code, Literal("file_unwritable"));
}

}  // namespace
}  // namespace aipg::client
