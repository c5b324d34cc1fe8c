// SPDX-License-Identifier: Apache-2.0
#include "client/core/session_memory.h"

#include <gtest/gtest.h>

#include <thread>

#include "client/core/session_state.h"
#include "client/scripted_network_test.h"

namespace aipg::client {
namespace {

// Accepted a second after its machine's evidence.
SharedCandidate accepted(ScriptedWorker& worker, Instant at) {
  attest::Policy policy;
  policy.roots = worker.machine.policy.roots;
  policy.releases = worker.machine.policy.releases;
  policy.minimum_level = attest::Level::l0;
  const Hash256 nonce{1};
  const api::ChallengeAnswer::Evidence evidence = worker.evidence(nonce);
  SharedCache cache(policy);
  Candidate out = judge(worker.entry(), evidence.bundle, {nonce, evidence.path}, {policy, ""}, cache, at);
  EXPECT_TRUE(out.appraisal.worker) << attest::to_text(out.appraisal.verdict, false);
  return std::make_shared<const Candidate>(std::move(out));
}

class SessionMemoryTest : public testing::Test {
 protected:
  SessionMemory memory;
  ScriptedWorker first{1}, second{2};
  const Instant now = first.machine.now + milliseconds(1000);
};

TEST_F(SessionMemoryTest, KeepsADirectoryForHalfAMinute) {
  EXPECT_FALSE(memory.directory(milliseconds(0)));
  memory.keep(std::make_shared<const api::Directory>(), milliseconds(1000));
  EXPECT_TRUE(memory.directory(milliseconds(30'999)));
  EXPECT_FALSE(memory.directory(milliseconds(31'000)));
  memory.forget_directory();
  EXPECT_FALSE(memory.directory(milliseconds(1000)));
}

TEST_F(SessionMemoryTest, GivesACandidateUntilItMayNotBeUsed) {
  const SharedCandidate known = accepted(first, now);
  const Hash256& id = known->entry.keyset_id;
  EXPECT_FALSE(memory.candidate(id, now));
  memory.keep(known);
  const Instant end = known->appraisal.worker->usable_until();
  EXPECT_EQ(memory.candidate(id, end - milliseconds(1)), known);
  EXPECT_FALSE(memory.candidate(id, end));
  EXPECT_EQ(memory.candidate(id, end - milliseconds(2), milliseconds(1)), known);
  EXPECT_FALSE(memory.candidate(id, end - milliseconds(2), milliseconds(2)));
}

TEST_F(SessionMemoryTest, AsksForNoMoreOfAVerdictThanItsKeysetHas) {
  const Instant end = first.machine.keyset.not_after;
  first.machine.now = end - std::chrono::minutes(1);
  const SharedCandidate known = accepted(first, first.machine.now);
  ASSERT_EQ(known->appraisal.worker->usable_until(), end);
  memory.keep(known);
  EXPECT_EQ(memory.candidate(known->entry.keyset_id, first.machine.now, std::chrono::minutes(2)), known);
  EXPECT_EQ(memory.candidates(first.machine.now, std::chrono::minutes(2)).size(), 1U);
  EXPECT_FALSE(memory.candidate(known->entry.keyset_id, end, milliseconds(0)));
}

TEST_F(SessionMemoryTest, GivesAllInTheDirectorysOrder) {
  memory.keep(accepted(first, now));
  memory.keep(accepted(second, now));
  const auto all = memory.candidates(now);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_LT(all[0]->entry.keyset_id, all[1]->entry.keyset_id);
  EXPECT_TRUE(memory.candidates(all[0]->appraisal.worker->usable_until()).empty());

  api::Directory directory;
  directory.entries = {all[0]->entry, all[1]->entry};
  EXPECT_EQ(known_entries(entries_of(directory), all), entries_of(directory));
  directory.entries.erase(directory.entries.begin());
  EXPECT_EQ(known_entries(entries_of(directory), all), entries_of(directory));
  EXPECT_TRUE(known_entries({}, all).empty());
  EXPECT_TRUE(known_entries(entries_of(directory), {}).empty());
}

TEST_F(SessionMemoryTest, ReplacesOnlyWhatItStillHas) {
  const SharedCandidate known = accepted(first, now), relisted = std::make_shared<const Candidate>(*known);
  const Hash256& id = known->entry.keyset_id;
  memory.keep(known);
  memory.replace(known, relisted);
  EXPECT_EQ(memory.candidate(id, now), relisted);
  memory.replace(known, known);
  EXPECT_EQ(memory.candidate(id, now), relisted) << "another came meanwhile";
  memory.drop(id);
  memory.replace(relisted, known);
  EXPECT_FALSE(memory.candidate(id, now)) << "its evidence was rejected meanwhile";
}

TEST_F(SessionMemoryTest, LetsGoOfThoseThatEndedWhenAnotherComes) {
  const SharedCandidate old = accepted(first, now);
  memory.keep(old);
  const Instant end = old->appraisal.worker->usable_until();
  second.machine.now = end;
  memory.keep(accepted(second, end));
  // Asked for an instant at which it might still have been used.
  EXPECT_FALSE(memory.candidate(old->entry.keyset_id, now));
  EXPECT_TRUE(memory.candidate(second.entry().keyset_id, end));
}

TEST_F(SessionMemoryTest, DropsTheCandidateThatIsNamed) {
  const SharedCandidate known = accepted(first, now), other = accepted(second, now);
  memory.keep(known);
  memory.keep(other);
  memory.drop(known->entry.keyset_id);
  EXPECT_FALSE(memory.candidate(known->entry.keyset_id, now));
  EXPECT_TRUE(memory.candidate(other->entry.keyset_id, now));
}

TEST_F(SessionMemoryTest, DropsOldKeysetsOfAWorkerThatIsListedUnderOthers) {
  const SharedCandidate old = accepted(first, now), other = accepted(second, now);
  memory.keep(old);
  memory.keep(other);
  api::Directory directory{.number = 1, .issued = now, .entries = {other->entry}};
  memory.drop_old(old->entry.worker_id, directory);
  EXPECT_TRUE(memory.candidate(old->entry.keyset_id, now)) << "it may come back";
  directory.entries.push_back(old->entry);
  directory.entries.back().keyset_id[0] ^= 1;
  std::ranges::sort(directory.entries, {}, &api::DirectoryEntry::keyset_id);
  memory.drop_old(old->entry.worker_id, directory);
  EXPECT_FALSE(memory.candidate(old->entry.keyset_id, now));
  memory.drop_old(other->entry.worker_id, directory);
  EXPECT_TRUE(memory.candidate(other->entry.keyset_id, now)) << "it is listed";
}

// What a missing lock breaks, it breaks in the map's links: enough threads and turns to be seen.
TEST_F(SessionMemoryTest, MayBeUsedFromManyThreads) {
  const std::vector<SharedCandidate> known{accepted(first, now), accepted(second, now)};
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int turn = 0; turn < 2000; ++turn) {
        memory.keep(known[i % 2]);
        const auto found = memory.candidate(known[i % 2]->entry.keyset_id, now);
        if (found) EXPECT_EQ(found, known[i % 2]);
        memory.keep(std::make_shared<const api::Directory>(), milliseconds(turn));
        (void)memory.directory(milliseconds(turn));
        memory.drop(known[(i + turn) % 2]->entry.keyset_id);
      }
    });
  }
  threads.clear();
  memory.keep(known[0]);
  EXPECT_TRUE(memory.candidate(known[0]->entry.keyset_id, now));
}

}  // namespace
}  // namespace aipg::client
