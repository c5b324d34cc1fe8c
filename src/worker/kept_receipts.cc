// SPDX-License-Identifier: Apache-2.0
#include "worker/kept_receipts.h"

#include "seal/receipt.h"

namespace aipg::worker {

void KeptReceipts::keep(std::string jws) {
  const auto receipt = seal::parse_receipt(jws);
  if (!receipt) return;  // never: the worker signed it
  log_.info("receipt_kept", {{"job", program::Id(receipt->job_id)}});
  kept_.push_back({receipt->job_id, receipt->keyset_id, std::move(jws)});
  if (kept_.size() <= most_) return;
  warn_of(kept_.front());
  kept_.pop_front();
}

void KeptReceipts::recorded(const ByteArray<16>& job_id) {
  std::erase_if(kept_, [&](const Kept& kept) { return kept.job_id == job_id; });
}

void KeptReceipts::give_up_unless(const std::function<bool(const Hash256&)>& live) {
  std::erase_if(kept_, [&](const Kept& kept) {
    if (live(kept.keyset_id)) return false;
    warn_of(kept);
    return true;
  });
}

// It went to the client in the answer's last chunk; the gateway may not have it.
void KeptReceipts::warn_of(const Kept& dropped) const {
  log_.warn("receipt_unacknowledged", {{"job", program::Id(dropped.job_id)}});
}

}  // namespace aipg::worker
