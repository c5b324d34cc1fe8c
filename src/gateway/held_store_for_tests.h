// SPDX-License-Identifier: Apache-2.0
// A store whose disk takes as long as a test says, or takes nothing, and that counts the keys it was asked for.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "store/job_store.h"

namespace aipg::gateway {

class HeldStore final : public store::JobStore {
 public:
  explicit HeldStore(std::unique_ptr<JobStore> inner) : inner_(std::move(inner)) {}

  // From any thread: whether record_jobs() waits.
  void hold(bool yes) {
    const std::scoped_lock lock(mutex_);
    held_ = yes;
    changed_.notify_all();
  }

  // From any thread: whether the disk is full.
  void fill(bool yes) {
    const std::scoped_lock lock(mutex_);
    full_ = yes;
  }

  std::vector<Result<void>> record_jobs(std::span<const store::JobRecord* const> records,
                                        const std::function<void()>& before_each) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !held_; });
    ++tries;
    if (full_) return {records.size(), fail("store_failed", "commit")};
    return inner_->record_jobs(records, before_each);
  }
  Result<std::string> create_key(std::string_view name, Instant now) override { return inner_->create_key(name, now); }
  Result<std::vector<store::ApiKey>> list_keys() override { return inner_->list_keys(); }
  Result<void> revoke_key(std::string_view id, Instant now) override { return inner_->revoke_key(id, now); }
  Result<std::optional<std::string>> check_key(std::string_view presented) override {
    ++keys_checked;
    if (unreadable) return fail("store_failed", "check_key");
    return inner_->check_key(presented);
  }
  Result<void> settle_job(const store::LateReceipt& receipt) override {
    ++settled;
    const std::scoped_lock lock(mutex_);
    if (full_) return fail("store_failed", "settle_job");
    return inner_->settle_job(receipt);
  }
  Result<std::optional<store::JobRecord>> find_job(const ByteArray<16>& id) override { return inner_->find_job(id); }
  Result<std::uint64_t> count_jobs() override { return inner_->count_jobs(); }

  int keys_checked = 0;
  bool unreadable = false;    // keys
  int settled = 0;            // times that it was asked to
  std::atomic<int> tries{0};  // to record

 private:
  std::unique_ptr<JobStore> inner_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false, full_ = false;
};

}  // namespace aipg::gateway
