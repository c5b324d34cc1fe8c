// SPDX-License-Identifier: Apache-2.0
#include "attest/tdx/collateral_reader.h"

#include "attest/tdx/collateral_item.h"

namespace aipg::attest::tdx {
namespace {

// Collateral in the making. Each slot is filled once.
class Collector {
 public:
  Result<void> add(const CollateralItem& item) {
    if (!item.list.empty()) lists_.push_back(&item);
    if (!item.root_name.empty()) root_names_.push_back(item.root_name);
    const Collateral& filled = item.filled;
    AIPG_CHECK(fill(out_.tcb_info, filled.tcb_info, "tcbInfo"));
    AIPG_CHECK(fill(out_.qe_identity, filled.qe_identity, "enclaveIdentity"));
    AIPG_CHECK(fill(out_.tcb_signing_chain, filled.tcb_signing_chain, "chain"));
    AIPG_CHECK(fill(out_.qe_identity_signing_chain, filled.qe_identity_signing_chain, "chain"));
    AIPG_CHECK(fill(out_.pck_crl_issuer_chain, filled.pck_crl_issuer_chain, "chain"));
    AIPG_CHECK(fill(out_.root_crl, filled.root_crl, "crl"));
    return fill(out_.pck_crl, filled.pck_crl, "crl");
  }

  Result<Collateral> finish() && {
    for (const CollateralItem* each : lists_) {
      const bool of_root = std::ranges::find(root_names_, each->issuer) != root_names_.end();
      AIPG_CHECK(fill(of_root ? out_.root_crl : out_.pck_crl, each->list, "crl"));
    }
    return std::move(out_);
  }

 private:
  template <typename T>
  static Result<void> fill(T& slot, const T& value, Literal item) {
    if (value.empty()) return {};
    if (!slot.empty()) return fail("collateral_invalid", item);
    slot = value;
    return {};
  }

  Collateral out_;
  std::vector<const CollateralItem*> lists_;
  std::vector<Bytes> root_names_;
};

}  // namespace

Result<Collateral> read_collateral(const std::vector<ByteView>& items, VerifierCache* cache) {
  std::vector<std::shared_ptr<const CollateralItem>> kept;  // the collector borrows them
  Collector collector;
  for (const ByteView item : items) {
    AIPG_TRY(auto read, read_collateral_item(item, cache));
    kept.push_back(std::move(read));
    AIPG_CHECK(collector.add(*kept.back()));
  }
  return std::move(collector).finish();
}

}  // namespace aipg::attest::tdx
