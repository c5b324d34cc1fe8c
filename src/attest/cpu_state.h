// SPDX-License-Identifier: Apache-2.0
// A CPU's evidence judged whole: genuine, its guest as the policy wants it, its
// platform as the vendor's collateral describes it. The same for evidence on
// its own and inside a bundle. Fills the verdict's identity. Internal to the verifier.
#pragma once

#include <optional>

#include "attest/grounds.h"
#include "attest/snp/verify.h"
#include "attest/tdx/verify.h"

namespace aipg::attest {

// Each: nullopt when the evidence is not genuine. Results borrow the evidence's bytes.
std::optional<tdx::VerifiedQuote> judge_tdx(ByteView quote, const Grounds& grounds, Verdict& verdict);
std::optional<tdx::VerifiedSgxQuote> judge_sgx(ByteView quote, const Grounds& grounds, Verdict& verdict);
// `certificates`: VCEK or VLEK and its authorities, DER, any order.
std::optional<snp::VerifiedReport> judge_snp(ByteView report, const std::vector<Bytes>& certificates,
                                             const Grounds& grounds, Verdict& verdict);
// AMD's revocation lists among those given: of the key's own ARK, current, and not naming its authority.
void judge_lists(const snp::VerifiedKey& key, const Grounds& grounds, Rules& rules);

}  // namespace aipg::attest
