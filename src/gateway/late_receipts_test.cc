// SPDX-License-Identifier: Apache-2.0
// A worker that sends receipts again, over a real link to a real session and store.
#include "gateway/late_receipts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/worker_session.h"
#include "net/loopback_test.h"

namespace aipg::gateway {
namespace {

using ::testing::ElementsAre;

// Registers one keyset, and keeps what the gateway says of receipts.
class LateWorker : public link::ConnectionEvents {
 public:
  explicit LateWorker(net::Runtime& runtime) : changed(runtime) {}

  net::Task<void> run(net::Runtime& runtime, std::unique_ptr<net::WebSocket> socket) {
    connection = std::make_unique<link::Connection>(runtime, std::move(socket), link::Role::worker);
    (void)co_await connection->run(*this);
    ended = true;
    changed.notify_all();
  }
  void on_control(const link::Control& message) override {
    if (const auto* hello = std::get_if<link::Hello>(&message)) {
      const link::RegistrationClaims claims{.keyset_id = keyset.id,
                                            .worker_id = keyset.worker_id,
                                            .stake_id = {},
                                            .exporter = connection->channel_binding(),
                                            .nonce = hello->nonce};
      connection->send(link::Register{.keyset = keyset.bytes,
                                      .jws = link::sign_registration(claims, key),
                                      .stake_id = {},
                                      .models = {{"m", {"/v1/completions"}, {1, 2}}}});
    }
    if (std::holds_alternative<link::Registered>(message)) registered = true;
    if (const auto* r = std::get_if<link::ReceiptRecorded>(&message)) recorded.push_back(r->job_id[0]);
    changed.notify_all();
  }
  net::Task<void> wait_for(std::function<bool()> condition) {
    while (!condition()) co_await changed.wait();
  }

  void on_open(std::uint32_t, const ByteArray<16>&) override {}
  void on_data(std::uint32_t, ByteView) override {}
  void on_end(std::uint32_t, ByteView) override {}
  void on_refuse(std::uint32_t, std::string_view) override {}
  void on_reset(std::uint32_t) override {}
  void on_credit(std::uint32_t) override {}
  void on_ack(std::uint32_t) override {}
  void on_evidence(ByteView) override {}

  const crypto::Ed25519PrivateKey key = crypto::Ed25519PrivateKey::from_seed(Secret32(ByteArray<32>{5}));
  const SystemClock clock;
  const attest::Keyset keyset = attest::make_keyset("w-01", clock.now(), clock.now() + std::chrono::minutes(60),
                                                    {{1, Bytes(32, 1)}}, key.public_key());
  std::unique_ptr<link::Connection> connection;
  std::vector<int> recorded;  // first byte of each job's id
  bool registered = false, ended = false;
  net::Event changed;
};

class LateReceiptsTest : public net::Loopback {
 protected:
  // A job without a receipt, as a lost link leaves it.
  void record(std::uint8_t id) {
    store::JobRecord job;
    job.id = {id};
    job.keyset_id = worker.keyset.id;
    job.outcome = store::JobOutcome::lost;
    job.code = "upstream_lost";
    EXPECT_TRUE(store->record_jobs(std::array<const store::JobRecord*, 1>{&job}).front());
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
        const auto session = std::make_shared<WorkerSession>(t.runtime, *std::move(socket), t.roster, t.late_receipts,
                                                             t.worker.clock, t.rng, t.log, milliseconds(30'000));
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
  LateWorker worker{runtime};
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

TEST_F(LateReceiptsTest, AnswersForAJobThatNobodyKnowsAndStoresNothing) {
  send({text(1)});
  EXPECT_THAT(worker.recorded, ElementsAre(1, 99));
  EXPECT_EQ(store->count_jobs(), 1U) << "number 99";
}

TEST_F(LateReceiptsTest, DoesNotAnswerForAJobThatIsStillToBeRecorded) {
  late_receipts.job_begins({1});
  send({text(1)});
  EXPECT_THAT(worker.recorded, ElementsAre(99));
  record(1);
  EXPECT_TRUE(late_receipts.settle(receipt(1), text(1)));
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
