// SPDX-License-Identifier: Apache-2.0
// Puts together the collateral of one platform from files, recognised by their
// content: the combined JSON that verification services hand around, Intel's
// TCB info and QE identity as served, revocation lists in DER, and PEM chains
// of a certificate and its root. Nothing is authentic here; what a file is
// taken for decides only what it is checked as.
// Refuses what is none of these, and an item given twice.
// Pure. Errors: collateral_invalid (where says the item), json_…, pem_invalid,
// certificate_invalid, certificate_algorithm, crl_invalid.
// Source: the JSON form of dcap-qvl's QuoteCollateralV3; Intel PCS API v4.
#pragma once

#include "attest/tdx/collateral.h"

namespace aipg::attest::tdx {

inline constexpr std::size_t kMaxCollateralJsonBytes = 10 << 20;  // a revocation list in hexadecimal fits

// One combined JSON: PEM chains, lists and signatures in hexadecimal, documents as text.
[[nodiscard]] Result<Collateral> parse_collateral_json(ByteView in);

// Each of `items` is one file. A list is the root's when its issuer is the last
// certificate of a signing chain that is given too, and the PCK CA's otherwise.
[[nodiscard]] Result<Collateral> read_collateral(const std::vector<ByteView>& items, VerifierCache* cache = nullptr);

}  // namespace aipg::attest::tdx
