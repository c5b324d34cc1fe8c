// SPDX-License-Identifier: Apache-2.0
// When collateral that is there already has to be fetched again. Only thrift
// rests on this: whether it is good enough is the verifier's to say. Pure.
#pragma once

#include "attest/collateral_pack.h"
#include "collateral/resource.h"

namespace aipg::collateral {

// Every piece stands at `now` as far as it says itself, and it was asked for recently enough for its kind: what
// network policy bounds by 72 hours (TCB info, QE identity, PCK revocation list) was issued no longer ago than that,
// or was just fetched and the service has nothing newer.
[[nodiscard]] bool is_fresh(ResourceKind kind, const attest::CollateralEntry& entry, Instant now);

}  // namespace aipg::collateral
