// SPDX-License-Identifier: Apache-2.0
// Single evidence of NVIDIA's devices, and what NVIDIA says about them. Internal to evidence.h.
#pragma once

#include "attest/single_case.h"

namespace aipg::attest {

void judge_device_report(const SingleCase& about, Verdict& verdict);
void judge_nvidia_evidence(const SingleCase& about, Verdict& verdict);
void judge_rim(const SingleCase& about, Verdict& verdict);
void judge_ocsp(const SingleCase& about, Verdict& verdict);
void judge_nras_token(const SingleCase& about, Verdict& verdict);

}  // namespace aipg::attest
