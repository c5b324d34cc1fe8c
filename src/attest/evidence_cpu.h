// SPDX-License-Identifier: Apache-2.0
// Single evidence of Intel's and AMD's CPUs. Internal to evidence.h.
#pragma once

#include "attest/single_case.h"
#include "attest/tdx/collateral.h"

namespace aipg::attest {

void judge_tdx_quote(const SingleCase& about, Verdict& verdict);
void judge_sgx_quote(const SingleCase& about, Verdict& verdict);
void judge_snp_report(const SingleCase& about, Verdict& verdict);
void judge_vcek(const SingleCase& about, Verdict& verdict);
// Of whichever vendor issued it.
void judge_crl(const SingleCase& about, Verdict& verdict);

}  // namespace aipg::attest
