// SPDX-License-Identifier: Apache-2.0
#include "gateway/settler.h"

#include <gtest/gtest.h>

#include <numeric>
#include <thread>

#include "gateway/held_store_for_tests.h"
#include "gateway/registered_worker_for_tests.h"
#include "gateway/worker_session.h"
#include "net/loopback_test.h"

namespace aipg::gateway {
namespace {

// Waits for the end of a job.
struct Answer final : JobSink {
  explicit Answer(net::Runtime& runtime) : changed(runtime) {}
  void on_answer(ByteView) override {}
  void on_answer_end(ByteView) override {
    ended = true;
    changed.notify_all();
  }
  void on_heard() override {}
  void on_refused(std::string_view) override {}
  void on_lost() override {}
  void on_writable() override {}
  bool ended = false;
  net::Event changed;
};

class SettlerTest : public net::Loopback {
 protected:
  SettlerTest() {
    auto of_thread = std::make_unique<HeldStore>(open());
    held = of_thread.get();
    settler.emplace(runtime, std::move(of_thread), late_receipts, log,
                    SettlerLimits{.most_unsettled = 3, .pause = milliseconds(1)});
  }
  std::unique_ptr<store::JobStore> open() { return store::open_sqlite_store(folder.file("gateway.db"), rng).value(); }
  // A job whose link was lost before its receipt came.
  void settle(std::uint8_t id, std::function<void()> on_recorded = nullptr) {
    store::JobRecord job;
    job.id = {id};
    job.keyset_id = {9};
    job.outcome = store::JobOutcome::lost;
    late_receipts.job_begins(job.id);
    settler->settle(EndedJob{.record = std::move(job), .on_recorded = std::move(on_recorded)});
  }
  bool receipt_comes(std::uint8_t job) {
    seal::Receipt receipt;
    receipt.job_id = {job};
    receipt.keyset_id = {9};
    return late_receipts.settle(receipt, "eyJ.e30.bGF0ZQ");
  }

  // Looks again at every turn; a test that hangs is ended by the fixture.
  net::Task<void> until(std::function<bool()> condition) {
    while (!condition()) co_await runtime.sleep(milliseconds(1));
  }
  // A link with a registered worker, and a job on it that has ended there; then the test; then the link's end.
  void with_ended_job(RegisteredWorker& worker, std::function<net::Task<void>()> test) {
    run([](SettlerTest& t, RegisteredWorker& w, std::function<net::Task<void>()> body) -> net::Task<void> {
      Roster roster(w.clock);
      std::shared_ptr<WorkerSession> session;
      auto server = t.serve([&](net::Exchange& exchange) -> net::Task<void> {
        auto socket = co_await exchange.accept_websocket(link::kMaxMessageBytes);
        session = std::make_shared<WorkerSession>(t.runtime, *std::move(socket), roster, *t.settler, w.clock, t.rng,
                                                  t.log, SessionLimits{});
        co_await session->run();
      });
      auto socket = co_await net::connect_websocket(t.runtime, at(*server), "/", {}, {});
      t.runtime.spawn(w.run(t.runtime, *std::move(socket)));
      co_await w.wait_for([&w] { return w.registered; });
      Answer answer(t.runtime);
      const std::uint32_t stream = session->open({1}, "key", answer);
      while (!answer.ended) co_await answer.changed.wait();
      session->release(stream);
      t.settle(1, [&session, stream] { session->acknowledge(stream); });
      co_await body();
      w.connection->close();
      co_await w.wait_for([&w] { return w.ended; });
      co_await server->drain(milliseconds(0));
    }(*this, worker, std::move(test)));
  }

  net::TemporaryFolder folder;
  crypto::SystemRng rng;
  program::Log log{program::LogLevel::error};
  std::unique_ptr<store::JobStore> store = open();
  LateReceipts late_receipts{*store, log};
  HeldStore* held = nullptr;  // the settler's
  std::optional<Settler> settler;
};

TEST_F(SettlerTest, WritesWhatItWasAskedForBeforeItEnds) {
  for (std::uint8_t id = 1; id <= 40; ++id) settle(id);
  settler.reset();
  EXPECT_EQ(store->count_jobs(), 40U);
}

TEST_F(SettlerTest, TellsTheWorkersOfALargeBatchInTheirOrderAndLetsOthersInBetween) {
  run([this]() -> net::Task<void> {
    std::vector<int> told;
    std::size_t told_then = 0;
    for (int id = 1; id <= 100; ++id) {
      settle(static_cast<std::uint8_t>(id), [this, &told, &told_then, id] {
        told.push_back(id);
        if (id == 1) runtime.post([&] { told_then = told.size(); });
      });
    }
    EXPECT_TRUE(co_await settler->unsettled().wait_idle(milliseconds(10'000)));
    std::vector<int> all(100);
    std::iota(all.begin(), all.end(), 1);
    EXPECT_EQ(told, all);
    EXPECT_LT(told_then, all.size()) << "who came meanwhile waited for all of them";
  }());
}

TEST_F(SettlerTest, AJobRunsUntilItIsRecorded) {
  run([this]() -> net::Task<void> {
    held->hold(true);
    settle(1);
    EXPECT_FALSE(co_await settler->unsettled().wait_idle(milliseconds(20)));
    EXPECT_FALSE(receipt_comes(1)) << "the worker has to keep it";
    held->hold(false);
    EXPECT_TRUE(co_await settler->unsettled().wait_idle(milliseconds(10'000)));
    EXPECT_TRUE(receipt_comes(1));
    EXPECT_EQ(store->find_job({1}).value()->receipt, "eyJ.e30.bGF0ZQ");
  }());
}

TEST_F(SettlerTest, AReceiptThatCameBeforeItsRecordIsInIt) {
  run([this]() -> net::Task<void> {
    held->hold(true);
    settle(1);
    EXPECT_FALSE(receipt_comes(1));
    held->hold(false);
    EXPECT_TRUE(co_await settler->unsettled().wait_idle(milliseconds(10'000)));
    EXPECT_EQ(store->find_job({1}).value()->receipt, "eyJ.e30.bGF0ZQ") << "though the worker did not ask again";
  }());
}

TEST_F(SettlerTest, NobodyElseWaitsForTheDiskOfAReceiptThatIsSentAgain) {
  HeldStore slow(open());
  LateReceipts late(slow, log);
  Settler other(runtime, open(), late, log);
  const auto key = crypto::Ed25519PrivateKey::from_seed(Secret32(ByteArray<32>{6}));
  seal::Receipt receipt;
  receipt.job_id = {1};
  receipt.model = "m";
  std::vector<Result<bool>> settled;
  auto sender = std::make_shared<int>();
  const auto send = [&](ByteArray<32> public_key) {
    EXPECT_TRUE(other.settle(SentAgain{seal::sign_receipt(receipt, key), public_key, sender,
                                       [&settled](const Result<bool>& what) { settled.push_back(what); }}));
  };
  run([&]() -> net::Task<void> {
    slow.hold(true);
    send(key.public_key());
    co_await runtime.sleep(milliseconds(20));
    EXPECT_TRUE(settled.empty()) << "before it is on the disk";
    slow.hold(false);
    send({});
    co_await until([&] { return settled.size() == 2; });
    EXPECT_EQ(settled[0].value_or(false), true);
    EXPECT_EQ(settled[1].error().code, Literal("receipt_signature"));
    EXPECT_EQ(store->count_jobs(), 1U);
    // Nor for what was sent by somebody who has gone.
    receipt.job_id = {2};
    slow.hold(true);
    send(key.public_key());
    co_await runtime.sleep(milliseconds(20));
    for (int i = 0; i < 100; ++i) send(key.public_key());
    sender = std::make_shared<int>();
    send({});
    slow.hold(false);
    co_await until([&] { return settled.size() >= 4; });
    EXPECT_EQ(settled.size(), 4U);
    EXPECT_FALSE(settled[3]);
  }());
}

TEST_F(SettlerTest, AtItsEndReceiptsThatAreSentAgainAreLeftToTheNextGateway) {
  HeldStore slow(open());
  LateReceipts late(slow, log);
  std::optional<Settler> other(std::in_place, runtime, open(), late, log);
  const auto key = crypto::Ed25519PrivateKey::from_seed(Secret32(ByteArray<32>{6}));
  const auto sender = std::make_shared<int>();
  slow.hold(true);
  for (std::uint8_t i = 0; i < 200; ++i) {
    seal::Receipt receipt;
    receipt.job_id = {i};
    EXPECT_TRUE(other->settle(
        SentAgain{seal::sign_receipt(receipt, key), key.public_key(), sender, [](const Result<bool>&) {}}));
  }
  const std::jthread disk([&slow] {
    std::this_thread::sleep_for(milliseconds(50));
    slow.hold(false);
  });
  other.reset();
  EXPECT_LT(store->count_jobs().value(), 100U);
}

// Of a keyset that was retired, whose worker has ended by now: so much of it, and no more.
TEST_F(SettlerTest, AReceiptThatNobodySendsAgainIsSettledWithoutItsSender) {
  HeldStore slow(open());
  LateReceipts late(slow, log);
  Settler other(runtime, open(), late, log);
  const auto key = crypto::Ed25519PrivateKey::from_seed(Secret32(ByteArray<32>{6}));
  std::size_t taken = 0, settled = 0;
  const auto send = [&](std::size_t number) {
    seal::Receipt receipt;
    receipt.job_id = {static_cast<std::uint8_t>(number), static_cast<std::uint8_t>(number >> 8), 1};
    receipt.model = "m";
    return other.settle(
        SentAgain{seal::sign_receipt(receipt, key), key.public_key(), {}, [&](const Result<bool>&) { ++settled; }});
  };
  run([&]() -> net::Task<void> {
    slow.hold(true);
    while (taken < 10'000 && send(taken)) ++taken;
    EXPECT_GT(taken, 1'000U);
    EXPECT_LT(taken, 10'000U);
    slow.hold(false);
    co_await until([&] { return settled == taken; });
    EXPECT_EQ(store->count_jobs().value(), taken);
    EXPECT_TRUE(send(taken)) << "there is room again";
  }());
}

TEST_F(SettlerTest, AJobThatIsThereAlreadyIsOver) {
  run([this]() -> net::Task<void> {
    settle(1);
    settle(1);
    EXPECT_TRUE(co_await settler->unsettled().wait_idle(milliseconds(10'000)));
    EXPECT_EQ(store->count_jobs(), 1U);
  }());
}

TEST_F(SettlerTest, AcknowledgesWhatAFullDiskTookInTheEndAndNotBefore) {
  RegisteredWorker worker(runtime);
  held->fill(true);
  with_ended_job(worker, [&]() -> net::Task<void> {
    co_await until([this] { return held->tries > 2; });
    EXPECT_EQ(worker.acknowledged, 0);
    EXPECT_EQ(settler->unsettled().running(), 1U);
    settle(2);
    held->fill(false);
    co_await until([&] { return worker.acknowledged == 1; });
    EXPECT_TRUE(store->find_job({1}).value().has_value());
    EXPECT_TRUE(co_await settler->unsettled().wait_idle(milliseconds(10'000)));
    EXPECT_EQ(store->count_jobs(), 2U);
  });
}

TEST_F(SettlerTest, GivesUpAtItsEndWhatTheDiskDoesNotTake) {
  held->fill(true);
  for (std::uint8_t id = 1; id <= 3; ++id) settle(id);
  settler.reset();
  EXPECT_EQ(store->count_jobs(), 0U);
}

TEST_F(SettlerTest, IsFullWhenTooManyWaitForTheDisk) {
  run([this]() -> net::Task<void> {
    held->hold(true);
    for (std::uint8_t id = 1; id <= 3; ++id) {
      EXPECT_FALSE(settler->full());
      settle(id);
    }
    EXPECT_TRUE(settler->full());
    settler->set_links(1);
    EXPECT_TRUE(settler->full());
    settler->set_links(2);
    EXPECT_FALSE(settler->full()) << "each link may have as many";
    settler->set_links(1);
    held->hold(false);
    EXPECT_TRUE(co_await settler->unsettled().wait_idle(milliseconds(10'000)));
    EXPECT_FALSE(settler->full());
  }());
}

}  // namespace
}  // namespace aipg::gateway
