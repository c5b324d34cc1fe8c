// SPDX-License-Identifier: Apache-2.0
#include "gateway/late_receipts.h"

namespace aipg::gateway {

bool LateReceipts::settle(const seal::Receipt& receipt, std::string_view jws) {
  const Result<void> settled = store_.settle_job({.job_id = receipt.job_id,
                                                  .keyset_id = receipt.keyset_id,
                                                  .tokens_in = receipt.tokens_in,
                                                  .tokens_out = receipt.tokens_out,
                                                  .jws = jws});
  if (settled) {
    log_.info("receipt_settled", {{"job", program::Id(receipt.job_id)}});
    return true;
  }
  log_.warn("receipt_not_settled", {{"job", program::Id(receipt.job_id)}, {"reason", settled.error()}});
  const Literal code = settled.error().code;
  if (code == Literal("store_not_found")) return !running_.contains(receipt.job_id);
  return code == Literal("store_conflict");
}

}  // namespace aipg::gateway
