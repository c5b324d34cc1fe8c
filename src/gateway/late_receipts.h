// SPDX-License-Identifier: Apache-2.0
// Receipts that workers send again, because a link was lost before their ACK:
// what becomes of each. For any thread: the jobs that run are noted under one of
// several locks, which is held for that; what is rare, and may wait for the disk,
// under one of its own.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "program/log.h"
#include "seal/receipt.h"
#include "store/job_store.h"

namespace aipg::gateway {

class LateReceipts {
 public:
  // Receipts of jobs without a record that become one, in a gateway's life. A gateway that was killed leaves no more
  // than ran then and waited for its disk; a worker that makes some up cannot fill the disk.
  static constexpr std::size_t kMostAdopted = 10'000;

  // Both must outlive this.
  LateReceipts(store::JobStore& store, const program::Log& log, std::size_t most_adopted = kMostAdopted)
      : store_(store), log_(log), most_adopted_(most_adopted) {}

  // Between these two, a job that the store does not know is one that it will know. The second may wait for the disk.
  void job_begins(const ByteArray<16>& id);
  void job_ended(const ByteArray<16>& id);

  // A verified receipt, and its exact text. Waits for the disk. True when the worker may forget it: it is in the job's
  // record, durably, or never will be. What comes before the job's record is put into that later; the worker has to ask
  // again.
  [[nodiscard]] bool settle(const seal::Receipt& receipt, std::string_view jws);

 private:
  struct Held {
    seal::Receipt receipt;
    std::string jws;
  };
  struct Shard {
    std::mutex mutex;
    // Ids begin with the time: the youngest lie together, and old ones cost those that come and go no look at them.
    std::map<ByteArray<16>, std::unique_ptr<Held>> running;
  };
  [[nodiscard]] Shard& shard_of(const ByteArray<16>& id) { return shards_[id.back() % shards_.size()]; }
  [[nodiscard]] bool write(const seal::Receipt& receipt, std::string_view jws);
  [[nodiscard]] Result<void> adopt(const seal::Receipt& receipt, std::string_view jws);
  void tell(const seal::Receipt& receipt, const Result<void>& settled);

  std::mutex rare_;  // over the store, and what was adopted
  store::JobStore& store_;
  const program::Log& log_;
  const std::size_t most_adopted_;
  std::size_t adopted_ = 0, told_ = 0;
  // The disk took nothing. Each try holds up the records, so there is none until a job's record was written.
  std::atomic<bool> disk_failed_ = false;
  std::array<Shard, 16> shards_;
};

}  // namespace aipg::gateway
