// SPDX-License-Identifier: Apache-2.0
// Intel's part of what vendors say beside evidence. Pure.
// Errors: those of collateral_reader.h. Findings: tdx_crl beside verify_crl()'s
// codes, chain_root, chain_issuer, chain_ca, chain_key_usage, chain_signature,
// chain_not_yet_valid, chain_expired.
#pragma once

#include "attest/endorsements.h"
#include "attest/tdx/collateral.h"
#include "crypto/crl.h"

namespace aipg::attest::tdx {

// What of it is about this platform: Intel's documents, the signing chains that end in the platform's root, the lists
// of its root and of its CA.
[[nodiscard]] Result<Collateral> select_collateral(const Endorsements& endorsements, const VerifiedPlatform& platform,
                                                   VerifierCache* cache = nullptr);

// A list judged alone: issued by one of `roots`, or by a CA among `certificates`. Each of these must be one of the
// roots, or issued by one.
void judge_revocation_list(const crypto::Crl& crl, const std::vector<Bytes>& certificates,
                           const std::vector<Bytes>& roots, Instant at, Rules& rules);

}  // namespace aipg::attest::tdx
