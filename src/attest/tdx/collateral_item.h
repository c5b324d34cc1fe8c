// SPDX-License-Identifier: Apache-2.0
// One file of collateral, read: what of a Collateral it fills, and what tells
// where a list belongs. Nothing here is authentic. Pure; of the bytes alone.
// Errors: those of collateral_reader.h, but for an item given twice.
#pragma once

#include "attest/tdx/collateral.h"
#include "attest/verifier_cache.h"

namespace aipg::attest::tdx {

struct CollateralItem {
  Collateral filled;   // the slots that this file fills
  Bytes list, issuer;  // or one list, whose slot depends on who else issued what
  Bytes root_name;     // of the signing chain, where the file has one: DER of the Name

  // Of a file that is a chain.
  [[nodiscard]] const std::vector<Bytes>& chain() const {
    return filled.tcb_signing_chain.empty() ? filled.pck_crl_issuer_chain : filled.tcb_signing_chain;
  }
};

[[nodiscard]] Result<std::shared_ptr<const CollateralItem>> read_collateral_item(ByteView file, VerifierCache* cache);

}  // namespace aipg::attest::tdx
