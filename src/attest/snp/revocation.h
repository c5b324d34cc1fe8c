// SPDX-License-Identifier: Apache-2.0
// AMD's revocation lists: one per product, signed by its ARK, naming serials
// of ASKs and ASVKs. A VCEK's serial is always 0 and says nothing. Pure.
// Errors and findings: snp_crl beside verify_crl()'s codes, snp_revoked,
// chain_root, chain_not_yet_valid, chain_expired, snp_certificates.
// Source: RFC 5280; AMD KDS interface (57230); FORMATS.md 4.
#pragma once

#include "attest/snp/chain.h"
#include "crypto/crl.h"

namespace aipg::attest::snp {

// The list is of the key's own ARK and current at `at`, and does not name the authority that issued the key.
void check_revocation(const VerifiedKey& key, const crypto::Crl& crl, Instant at, Rules& rules);

// A list judged alone: issued by the one ARK among `certificates`, which is one of `roots`; whatever else is among
// them must be an authority of AMD's too. Returns whether it is.
bool verify_revocation_list(const crypto::Crl& crl, const std::vector<Bytes>& certificates,
                            const std::vector<Bytes>& roots, Instant at, Rules& rules);

}  // namespace aipg::attest::snp
