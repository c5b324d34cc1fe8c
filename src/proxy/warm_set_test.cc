// SPDX-License-Identifier: Apache-2.0
// The keeper against a scripted gateway, whose clock moves when it is told to.
#include "proxy/warm_set.h"

#include <gmock/gmock.h>

#include "proxy/proxy_network_test.h"

namespace aipg::proxy {
namespace {

struct WarmSetTest : ProxyNetwork {
  WarmSetTest() { warm_options.look = milliseconds(1); }

  // Lets the keeper look, until `condition` holds.
  void keep_until(const std::function<bool()>& condition) {
    run([](WarmSetTest& t, const std::function<bool()>& holds) -> net::Task<void> {
      bool ended = false;
      net::Event changed(t.runtime);
      t.runtime.spawn([](WarmSet& set, bool& done, net::Event& told) -> net::Task<void> {
        co_await set.keep();
        done = true;
        told.notify_all();
      }(*t.warm, ended, changed));
      do co_await t.runtime.sleep(milliseconds(1));
      while (!holds());
      t.warm->stop();
      while (!ended) co_await changed.wait();
    }(*this, condition));
  }
  // Enough looks for whatever is due to be done.
  void keep_a_while() {
    int looks = 0;
    keep_until([&] { return ++looks > 30; });
  }
  // Those are not in the directory, which is another one from now on.
  void hide(std::set<std::string> workers) {
    hidden = std::move(workers);
    edit_directory = [this, number = ++directory_number](api::Directory& directory) {
      directory.number = number;
      std::erase_if(directory.entries, [this](const auto& entry) { return hidden.contains(entry.worker_id); });
    };
  }
  std::set<std::string> hidden;
  std::uint64_t directory_number = 0;

  [[nodiscard]] std::size_t ready() const { return session->ready({"test-model", kChat, 3, false}, milliseconds(0)); }
};

TEST_F(WarmSetTest, VerifiesBeforeAnybodyAsks) {
  add(1);
  add(2);
  start();
  keep_until([&] { return ready() == 2; });
  EXPECT_EQ(directories, 1);
  EXPECT_EQ(challenges, 1);
  EXPECT_EQ(ask_proxy(kChat, kQuestion).status, 200U);
  EXPECT_EQ(directories, 1);
  EXPECT_EQ(challenges, 1);
  EXPECT_THAT(warm->models(), testing::ElementsAre("test-model"));
}

TEST_F(WarmSetTest, KeepsAFewAndNotAll) {
  for (std::uint8_t number = 1; number <= 6; ++number) add(number);
  start();
  keep_until([&] { return ready() == 3; });
  keep_a_while();
  EXPECT_EQ(ready(), 3U);
}

TEST_F(WarmSetTest, AsksForNothingMoreWhileNothingIsDue) {
  add(1);
  add(2);
  add(3);
  start();
  keep_until([&] { return ready() == 3; });
  keep_a_while();
  EXPECT_EQ(directories, 1);
  EXPECT_EQ(challenges, 1);
}

TEST_F(WarmSetTest, RefreshesTheDirectoryAndTheVerdictsBeforeTheyEnd) {
  add(1);
  add(2);
  add(3);
  start();
  keep_until([&] { return ready() == 3; });
  for (int minute = 0; minute < 14; ++minute) {
    clock.advance(std::chrono::seconds(20));
    EXPECT_EQ(ready(), 3U);  // of a directory that is not too old
    keep_a_while();
    clock.advance(std::chrono::seconds(20));
    EXPECT_EQ(ready(), 3U) << "at no instant was there nobody, minute " << minute;
    keep_a_while();
    clock.advance(std::chrono::seconds(20));
    keep_a_while();
  }
  EXPECT_GE(challenges, 2);
  EXPECT_LE(challenges, 4);
  EXPECT_GE(directories, 40);
}

TEST_F(WarmSetTest, FollowsAWorkerThatWasReplaced) {
  add(1);
  start();
  keep_until([&] { return ready() == 1; });
  const attest::Policy before = policy();
  workers[0]->machine.keyset = attest::make_keyset("w-1", clock.now(), clock.now() + std::chrono::minutes(60),
                                                   {{1, to_bytes(workers[0]->secrets->keys[0].second.public_key())}},
                                                   workers[0]->secrets->receipt_key.public_key());
  clock.advance(std::chrono::seconds(16));
  keep_until([&] { return challenges == 2; });
  keep_a_while();
  EXPECT_EQ(ready(), 1U);
}

TEST_F(WarmSetTest, VerifiesAWorkerThatIsNewHoweverLongItHadTooFew) {
  add(1);
  add(2);
  hide({"w-2"});
  start();
  keep_until([&] { return ready() == 1; });
  for (int minute = 0; minute < 12; ++minute) {  // less and less often
    clock.advance(std::chrono::minutes(1));
    for (const auto& worker : workers) worker->machine.now = clock.now();
    (void)ask_proxy(kChat, kQuestion);
    keep_a_while();
  }
  const int before = challenges;
  clock.advance(std::chrono::seconds(16));
  keep_a_while();
  ASSERT_EQ(challenges, before);
  hide({});
  clock.advance(std::chrono::seconds(16));
  keep_until([&] { return ready() == 2; });
}

TEST_F(WarmSetTest, VerifiesAWorkerThatCameBackHoweverLongItHadTooFew) {
  add(1);
  add(2);
  hide({});
  start();
  keep_until([&] { return ready() == 2; });
  for (int quarter = 0; quarter < 48; ++quarter) {  // less and less often
    clock.advance(std::chrono::seconds(15));
    for (const auto& worker : workers) worker->machine.now = clock.now();
    keep_a_while();
  }
  ASSERT_EQ(ready(), 2U);
  hide({"w-2"});
  clock.advance(std::chrono::seconds(16));
  keep_until([&] { return ready() == 1; });
  keep_a_while();  // looks for others, in vain
  rotate(*workers[1]);
  hide({});
  clock.advance(std::chrono::seconds(2));
  keep_until([&] { return ready() == 2; });
}

TEST_F(WarmSetTest, AsksMoreOftenForAWhileAfterAWorkerWent) {
  for (std::uint8_t worker = 1; worker <= 4; ++worker) add(worker);
  hide({"w-4"});
  start();
  keep_until([&] { return ready() == 3; });
  hide({"w-3", "w-4"});
  clock.advance(std::chrono::seconds(16));
  keep_until([&] { return ready() == 2; });
  hide({"w-3"});
  clock.advance(std::chrono::seconds(2));
  keep_until([&] { return ready() == 3; });
  // With as many as it wants, it is in no hurry any more.
  const int before = directories;
  for (int second = 0; second < 10; ++second) {
    clock.advance(std::chrono::seconds(1));
    keep_a_while();
  }
  EXPECT_EQ(directories, before);
}

// A request's look at the directory tells, if the next one that is due will not: by then the worker is back.
TEST_F(WarmSetTest, LooksSoonForAWorkerThatOnlyARequestSawGo) {
  for (std::uint8_t worker = 1; worker <= 3; ++worker) add(worker);
  hide({});
  start();
  keep_until([&] { return ready() == 3; });
  hide({"w-3"});
  clock.advance(std::chrono::seconds(1));
  run([](WarmSetTest& t) -> net::Task<void> {
    client::HttpGateway other(t.runtime, *t.http);
    (void)co_await t.session->fresh_directory(other);
  }(*this));
  ASSERT_EQ(ready(), 2U);
  keep_a_while();  // looks for others, in vain
  rotate(*workers[2]);
  hide({});
  clock.advance(std::chrono::seconds(2));
  keep_until([&] { return ready() == 3; });
}

// Nor the directory that lists it still: it is back in the next one.
TEST_F(WarmSetTest, LooksSoonForAWorkerThatIsListedAndNotThere) {
  for (std::uint8_t worker = 1; worker <= 3; ++worker) add(worker);
  edit_evidence = [this](api::ChallengeAnswer& answer) {
    std::erase_if(answer.evidence,
                  [this](const auto& each) { return each.keyset_id == workers[2]->machine.keyset.id; });
  };
  start();
  keep_until([&] { return ready() == 2; });
  keep_a_while();
  edit_evidence = nullptr;
  rotate(*workers[2]);
  clock.advance(std::chrono::seconds(2));
  keep_until([&] { return ready() == 3; });
}

// Nor one that is known and has no new evidence, though what is known of it holds for a while yet.
TEST_F(WarmSetTest, LooksSoonForAKnownWorkerThatIsNotThere) {
  for (std::uint8_t worker = 1; worker <= 3; ++worker) add(worker);
  start();
  keep_until([&] { return ready() == 3; });
  edit_evidence = [gone = workers[2]->machine.keyset.id](api::ChallengeAnswer& answer) {
    std::erase_if(answer.evidence, [&](const auto& each) { return each.keyset_id == gone; });
  };
  while (challenges == 1) {
    clock.advance(std::chrono::seconds(10));
    for (const auto& worker : workers) worker->machine.now = clock.now();
    keep_a_while();
  }
  ASSERT_EQ(ready(), 3U);
  rotate(*workers[2]);
  clock.advance(std::chrono::seconds(2));
  const int before = challenges;
  keep_until([&] { return challenges > before; });
  keep_a_while();
  EXPECT_EQ(ready(), 3U);
}

TEST_F(WarmSetTest, LooksAtOnceWhenItIsDoubted) {
  add(1);
  warm_options.look = std::chrono::hours(1);
  start();
  keep_until([&] { return directories == 1; });
  clock.advance(std::chrono::seconds(2));
  keep_until([&, looks = 0]() mutable {
    if (++looks == 10) warm->doubt_directory();  // well after its first look
    EXPECT_TRUE(looks >= 10 || directories == 1);
    return directories == 2;
  });
}

TEST_F(WarmSetTest, LooksForOthersSoonWhenNobodyHasAPlace) {
  add(1);
  start();
  keep_until([&] { return ready() == 1; });
  inference = [](net::Exchange& exchange, Bytes, int) { return refuse(exchange, api::ErrorCode::worker_busy); };
  clock.advance(std::chrono::seconds(2));
  keep_a_while();
  EXPECT_EQ(directories, 1);
  EXPECT_EQ(ask_proxy(kChat, kQuestion).status, 503U);
  keep_until([&] { return directories == 2; });
}

TEST_F(WarmSetTest, LooksForOthersSoonWhenARequestWasSealedAnew) {
  for (std::uint8_t worker = 1; worker <= 4; ++worker) add(worker);
  start();
  keep_until([&] { return ready() == 3; });
  inference = [this, refused = false](net::Exchange& exchange, Bytes wire, int) mutable {
    if (!std::exchange(refused, true)) return refuse(exchange, api::ErrorCode::no_confidential_worker);
    return send(exchange, honest_answer(wire));
  };
  clock.advance(std::chrono::seconds(2));
  EXPECT_EQ(ask_proxy(kChat, kQuestion).status, 200U);
  EXPECT_EQ(directories, 2) << "that of the request";
  keep_until([&] { return directories == 3; });
}

TEST_F(WarmSetTest, AsksLessAndLessOftenForADirectoryThatStaysAsItWas) {
  add(1);
  start();
  keep_until([&] { return ready() == 1; });
  for (int second = 0; second < 30; ++second) {
    warm->doubt_directory();
    clock.advance(std::chrono::seconds(1));
    keep_a_while();
  }
  EXPECT_GE(directories, 4);
  EXPECT_LE(directories, 6);
}

TEST_F(WarmSetTest, LetsGoOfAModelThatNobodyAsksForAndAsksNoMore) {
  add(1);
  start();
  keep_until([&] { return ready() == 1; });
  clock.advance(std::chrono::minutes(16));
  keep_a_while();
  EXPECT_TRUE(warm->models().empty());
  const int before = directories + challenges;
  clock.advance(std::chrono::minutes(16));
  keep_a_while();
  EXPECT_EQ(directories + challenges, before);
  // The next request begins anew.
  workers[0]->machine.now = clock.now();
  const Seen seen = ask_proxy(kChat, kQuestion);
  EXPECT_EQ(seen.status, 200U) << seen.body;
  EXPECT_THAT(warm->models(), testing::ElementsAre("test-model"));
}

TEST_F(WarmSetTest, KeepsModelsThatWereNamedWhoeverAsks) {
  add(1);
  warm_options.models = {"test-model", "not-there-yet"};
  start();
  keep_until([&] { return ready() == 1; });
  clock.advance(std::chrono::minutes(16));
  keep_until([&] { return ready() == 1; });
  EXPECT_THAT(warm->models(), testing::ElementsAre("test-model"));
}

TEST_F(WarmSetTest, WaitsLongerEachTimeForAGatewayThatDoesNotAnswer) {
  add(1);
  start();
  server.reset();
  keep_until([&] { return session->known().empty(); });
  keep_a_while();
  EXPECT_EQ(directories, 0);
  EXPECT_TRUE(warm->models().empty());
}

TEST_F(WarmSetTest, DoesNotAskAgainAndAgainForWorkersThatAreRejected) {
  add(1);
  add(2);
  attest::Policy other = policy();
  other.releases[0].workload_hash[0] ^= 1;
  start(other);
  keep_until([&] { return challenges > 0; });
  for (int i = 0; i < 20; ++i) {
    clock.advance(std::chrono::seconds(15));
    keep_a_while();
  }
  EXPECT_LE(challenges, 12);  // in five minutes
  EXPECT_EQ(ready(), 0U);
}

// However often they rotate, which makes newcomers of them.
TEST_F(WarmSetTest, DoesNotAskMoreOftenForRejectedWorkersThatRotate) {
  add(1);
  add(2);
  attest::Policy other = policy();
  other.releases[0].workload_hash[0] ^= 1;
  edit_directory = [this](api::Directory& directory) { directory.number = ++directory_number; };
  start(other);
  keep_until([&] { return challenges > 0; });
  for (int second = 0; second < 300; ++second) {
    if (second % 15 == 0) {
      for (const auto& worker : workers) rotate(*worker);
    }
    clock.advance(std::chrono::seconds(1));
    keep_until([looks = 0]() mutable { return ++looks > 3; });
  }
  EXPECT_LE(challenges, 30);
  EXPECT_LE(directories, 40);
  EXPECT_EQ(ready(), 0U);
}

TEST_F(WarmSetTest, RemembersNoNamesThatNobodyOffers) {
  add(1);
  start();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(ask_proxy(kChat, R"({"model":"invented-)" + std::to_string(i) + R"(","messages":[]})").status, 404U);
  }
  EXPECT_TRUE(warm->models().empty());
}

TEST_F(WarmSetTest, VerifiesOnceForAllWhoWaitAndTellsThemAllWhyThereIsNobody) {
  start();
  run([](WarmSetTest& t) -> net::Task<void> {
    int failed = 0;
    net::Event changed(t.runtime);
    for (int i = 0; i < 20; ++i) {
      t.runtime.spawn([](WarmSet& set, int& n, net::Event& told) -> net::Task<void> {
        const auto result = co_await set.ready("test-model", kChat);
        EXPECT_FALSE(result);
        if (!result) EXPECT_EQ(result.error().api, api::ErrorCode::no_confidential_worker);
        ++n;
        told.notify_all();
      }(*t.warm, failed, changed));
    }
    while (failed < 20) co_await changed.wait();
  }(*this));
  EXPECT_EQ(directories, 1);
}

}  // namespace
}  // namespace aipg::proxy
