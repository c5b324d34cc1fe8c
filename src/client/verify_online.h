// SPDX-License-Identifier: Apache-2.0
// What `aipg verify` fetches when the policy asks for something that nobody
// gave: what the vendors publish now, judged like files that were given. Only
// where the vendors' roots decide. Says on stderr what could not be had, and why.
#pragma once

#include "attest/evidence.h"
#include "client/collateral_source.h"

namespace aipg::client {

// Is it rejected, under the vendors' roots, for want of something that vendors publish?
[[nodiscard]] bool lacks_collateral(const attest::Verdict& verdict);

// From the cache or the services. Empty for evidence that is not genuine: it has findings of its own.
[[nodiscard]] std::vector<Bytes> fetch_published(const attest::SingleEvidence& evidence, Instant at,
                                                 const CollateralSettings& settings);
[[nodiscard]] std::vector<Bytes> fetch_for_bundle(ByteView bundle, Instant at, const CollateralSettings& settings);

}  // namespace aipg::client
