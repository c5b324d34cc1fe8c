// SPDX-License-Identifier: Apache-2.0
#include "client/core/candidates.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "crypto/digest.h"

namespace aipg::client {
namespace {

constexpr std::string_view kChat = "/v1/chat/completions";

api::DirectoryEntry entry(std::string worker, std::string stake = {}, api::Price price = {100, 100}) {
  api::DirectoryEntry out;
  out.keyset_id = crypto::sha256(as_bytes(worker));
  out.worker_id = std::move(worker);
  out.stake_id = std::move(stake);
  out.suites = {1, 2};
  out.models = {{"m", {std::string(kChat)}, price}};
  return out;
}

std::vector<std::string> names(const Entries& entries) {
  std::vector<std::string> out;
  for (const auto* each : entries) out.push_back(each->worker_id);
  return out;
}

Wanted chat(std::size_t count = 2) { return {"m", std::string(kChat), count, false}; }

TEST(Candidates, AreOnlyThoseThatOfferModelAndPath) {
  api::Directory directory;
  directory.entries = {entry("a"), entry("b"), entry("c")};
  directory.entries[0].models[0].name = "other";
  directory.entries[1].models[0].paths = {"/v1/completions"};
  crypto::SystemRng rng;
  EXPECT_EQ(names(draw_candidates(entries_of(directory), chat(3), rng)), std::vector<std::string>{"c"});
}

TEST(Candidates, AreNoneInAnEmptyDirectory) {
  crypto::SystemRng rng;
  EXPECT_TRUE(draw_candidates({}, chat(), rng).empty());
}

TEST(Candidates, AreOfDifferentWorkersAndStakes) {
  api::Directory directory;
  directory.entries = {entry("a", "s1"), entry("b", "s1"), entry("c", "s2"), entry("c", "s3"), entry("d"), entry("e")};
  crypto::SystemRng rng;
  for (int i = 0; i < 200; ++i) {
    std::set<std::string> workers, stakes;
    const auto drawn = draw_candidates(entries_of(directory), chat(3), rng);
    ASSERT_EQ(drawn.size(), 3U);
    for (const auto* each : drawn) {
      EXPECT_TRUE(workers.insert(each->worker_id).second);
      if (!each->stake_id.empty()) EXPECT_TRUE(stakes.insert(each->stake_id).second);
    }
  }
}

TEST(Candidates, LackNoPostQuantumKeyWhereThePolicyAsksForOne) {
  api::Directory directory;
  directory.entries = {entry("a"), entry("b")};
  directory.entries[0].suites = {1};
  Wanted wanted = chat();
  wanted.require_pq = true;
  crypto::SystemRng rng;
  EXPECT_EQ(names(draw_candidates(entries_of(directory), wanted, rng)), std::vector<std::string>{"b"});
}

// Weights are 4000 and 1000 at the extremes: of 4000 draws about 3200 are the
// cheap one. Bounds are 12 standard deviations away.
TEST(Candidates, AreCheapOnesMoreOftenButNeverOnlyThose) {
  api::Directory directory;
  directory.entries = {entry("cheap", {}, {0, 0}), entry("dear", {}, {~0ULL >> 12, ~0ULL >> 12})};
  crypto::SystemRng rng;
  int cheap = 0;
  for (int i = 0; i < 4000; ++i)
    cheap += draw_candidates(entries_of(directory), chat(1), rng)[0]->worker_id == "cheap" ? 1 : 0;
  EXPECT_GT(cheap, 2900);
  EXPECT_LT(cheap, 3500);
}

TEST(Candidates, ComeInEveryOrder) {
  api::Directory directory;
  directory.entries = {entry("a"), entry("b"), entry("c")};
  crypto::SystemRng rng;
  std::set<std::vector<std::string>> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(names(draw_candidates(entries_of(directory), chat(), rng)));
  EXPECT_EQ(seen.size(), 6U);
}

}  // namespace
}  // namespace aipg::client
