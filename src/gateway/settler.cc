// SPDX-License-Identifier: Apache-2.0
#include "gateway/settler.h"

#include <iterator>

#include "seal/receipt.h"

namespace aipg::gateway {
namespace {

// How long a job waits for others to be written with it. Nobody waits for it but a worker that keeps a receipt.
constexpr milliseconds kGather{50};
// But when so many are there: each holds a stream of its link.
constexpr std::size_t kEnough = 512;
// Jobs whose workers hear so in one turn of the loop, between which others have theirs.
constexpr std::size_t kEndAtOnce = 32;
// Receipts sent again that are settled before jobs have their turn. Each is a transaction.
constexpr std::size_t kReceiptsAtOnce = 8;
// Of receipts that nobody sends again: what a worker leaves that ends with all its streams in use.
constexpr std::size_t kMostLastBytes = 2U << 20;

// Writes into the record what its receipt says, once; false when that is not this job's, or nobody's.
bool take_receipt(EndedJob& job) {
  std::string token = std::exchange(job.receipt, {});
  const Result<seal::Receipt> receipt = seal::verify_receipt(token, job.receipt_key);
  store::JobRecord& record = job.record;
  if (!receipt || receipt->job_id != record.id || receipt->keyset_id != record.keyset_id) return false;
  record.tokens_in = receipt->tokens_in;
  record.tokens_out = receipt->tokens_out;
  record.receipt = std::move(token);
  return true;
}

// Of the disk, which may have room again later; any other is of this record.
bool is_the_disks(const Result<void>& stored) { return !stored && stored.error().code == Literal("store_failed"); }

}  // namespace

Settler::Settler(net::Runtime& runtime, std::unique_ptr<store::JobStore> store, LateReceipts& late_receipts,
                 const program::Log& log, SettlerLimits limits)
    : runtime_(runtime),
      store_(std::move(store)),
      late_receipts_(late_receipts),
      log_(log),
      limits_(limits),
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
  // Nobody may hear of these any more: their workers send the receipts again, to the next gateway.
  std::ranges::move(written_, std::back_inserter(stored_));
  for (const auto& job : stored_) {
    if (!job->stored)
      log_.error("job_not_recorded", {{"job", program::Id(job->ended.record.id)}, {"reason", job->stored.error()}});
  }
}

void Settler::settle(EndedJob job) {
  if (gathered_.empty()) soon_.expire_after(kGather);
  ++behind_;
  gathered_.push_back(std::make_unique<Job>(std::move(job), unsettled_.enter()));
  if (gathered_.size() >= kEnough) hand_on();
}

bool Settler::settle(SentAgain receipt) {
  {
    const std::scoped_lock lock(mutex_);
    if (!receipt.sender) {
      if (receipt.receipt.size() > kMostLastBytes - last_bytes_) return false;
      last_bytes_ += receipt.receipt.size();
    }
    sent_again_.push_back(std::move(receipt));
  }
  changed_.notify_one();
  return true;
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
  Jobs jobs;  // what the disk has not taken yet comes first
  std::vector<SentAgain> receipts;
  while (gather(jobs, receipts)) {
    if (!jobs.empty()) settle_jobs(jobs);
    settle_receipts(receipts);
  }
}

// Waits for something to do, or, with records that could not be written, for a while. False when all is done. At the
// end only records are: a receipt is sent to the next gateway again.
bool Settler::gather(Jobs& jobs, std::vector<SentAgain>& receipts) {
  std::unique_lock lock(mutex_);
  if (jobs.empty()) {
    changed_.wait(lock, [this] { return ending_ || !waiting_.empty() || !sent_again_.empty(); });
  } else {
    changed_.wait_for(lock, limits_.pause, [this] { return ending_; });
  }
  behind_ -= waiting_.size();
  std::ranges::move(waiting_, std::back_inserter(jobs));
  waiting_.clear();
  if (ending_) sent_again_.clear();
  for (receipts.clear(); receipts.size() < kReceiptsAtOnce && !sent_again_.empty(); sent_again_.pop_front()) {
    SentAgain& next = sent_again_.front();
    if (next.sender && next.sender->expired()) continue;
    if (!next.sender) last_bytes_ -= next.receipt.size();
    receipts.push_back(std::move(next));
  }
  return !jobs.empty() || !ending_;
}

void Settler::settle_jobs(Jobs& jobs) {
  const Batch batch = write(jobs);
  for (const auto& job : jobs) {
    if (!is_the_disks(job->stored)) late_receipts_.job_ended(job->ended.record.id);
  }
  hand_over(jobs, batch);
}

void Settler::settle_receipts(std::vector<SentAgain>& receipts) {
  for (SentAgain& sent : receipts) {
    Result<bool> settled = false;
    if (const auto receipt = seal::verify_receipt(sent.receipt, sent.receipt_key)) {
      settled = late_receipts_.settle(*receipt, sent.receipt);
    } else {
      settled = std::unexpected(receipt.error());
    }
    runtime_.post([call = std::move(sent.on_settled), settled] { call(settled); });
  }
  receipts.clear();
}

// Who answers somebody has the core first, unless too many wait by then: on a core that is always busy, nobody else
// would give it to this thread.
Settler::Batch Settler::write(Jobs& jobs) {
  const auto give_way = [&] {
    if (jobs.size() + behind_ < kEnough) std::this_thread::yield();
  };
  std::vector<const store::JobRecord*> records;
  records.reserve(jobs.size());
  for (const auto& job : jobs) {
    give_way();
    EndedJob& ended = job->ended;
    // A worker that signs nothing, or something else, did its job all the same: the record says so.
    if (!ended.receipt.empty() && !take_receipt(ended)) ended.record.code = "receipt_invalid";
    records.push_back(&ended.record);
  }
  const auto began = std::chrono::steady_clock::now();
  const std::vector<Result<void>> stored = store_->record_jobs(records, give_way);
  Batch batch{.took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began)};
  const Error* trouble = nullptr;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    jobs[i]->stored = stored[i];
    if (is_the_disks(stored[i])) {
      trouble = &stored[i].error();
    } else {
      ++(stored[i] ? batch.written : batch.refused);
    }
  }
  batch.disk_failed = trouble != nullptr;
  tell(jobs.size(), trouble);
  return batch;
}

// Once when it begins and once when it is over, however often the disk is asked.
void Settler::tell(std::size_t jobs, const Error* trouble) {
  const bool was = std::exchange(in_trouble_, trouble != nullptr);
  if (trouble != nullptr && !was) log_.error("records_not_written", {{"jobs", jobs}, {"reason", *trouble}});
  if (trouble == nullptr && was) log_.warn("records_written_again", {{"jobs", jobs}});
}

// Keeps what has to be tried again, except at the end.
void Settler::hand_over(Jobs& jobs, const Batch& batch) {
  Jobs again;
  {
    const std::scoped_lock lock(mutex_);
    for (auto& job : jobs) {
      (is_the_disks(job->stored) && !ending_ ? again : written_).push_back(std::move(job));
    }
  }
  jobs = std::move(again);
  runtime_.post([this, batch] { collect(batch); });
}

void Settler::collect(const Batch& batch) {
  const bool begun = !stored_.empty();
  {
    const std::scoped_lock lock(mutex_);
    std::ranges::move(written_, std::back_inserter(stored_));
    written_.clear();
  }
  if (on_batch_) on_batch_(batch);
  if (!begun) end_some();
}

void Settler::end_some() {
  for (std::size_t i = 0; i < kEndAtOnce && !stored_.empty(); ++i) {
    const auto job = std::move(stored_.front());
    stored_.pop_front();
    end(*job);
  }
  if (!stored_.empty()) runtime_.post([this] { end_some(); });
}

void Settler::end(const Job& job) {
  const store::JobRecord& record = job.ended.record;
  if (!job.stored) log_.error("job_not_recorded", {{"job", program::Id(record.id)}, {"reason", job.stored.error()}});
  log_.info("job_ended", {{"job", program::Id(record.id)},
                          {"request_bytes", record.request_bytes},
                          {"response_bytes", record.response_bytes},
                          {"duration", record.ended - record.started}});
  if (job.stored && job.ended.on_recorded) job.ended.on_recorded();
}

}  // namespace aipg::gateway
