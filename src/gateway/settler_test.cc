// SPDX-License-Identifier: Apache-2.0
#include "gateway/settler.h"

#include <gtest/gtest.h>

#include "gateway/held_store_for_tests.h"
#include "net/loopback_test.h"

namespace aipg::gateway {
namespace {

class SettlerTest : public net::Loopback {
 protected:
  SettlerTest() {
    auto of_thread = std::make_unique<HeldStore>(open());
    held = of_thread.get();
    settler.emplace(runtime, std::move(of_thread), late_receipts, log);
  }
  std::unique_ptr<store::JobStore> open() { return store::open_sqlite_store(folder.file("gateway.db"), rng).value(); }
  // A job whose link was lost before its receipt came.
  void settle(std::uint8_t id) {
    store::JobRecord job;
    job.id = {id};
    job.keyset_id = {9};
    job.outcome = store::JobOutcome::lost;
    late_receipts.job_begins(job.id);
    settler->settle({.record = std::move(job)});
  }
  bool receipt_comes(std::uint8_t job) {
    seal::Receipt receipt;
    receipt.job_id = {job};
    receipt.keyset_id = {9};
    return late_receipts.settle(receipt, "eyJ.e30.bGF0ZQ");
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

TEST_F(SettlerTest, AJobThatCannotBeRecordedIsOver) {
  run([this]() -> net::Task<void> {
    settle(1);
    settle(1);
    EXPECT_TRUE(co_await settler->unsettled().wait_idle(milliseconds(10'000)));
    EXPECT_EQ(store->count_jobs(), 1U);
  }());
}

}  // namespace
}  // namespace aipg::gateway
