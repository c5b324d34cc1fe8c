// SPDX-License-Identifier: Apache-2.0
// The end of jobs: verifies their receipts and writes their records on a thread
// of its own, all that came within a few milliseconds in one transaction, so that
// no other job waits for either; a worker hears of the end of its job once the
// record is durable, or once it could not be written, which the log says. One
// thread; all methods are for the Runtime's.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "gateway/late_receipts.h"
#include "gateway/worker_session.h"
#include "net/runtime.h"
#include "net/timer.h"
#include "program/log.h"
#include "store/job_store.h"

namespace aipg::gateway {

// A job that has begun in `late_receipts`.
struct EndedJob {
  store::JobRecord record;
  std::string receipt{};  // as END said it, for this job and keyset; empty without
  ByteArray<32> receipt_key{};
  std::shared_ptr<WorkerSession> session{};  // whose stream is acknowledged; null without
  std::uint32_t stream = 0;
};

class Settler {
 public:
  // `store` is used by the thread only. What is borrowed must outlive this.
  Settler(net::Runtime& runtime, std::unique_ptr<store::JobStore> store, LateReceipts& late_receipts,
          const program::Log& log);
  // What was asked for is written before it returns.
  ~Settler();
  Settler(const Settler&) = delete;
  Settler& operator=(const Settler&) = delete;

  void settle(EndedJob job);
  // Jobs of which this is not done.
  [[nodiscard]] net::WorkCount& unsettled() { return unsettled_; }

 private:
  struct Job {
    EndedJob ended;
    net::WorkCount::Guard guard;
    Result<void> stored = {};
  };
  void hand_on();
  void work();
  void write(std::vector<Job>& jobs);
  void collect();
  void end(const Job& job);

  net::Runtime& runtime_;
  std::unique_ptr<store::JobStore> store_;
  LateReceipts& late_receipts_;
  const program::Log& log_;
  net::WorkCount unsettled_;
  std::vector<Job> gathered_;  // not given to the thread yet
  net::Timer soon_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Job> waiting_, written_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace aipg::gateway
