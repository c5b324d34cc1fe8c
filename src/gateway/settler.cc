// SPDX-License-Identifier: Apache-2.0
#include "gateway/settler.h"

#include <iterator>

#include "seal/receipt.h"

namespace aipg::gateway {
namespace {

// How long a job waits for others to be written with it. Nobody waits for it but a worker that keeps a receipt.
constexpr milliseconds kGather{5};

// Writes into the record what its receipt says; false when that is not this job's, or nobody's.
bool take_receipt(EndedJob& job) {
  const Result<seal::Receipt> receipt = seal::verify_receipt(job.receipt, job.receipt_key);
  store::JobRecord& record = job.record;
  if (!receipt || receipt->job_id != record.id || receipt->keyset_id != record.keyset_id) return false;
  record.tokens_in = receipt->tokens_in;
  record.tokens_out = receipt->tokens_out;
  record.receipt = std::move(job.receipt);
  return true;
}

}  // namespace

Settler::Settler(net::Runtime& runtime, std::unique_ptr<store::JobStore> store, LateReceipts& late_receipts,
                 const program::Log& log)
    : runtime_(runtime),
      store_(std::move(store)),
      late_receipts_(late_receipts),
      log_(log),
      unsettled_(runtime),
      soon_(runtime, [this] { hand_on(); }),
      thread_([this] { work(); }) {}

Settler::~Settler() {
  hand_on();
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Settler::settle(EndedJob job) {
  if (gathered_.empty()) soon_.expire_after(kGather);
  gathered_.push_back({std::move(job), unsettled_.enter()});
}

void Settler::hand_on() {
  if (gathered_.empty()) return;
  {
    const std::scoped_lock lock(mutex_);
    std::ranges::move(gathered_, std::back_inserter(waiting_));
  }
  gathered_.clear();
  changed_.notify_one();
}

void Settler::work() {
  while (true) {
    std::vector<Job> jobs;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      jobs.swap(waiting_);
    }
    write(jobs);
    {
      const std::scoped_lock lock(mutex_);
      std::ranges::move(jobs, std::back_inserter(written_));
    }
    runtime_.post([this] { collect(); });
  }
}

void Settler::write(std::vector<Job>& jobs) {
  std::vector<const store::JobRecord*> records;
  for (Job& job : jobs) {
    // A worker that signs nothing, or something else, did its job all the same: the record says so.
    if (!job.ended.receipt.empty() && !take_receipt(job.ended)) job.ended.record.code = "receipt_invalid";
    records.push_back(&job.ended.record);
  }
  const std::vector<Result<void>> stored = store_->record_jobs(records);
  for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].stored = stored[i];
}

void Settler::collect() {
  std::vector<Job> jobs;
  {
    const std::scoped_lock lock(mutex_);
    jobs.swap(written_);
  }
  for (const Job& job : jobs) end(job);
}

void Settler::end(const Job& job) {
  const store::JobRecord& record = job.ended.record;
  if (!job.stored) log_.error("job_not_recorded", {{"job", program::Id(record.id)}, {"reason", job.stored.error()}});
  log_.info("job_ended", {{"job", program::Id(record.id)},
                          {"request_bytes", record.request_bytes},
                          {"response_bytes", record.response_bytes},
                          {"duration", record.ended - record.started}});
  late_receipts_.job_ended(record.id);
  if (job.ended.session) job.ended.session->acknowledge(job.ended.stream);
}

}  // namespace aipg::gateway
