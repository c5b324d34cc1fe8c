// SPDX-License-Identifier: Apache-2.0
// Receipts that workers send again, because a link was lost before their ACK:
// what becomes of each. Used on the gateway's thread.
#pragma once

#include <set>

#include "program/log.h"
#include "seal/receipt.h"
#include "store/job_store.h"

namespace aipg::gateway {

class LateReceipts {
 public:
  // Both must outlive this.
  LateReceipts(store::JobStore& store, const program::Log& log) : store_(store), log_(log) {}

  // Between these two, a job that the store does not know is one that it will know.
  void job_begins(const ByteArray<16>& id) { running_.insert(id); }
  void job_ended(const ByteArray<16>& id) { running_.erase(id); }

  // A verified receipt, and its exact text. True when the worker may forget it: it is in the job's record, durably, or
  // never will be.
  [[nodiscard]] bool settle(const seal::Receipt& receipt, std::string_view jws);

 private:
  store::JobStore& store_;
  const program::Log& log_;
  std::set<ByteArray<16>> running_;
};

}  // namespace aipg::gateway
