// SPDX-License-Identifier: Apache-2.0
#include "gateway/settler.h"

#include <iterator>

namespace aipg::gateway {

Settler::Settler(net::Runtime& runtime, std::unique_ptr<store::JobStore> store, LateReceipts& late_receipts,
                 const program::Log& log)
    : runtime_(runtime),
      store_(std::move(store)),
      late_receipts_(late_receipts),
      log_(log),
      unsettled_(runtime),
      thread_([this] { work(); }) {}

Settler::~Settler() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Settler::settle(store::JobRecord record, std::shared_ptr<WorkerSession> session, std::uint32_t stream) {
  {
    const std::scoped_lock lock(mutex_);
    waiting_.push_back({std::move(record), std::move(session), stream, unsettled_.enter()});
  }
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
  for (const Job& job : jobs) records.push_back(&job.record);
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
  const store::JobRecord& record = job.record;
  if (!job.stored) log_.error("job_not_recorded", {{"job", program::Id(record.id)}, {"reason", job.stored.error()}});
  log_.info("job_ended", {{"job", program::Id(record.id)},
                          {"request_bytes", record.request_bytes},
                          {"response_bytes", record.response_bytes},
                          {"duration", record.ended - record.started}});
  late_receipts_.job_ended(record.id);
  if (job.session) job.session->acknowledge(job.stream);
}

}  // namespace aipg::gateway
