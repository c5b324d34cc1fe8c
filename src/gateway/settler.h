// SPDX-License-Identifier: Apache-2.0
// The end of jobs: verifies their receipts and writes their records on a thread
// of its own, all that came within some milliseconds in one transaction, so that
// no other job waits for either. A worker hears of the end of its job once the
// record is durable, and not before: what the disk does not take is tried again
// until it does. How many may wait for it is up to whoever begins jobs, who asks
// full() first. Receipts that workers send again are for that thread, too, some at
// a time between the records. One thread; all methods are for the Runtime's.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "gateway/late_receipts.h"
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
  std::function<void()> on_recorded{};  // when it is durable: its worker may forget it
};

// A receipt that a worker sends again.
struct SentAgain {
  std::string receipt;
  ByteArray<32> receipt_key{};
  // Who sent it, and will send it again on the next link: it is let go of with them. None: nobody sends it again, as
  // its keyset was retired.
  std::optional<std::weak_ptr<const void>> sender;
  // What becomes of it, as LateReceipts::settle() says; an error when it is nobody's receipt. Not called any more when
  // the sender or the Settler ends first.
  std::function<void(const Result<bool>&)> on_settled{};
};

struct SettlerLimits {
  // For each worker's link. Less than it has streams, as each of these holds one: a gateway whose disk stands still
  // says that it is busy, rather than that it has no worker.
  std::size_t most_unsettled = 1'000;
  milliseconds pause{500};  // until a disk that took nothing is asked again
};

class Settler {
 public:
  // `store` is used by the thread only. What is borrowed must outlive this.
  Settler(net::Runtime& runtime, std::unique_ptr<store::JobStore> store, LateReceipts& late_receipts,
          const program::Log& log, SettlerLimits limits = {});
  // What was asked for is written before it returns; what the disk does not take then is given up, which the log says.
  ~Settler();
  Settler(const Settler&) = delete;
  Settler& operator=(const Settler&) = delete;

  void settle(EndedJob job);
  // False: there are too many that nobody sends again; nothing becomes of this one.
  [[nodiscard]] bool settle(SentAgain receipt);
  // Jobs of which this is not done.
  [[nodiscard]] net::WorkCount& unsettled() { return unsettled_; }
  // So many of them, with so many links of workers, that no further job may begin.
  [[nodiscard]] bool full() const {
    return unsettled_.running() >= limits_.most_unsettled * std::max<std::size_t>(links_, 1);
  }
  void set_links(std::size_t links) { links_ = links; }

  // What one transaction came to.
  struct Batch {
    std::chrono::microseconds took{0};
    std::size_t written = 0, refused = 0;  // records; the refused ones are tried no more
    bool disk_failed = false;              // nothing was written, and is tried again
  };
  // Hears of each.
  void on_batch(std::function<void(const Batch&)> call) { on_batch_ = std::move(call); }

 private:
  struct Job {
    EndedJob ended;
    net::WorkCount::Guard guard;
    Result<void> stored = {};
  };
  using Jobs = std::vector<std::unique_ptr<Job>>;
  void hand_on();
  // --- on the thread ---
  void work();
  [[nodiscard]] bool gather(Jobs& jobs, std::vector<SentAgain>& receipts);
  void settle_jobs(Jobs& jobs);
  [[nodiscard]] Batch write(Jobs& jobs);
  void tell(std::size_t jobs, const Error* trouble);
  void hand_over(Jobs& jobs, const Batch& batch);
  void settle_receipts(std::vector<SentAgain>& receipts);
  // --- on the Runtime's ---
  void collect(const Batch& batch);
  void end_some();
  void end(const Job& job);

  net::Runtime& runtime_;
  std::unique_ptr<store::JobStore> store_;
  LateReceipts& late_receipts_;
  const program::Log& log_;
  const SettlerLimits limits_;
  net::WorkCount unsettled_;
  std::size_t links_ = 0;
  Jobs gathered_;                        // not given to the thread yet
  std::atomic<std::size_t> behind_ = 0;  // which the thread has not taken yet
  net::Timer soon_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Jobs waiting_, written_;
  std::deque<std::unique_ptr<Job>> stored_;  // whose workers do not know yet
  std::deque<SentAgain> sent_again_;
  std::size_t last_bytes_ = 0;  // of those among them that nobody sends again
  bool ending_ = false;
  std::function<void(const Batch&)> on_batch_;  // the Runtime's
  bool in_trouble_ = false;                     // the thread's: the disk took nothing the last time
  std::thread thread_;
};

}  // namespace aipg::gateway
