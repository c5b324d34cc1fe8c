// SPDX-License-Identifier: Apache-2.0
// Candidates that a session keeps ready, so that a request costs no round trip
// before its own. As in session_test.cc, what decides is what reached whom.
#include "client/core/session.h"

#include <gtest/gtest.h>

#include "client/scripted_network_test.h"

namespace aipg::client {
namespace {

class CountingRng final : public crypto::Rng {
 public:
  void fill(MutableByteView out) override {
    drawn += out.size();
    system_.fill(out);
  }
  std::size_t drawn = 0;

 private:
  crypto::SystemRng system_;
};

struct KeptReady : ScriptedNetwork {
  void prepare(std::size_t count, milliseconds ahead) {
    run([](KeptReady& self, std::size_t n, milliseconds margin) -> net::Task<void> {
      const Wanted wanted{"test-model", std::string(kChatPath), n, false};
      self.prepared = co_await self.mine().prepare(*self.gateway, wanted, margin);
    }(*this, count, ahead));
  }
  Session& mine() {
    if (!session_) {
      session_ = std::make_unique<Session>(
          SessionOptions{.policy = policy(), .api_key = "grid_key", .recipients = 2, .known_first = true}, clock,
          counted);
    }
    return *session_;
  }
  // What one request draws at random.
  std::size_t drawn_by_asking() {
    const std::size_t before = counted.drawn;
    ask(mine());
    return counted.drawn - before;
  }
  Outcome<std::vector<Candidate>> prepared = std::unexpected(Failure{});
  CountingRng counted;

 private:
  std::unique_ptr<Session> session_;
};

TEST_F(KeptReady, CostARequestNoRoundTripBeforeItsOwn) {
  for (std::uint8_t number = 1; number <= 5; ++number) add(number);
  prepare(3, milliseconds(0));
  ASSERT_TRUE(prepared.has_value());
  EXPECT_EQ(prepared->size(), 3U);
  EXPECT_EQ(mine().known().size(), 3U);
  const Wanted wanted{"test-model", std::string(kChatPath), 2, false};
  EXPECT_EQ(mine().ready(wanted, milliseconds(0)), 3U);
  EXPECT_EQ(mine().ready(wanted, std::chrono::minutes(11)), 0U);
  EXPECT_EQ(mine().ready({"another", std::string(kChatPath), 2, false}, milliseconds(0)), 0U);
  const int before = challenges;
  for (int i = 0; i < 10; ++i) {
    ask(mine());
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(seen.recipients, 2U);
  }
  EXPECT_EQ(challenges, before);
  EXPECT_EQ(directories, 1);
}

// New keys have to be verified first; the old ones open what is sealed to them meanwhile.
TEST_F(KeptReady, AreAskedUnderTheirOldKeysUntilTheNewOnesAreVerified) {
  add(1);
  prepare(1, milliseconds(0));
  ASSERT_TRUE(prepared.has_value());
  const Hash256 old = workers[0]->machine.keyset.id;
  rotate(*workers[0]);
  clock.advance(std::chrono::seconds(31));  // the directory is another
  ask(mine());
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->worker.entry.keyset_id, old);
  EXPECT_EQ(challenges, 1);
  EXPECT_EQ(directories, 2);
  const Wanted wanted{"test-model", std::string(kChatPath), 2, false};
  EXPECT_TRUE(mine().can_ask(wanted));
  EXPECT_EQ(mine().ready(wanted, milliseconds(0)), 0U);
  prepare(1, milliseconds(0));
  EXPECT_EQ(challenges, 2);
  EXPECT_EQ(mine().ready(wanted, milliseconds(0)), 1U);
  // A worker that is not there at all is nobody's.
  edit_directory = [](api::Directory& directory) { directory.entries.clear(); };
  clock.advance(std::chrono::seconds(31));
  ask(mine());
  EXPECT_FALSE(result.has_value());
  EXPECT_FALSE(mine().can_ask(wanted));
}

// Others who have been verified and do not offer what is wanted are no reason to wait for the new keys.
TEST_F(KeptReady, AreAskedUnderTheirOldKeysWhereOthersOfferSomethingElse) {
  for (std::uint8_t number = 1; number <= 3; ++number) add(number);
  prepare(3, milliseconds(0));
  ASSERT_TRUE(prepared.has_value());
  const Hash256 old = workers[0]->machine.keyset.id;
  const int before = challenges;
  rotate(*workers[0]);
  clock.advance(std::chrono::seconds(31));  // the directory is another
  edit_directory = [](api::Directory& directory) {
    for (api::DirectoryEntry& entry : directory.entries) {
      if (entry.worker_id != "w-1") entry.models[0].name = "another";
    }
  };
  ask(mine());
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->worker.entry.keyset_id, old);
  EXPECT_EQ(challenges, before);
}

// Nor are others who have no post-quantum key, where that is preferred.
TEST_F(KeptReady, AreAskedUnderTheirOldKeysBeforeOthersUnderALowerSuite) {
  add(1);
  add(2, Suites::x25519_only);
  Session patient({.policy = policy(), .api_key = "grid_key", .recipients = 1, .known_first = true, .prefer_pq = true},
                  clock, counted);
  run([](KeptReady& self, Session& asked) -> net::Task<void> {
    const auto all = co_await asked.candidates(*self.gateway, {"test-model", std::string(kChatPath), 2, false}, true);
    EXPECT_TRUE(all.has_value());
  }(*this, patient));
  ASSERT_EQ(patient.known().size(), 2U);
  rotate(*workers[0]);
  clock.advance(std::chrono::seconds(31));
  ask(patient);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(seen.suite, 2U);
  EXPECT_EQ(result->worker.entry.worker_id, "w-1");
}

// Who was asked under old keys in vain is not asked under them again.
TEST_F(KeptReady, AreVerifiedUnderTheirNewKeysWhenTheOldOnesAreRefused) {
  add(1);
  prepare(1, milliseconds(0));
  ASSERT_TRUE(prepared.has_value());
  ScriptedWorker& worker = *workers[0];
  rotate(worker);
  worker.secrets->keyset_id = worker.machine.keyset.id;
  clock.advance(std::chrono::seconds(31));
  inference = [this](net::Exchange& exchange, Bytes wire, int number) {
    return number == 1 ? refuse(exchange, api::ErrorCode::worker_key_expired) : send(exchange, honest_answer(wire));
  };
  ask(mine());
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->worker.entry.keyset_id, worker.machine.keyset.id);
  EXPECT_EQ(challenges, 2);
  EXPECT_EQ(inferences, 2);
}

// Nor under those before them, that it was verified under when it was there twice.
TEST_F(KeptReady, AreVerifiedUnderTheirNewestKeysWhateverOldOnesAreKnown) {
  add(1);
  ScriptedWorker& worker = *workers[0];
  for (int i = 0; i < 2; ++i) {
    prepare(1, milliseconds(0));
    ASSERT_TRUE(prepared.has_value());
    rotate(worker);
    if (i == 0) clock.advance(std::chrono::seconds(31));
  }
  ASSERT_EQ(mine().known().size(), 2U);
  worker.secrets->keyset_id = worker.machine.keyset.id;
  inference = [this](net::Exchange& exchange, Bytes wire, int number) {
    return number == 1 ? refuse(exchange, api::ErrorCode::worker_key_expired) : send(exchange, honest_answer(wire));
  };
  ask(mine());  // by the directory before it rotated last
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->worker.entry.keyset_id, worker.machine.keyset.id);
  EXPECT_EQ(inferences, 2);
  EXPECT_EQ(mine().known().size(), 1U);
}

// Each request is another: its worker opens it, and what it was sealed with is not there for the next.
TEST_F(KeptReady, CanBeSealedToWithWhatWasDrawnAhead) {
  constexpr std::size_t kXWingDraws = 64;
  ScriptedWorker& worker = add(1);
  prepare(1, milliseconds(0));
  const std::size_t all = drawn_by_asking();
  for (std::size_t i = 1; i <= 3; ++i) {
    mine().draw_ahead();
    const std::size_t drawn_ahead = counted.drawn;
    mine().draw_ahead();
    EXPECT_EQ(counted.drawn, drawn_ahead);
    EXPECT_EQ(drawn_by_asking(), all - kXWingDraws);
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(drawn_by_asking(), all);
    EXPECT_EQ(worker.opened.size(), 1 + 2 * i);
  }
}

TEST_F(KeptReady, AreVerifiedAnewBeforeTheirTimeIsOver) {
  add(1);
  prepare(2, milliseconds(0));
  clock.advance(std::chrono::minutes(9));
  prepare(2, std::chrono::minutes(2));
  EXPECT_EQ(challenges, 2);
  clock.advance(std::chrono::minutes(5));  // past the first verdict's time
  prepare(2, milliseconds(0));
  EXPECT_EQ(challenges, 2);
}

TEST_F(KeptReady, AreNotVerifiedAnewForNothing) {
  add(1);
  add(2);
  for (int i = 0; i < 3; ++i) prepare(2, std::chrono::minutes(2));
  EXPECT_EQ(challenges, 1);
}

TEST_F(KeptReady, GoWhenLaterEvidenceIsRejected) {
  add(1);
  prepare(1, milliseconds(0));
  ASSERT_EQ(mine().known().size(), 1U);
  edit_evidence = [](api::ChallengeAnswer& answer) { answer.evidence[0].bundle[40] ^= 1; };
  prepare(1, std::chrono::minutes(20));
  ASSERT_FALSE(prepared.has_value());
  EXPECT_EQ(prepared.error().kind, Failure::Kind::no_candidate);
  EXPECT_TRUE(mine().known().empty());
}

TEST_F(KeptReady, GoWhenTheEvidenceOfTheirNewKeysIsRejected) {
  add(1);
  prepare(1, milliseconds(0));
  ASSERT_TRUE(prepared.has_value());
  rotate(*workers[0]);
  clock.advance(std::chrono::seconds(31));
  edit_evidence = [](api::ChallengeAnswer& answer) { answer.evidence[0].bundle[40] ^= 1; };
  prepare(1, milliseconds(0));
  EXPECT_FALSE(prepared.has_value());
  EXPECT_TRUE(mine().known().empty());
  ask(mine());
  EXPECT_FALSE(result.has_value());
  EXPECT_TRUE(received.empty());
}

TEST_F(KeptReady, AreNotUsedOnceTheDirectoryDoesNotListThem) {
  add(1);
  add(2);
  prepare(2, milliseconds(0));
  ASSERT_EQ(mine().known().size(), 2U);
  workers.pop_back();
  run([](KeptReady& self) -> net::Task<void> { (void)co_await self.mine().fresh_directory(*self.gateway); }(*this));
  EXPECT_EQ(directories, 2);
  for (int i = 0; i < 5; ++i) {
    ask(mine());
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(seen.recipients, 1U);
    EXPECT_EQ(seen.worker, "w-1");
  }
}

TEST_F(KeptReady, SayWhyThereAreNone) {
  prepare(2, milliseconds(0));
  ASSERT_FALSE(prepared.has_value());
  EXPECT_EQ(prepared.error().api, api::ErrorCode::no_confidential_worker);
}

}  // namespace
}  // namespace aipg::client
