// SPDX-License-Identifier: Apache-2.0
// A worker that sends receipts again, over a real link to a real session and store.
#include "gateway/late_receipts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/held_store_for_tests.h"
#include "gateway/registered_worker_for_tests.h"
#include "gateway/settler.h"
#include "gateway/worker_session.h"
#include "net/loopback_test.h"

namespace aipg::gateway {
namespace {

using ::testing::ElementsAre;

class LateReceiptsTest : public net::Loopback {
 protected:
  // A job without a receipt, as a lost link leaves it.
  void record(std::uint8_t id) {
    store::JobRecord job;
    job.id = {id};
    job.keyset_id = worker.keyset.id;
    job.outcome = store::JobOutcome::lost;
    job.code = "upstream_lost";
    EXPECT_TRUE(store->record_jobs(std::array<const store::JobRecord*, 1>{&job}, {}).front());
  }
  seal::Receipt receipt(std::uint8_t job) const {
    seal::Receipt out;
    out.job_id = {job};
    out.keyset_id = worker.keyset.id;
    out.model = "m";
    out.tokens_in = 32;
    out.tokens_out = 64;
    return out;
  }
  std::string text(std::uint8_t job) const { return seal::sign_receipt(receipt(job), worker.key); }
  store::JobRecord found(std::uint8_t job) { return store->find_job({job}).value().value_or(store::JobRecord{}); }

  // Sends these on a link with a registered keyset, and waits until the gateway has answered for job 99, the last.
  void send(const std::vector<std::string>& receipts) {
    record(99);
    run([](LateReceiptsTest& t, std::vector<std::string> all) -> net::Task<void> {
      auto server = t.serve([&t](net::Exchange& exchange) -> net::Task<void> {
        auto socket = co_await exchange.accept_websocket(link::kMaxMessageBytes);
        const auto session = std::make_shared<WorkerSession>(t.runtime, *std::move(socket), t.roster, t.settler,
                                                             t.worker.clock, t.rng, t.log, SessionLimits{});
        co_await session->run();
      });
      auto socket = co_await net::connect_websocket(t.runtime, at(*server), "/", {}, {});
      t.runtime.spawn(t.worker.run(t.runtime, *std::move(socket)));
      co_await t.worker.wait_for([&t] { return t.worker.registered; });
      all.push_back(t.text(99));
      for (const std::string& jws : all) t.worker.connection->send(link::LateReceipt{jws});
      co_await t.worker.wait_for([&t] { return !t.worker.recorded.empty() && t.worker.recorded.back() == 99; });
      t.worker.connection->close();
      co_await t.worker.wait_for([&t] { return t.worker.ended; });
      co_await server->drain(milliseconds(0));
    }(*this, receipts));
  }

  net::TemporaryFolder folder;
  crypto::SystemRng rng;
  program::Log log{program::LogLevel::error};
  std::unique_ptr<store::JobStore> store = store::open_sqlite_store(folder.file("gateway.db"), rng).value();
  LateReceipts late_receipts{*store, log};
  Settler settler{runtime, store::open_sqlite_store(folder.file("gateway.db"), rng).value(), late_receipts, log};
  RegisteredWorker worker{runtime};
  Roster roster{worker.clock};
};

TEST_F(LateReceiptsTest, SettlesAJobOnceHoweverOftenItsReceiptComes) {
  record(1);
  send({text(1), text(1)});
  EXPECT_THAT(worker.recorded, ElementsAre(1, 1, 99));
  EXPECT_EQ(found(1).receipt, text(1));
  EXPECT_EQ(found(1).tokens_in, 32U);
  EXPECT_EQ(found(1).tokens_out, 64U);
  EXPECT_EQ(found(1).outcome, store::JobOutcome::lost);
}

TEST_F(LateReceiptsTest, KeepsTheFirstOfTwoReceipts) {
  record(1);
  seal::Receipt other = receipt(1);
  other.tokens_out = 96;
  send({text(1), seal::sign_receipt(other, worker.key)});
  EXPECT_THAT(worker.recorded, ElementsAre(1, 1, 99));
  EXPECT_EQ(found(1).receipt, text(1));
}

// The gateway that had it was killed before it wrote the record.
TEST_F(LateReceiptsTest, MakesARecordOfTheReceiptOfAJobThatNobodyKnows) {
  send({text(1), text(1)});
  EXPECT_THAT(worker.recorded, ElementsAre(1, 1, 99));
  EXPECT_EQ(store->count_jobs(), 2U);
  EXPECT_EQ(found(1).receipt, text(1));
  EXPECT_EQ(found(1).keyset_id, worker.keyset.id);
  EXPECT_EQ(found(1).model, "m");
  EXPECT_EQ(found(1).tokens_out, 64U);
  EXPECT_EQ(found(1).outcome, store::JobOutcome::lost);
  EXPECT_EQ(found(1).code, "record_lost");
  EXPECT_EQ(found(1).key_id, "") << "whose it was is not known";
}

TEST_F(LateReceiptsTest, MakesNoMoreSuchRecordsThanAGatewayCanHaveLost) {
  LateReceipts few(*store, log, 2);
  for (std::uint8_t job = 1; job <= 3; ++job) EXPECT_TRUE(few.settle(receipt(job), text(job))) << "sent once";
  EXPECT_EQ(store->count_jobs(), 2U);
  record(4);
  EXPECT_TRUE(few.settle(receipt(4), text(4)));
  EXPECT_EQ(found(4).receipt, text(4)) << "a job that is known";
}

TEST_F(LateReceiptsTest, DoesNotAnswerForAJobThatIsStillToBeRecorded) {
  late_receipts.job_begins({1});
  send({text(1)});
  EXPECT_THAT(worker.recorded, ElementsAre(99));
  record(1);
  late_receipts.job_ended({1});
  EXPECT_EQ(found(1).receipt, text(1)) << "it waited for the record";
  EXPECT_TRUE(late_receipts.settle(receipt(1), text(1)));
}

TEST_F(LateReceiptsTest, AsksADiskThatTookNothingAgainWhenAJobsRecordWasWritten) {
  HeldStore full(store::open_sqlite_store(folder.file("gateway.db"), rng).value());
  LateReceipts late(full, log);
  full.fill(true);
  for (std::uint8_t job = 1; job <= 9; ++job) EXPECT_FALSE(late.settle(receipt(job), text(job)));
  EXPECT_EQ(full.settled, 1) << "each try holds up the gateway";
  full.fill(false);
  late.job_begins({20});
  late.job_ended({20});
  EXPECT_TRUE(late.settle(receipt(1), text(1)));
}

TEST_F(LateReceiptsTest, IgnoresWhatNoKeysetOfThisLinkSigned) {
  record(1);
  const auto forger = crypto::Ed25519PrivateKey::from_seed(Secret32(ByteArray<32>{6}));
  seal::Receipt foreign = receipt(1);
  foreign.keyset_id = {7};
  send({"a.b.c", seal::sign_receipt(receipt(1), forger), seal::sign_receipt(foreign, worker.key)});
  EXPECT_THAT(worker.recorded, ElementsAre(99));
  EXPECT_EQ(found(1).receipt, "");
}

}  // namespace
}  // namespace aipg::gateway
