// SPDX-License-Identifier: Apache-2.0
#include "gateway/late_receipts.h"

#include <array>

namespace aipg::gateway {
namespace {

constexpr std::size_t kMostTold = 1'000;

// All that a receipt says of its job: whose it was is not known any more.
store::JobRecord record_of(const seal::Receipt& receipt, std::string_view jws) {
  store::JobRecord record;
  record.id = receipt.job_id;
  record.model = receipt.model;
  record.keyset_id = receipt.keyset_id;
  record.started = receipt.issued - milliseconds(receipt.duration_ms);
  record.ended = receipt.issued;
  record.tokens_in = receipt.tokens_in;
  record.tokens_out = receipt.tokens_out;
  record.outcome = store::JobOutcome::lost;
  record.code = "record_lost";
  record.receipt = jws;
  return record;
}

}  // namespace

void LateReceipts::job_begins(const ByteArray<16>& id) {
  Shard& shard = shard_of(id);
  const std::scoped_lock lock(shard.mutex);
  shard.running.try_emplace(id);
}

void LateReceipts::job_ended(const ByteArray<16>& id) {
  if (disk_failed_.load(std::memory_order_relaxed)) disk_failed_ = false;
  Shard& shard = shard_of(id);
  std::unique_ptr<Held> held;
  {
    const std::scoped_lock lock(shard.mutex);
    const auto job = shard.running.find(id);
    if (job == shard.running.end()) return;
    held = std::move(job->second);
    shard.running.erase(job);
  }
  if (held) (void)write(held->receipt, held->jws);
}

bool LateReceipts::settle(const seal::Receipt& receipt, std::string_view jws) {
  {
    Shard& shard = shard_of(receipt.job_id);
    const std::scoped_lock lock(shard.mutex);
    if (const auto job = shard.running.find(receipt.job_id); job != shard.running.end()) {
      if (!job->second) job->second = std::make_unique<Held>(receipt, std::string(jws));
      return false;
    }
  }
  return !disk_failed_ && write(receipt, jws);
}

bool LateReceipts::write(const seal::Receipt& receipt, std::string_view jws) {
  const std::scoped_lock lock(rare_);
  Result<void> settled = store_.settle_job({.job_id = receipt.job_id,
                                            .keyset_id = receipt.keyset_id,
                                            .tokens_in = receipt.tokens_in,
                                            .tokens_out = receipt.tokens_out,
                                            .jws = jws});
  if (!settled && settled.error().code == Literal("store_not_found")) settled = adopt(receipt, jws);
  tell(receipt, settled);
  disk_failed_ = !settled && settled.error().code == Literal("store_failed");
  return !disk_failed_;
}

// The first ones of a gateway's life: a worker's lines must not fill its disk.
void LateReceipts::tell(const seal::Receipt& receipt, const Result<void>& settled) {
  if (told_ >= kMostTold) return;
  ++told_;
  if (settled) {
    log_.info("receipt_settled", {{"job", program::Id(receipt.job_id)}});
  } else {
    log_.warn("receipt_not_settled", {{"job", program::Id(receipt.job_id)}, {"reason", settled.error()}});
  }
}

// A gateway that was killed had not written the job's record yet.
Result<void> LateReceipts::adopt(const seal::Receipt& receipt, std::string_view jws) {
  if (adopted_ >= most_adopted_) return fail("store_not_found", "adopt");
  const store::JobRecord record = record_of(receipt, jws);
  const auto stored = store_.record_jobs(std::array<const store::JobRecord*, 1>{&record}, {});
  AIPG_CHECK(stored.front());
  ++adopted_;
  return {};
}

}  // namespace aipg::gateway
