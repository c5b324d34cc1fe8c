// SPDX-License-Identifier: Apache-2.0
// What Intel's verified collateral says about a platform: quoting enclave,
// TDX module and platform firmware each reach a level, and the three are
// converged to one status, as Intel's own verifier does it. Pure.
// Source: FORMATS.md 3.6; Intel DCAP quote verification, TCB level, TDX module
// and TD relaunch checks.
#pragma once

#include "attest/tdx/collateral.h"
#include "attest/tdx/verify.h"

namespace aipg::attest::tdx {

// What of a quote is held against the collateral. Borrows the quote's bytes.
struct TcbFacts {
  ByteArray<16> components{};  // of the PCK certificate
  std::uint16_t pce_svn = 0;
  EnclaveReport qe;
  // TDX only; empty for SGX, and the last but in TD 1.5.
  ByteView tee_tcb_svn, mrsignerseam, seam_attributes, tee_tcb_svn2;
};
[[nodiscard]] TcbFacts facts_of(const VerifiedQuote& quote);
[[nodiscard]] TcbFacts facts_of(const VerifiedSgxQuote& quote);

struct TcbEvaluation {
  TcbStatus status = TcbStatus::not_supported;
  std::optional<std::size_t> level;     // which of the TCB info's levels; nullopt: none is reached
  std::optional<Instant> date;          // that level's
  std::vector<std::string> advisories;  // of platform, module and QE levels; sorted, each once
  bool qe_matches = false;              // the quoting enclave is the one that the QE identity describes
  bool module_matches = true;           // the TDX module is one that the TCB info describes; true for SGX
  TcbStatus qe_status = TcbStatus::not_supported;
  std::optional<TcbStatus> module_status;  // TDX with a module of a major version only
};

// What a policy accepts. The defaults are those of the policy `network`.
struct TcbRequirements {
  // Beside UpToDate. One that is reached shows as a warning under the code of its family. Revoked, and a platform that
  // reaches no level, are never accepted.
  std::vector<TcbStatus> accepted;
  friend bool operator==(const TcbRequirements&, const TcbRequirements&) = default;
};

// `info` and `identity` must be verified. Facts about the other kind of TEE reach nothing.
[[nodiscard]] TcbEvaluation evaluate_tcb(const TcbFacts& facts, const TcbInfo& info, const QeIdentity& identity);

// The evaluation as findings. That QE and module are Intel's, that nothing is
// revoked and that Intel knows the platform at all decides always. A status
// short of UpToDate breaks the rules of its family, and a policy may relax
// each: tdx_tcb_out_of_date, tdx_tcb_configuration, tdx_tcb_sw_hardening,
// tdx_tcb_relaunch. ConfigurationAndSWHardeningNeeded breaks two.
TcbEvaluation check_tcb(const TcbFacts& facts, const VerifiedCollateral& collateral, Rules& rules,
                        const TcbRequirements& requirements = {});

}  // namespace aipg::attest::tdx
