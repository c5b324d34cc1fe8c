// SPDX-License-Identifier: Apache-2.0
// What Intel says about a platform beside its quote: TCB info, QE identity and
// revocation lists; and the check that all of it is Intel's, is about this
// platform, stands at the instant, and revokes nothing that the quote rests
// on. What it says about the platform is evaluated in tcb_status.h. Pure.
// Source: Intel PCS API v4; FORMATS.md 3.5.
#pragma once

#include "attest/rules.h"
#include "attest/tdx/kept_document.h"
#include "attest/tdx/platform.h"

namespace aipg::attest::tdx {

// As Intel's service gives it. What is empty is missing.
struct Collateral {
  Bytes tcb_info;                                // {"tcbInfo":{…},"signature":"…"}
  Bytes qe_identity;                             // {"enclaveIdentity":{…},"signature":"…"}
  std::vector<Bytes> tcb_signing_chain;          // DER: who signed the TCB info, root
  std::vector<Bytes> qe_identity_signing_chain;  // DER: who signed the QE identity, root; mostly the same
  Bytes root_crl, pck_crl;                       // DER
  // DER: CA, root, as they come with the PCK CRL. Not needed, since the quote
  // brings its own CA; checked to be the same key where given.
  std::vector<Bytes> pck_crl_issuer_chain;
};

// What a policy sets. The defaults are those of the policy `network`.
struct CollateralRequirements {
  // Intel counts its TCB recoveries: older but unexpired collateral says less.
  std::uint32_t minimum_evaluation_data_number = 0;
  // How long ago TCB info, QE identity and PCK CRL may have been issued; nullopt: only their own windows count.
  std::optional<milliseconds> maximum_age = std::chrono::hours(72);
  // The root CRL is issued once a year: its age is bounded by an instant instead.
  std::optional<Instant> oldest_root_crl;
  // The date of the TCB level that the platform reaches.
  std::optional<Instant> oldest_tcb;
  friend bool operator==(const CollateralRequirements&, const CollateralRequirements&) = default;
};

// Signed by Intel, about this platform. Exists only through check_collateral().
class VerifiedCollateral {
 public:
  [[nodiscard]] const TcbInfo& tcb_info() const { return tcb_info_->content; }
  [[nodiscard]] const QeIdentity& qe_identity() const { return qe_identity_->content; }

 private:
  friend std::optional<VerifiedCollateral> check_collateral(const VerifiedPlatform&, const Collateral&,
                                                            const CollateralRequirements&, Instant, Rules&,
                                                            VerifierCache*);
  VerifiedCollateral(KeptTcbInfo tcb_info, KeptQeIdentity qe_identity)
      : tcb_info_(std::move(tcb_info)), qe_identity_(std::move(qe_identity)) {}
  KeptTcbInfo tcb_info_;
  KeptQeIdentity qe_identity_;
};

// Everything that is there is checked, and each broken rule reported. It must
// be signed under the root that the quote itself leads to: another root that a
// policy trusts says nothing about this platform. nullopt
// unless both documents are authentic, current and about this platform: only
// then may what they say be evaluated. What is missing is
// `collateral_missing`, which a policy may relax.
[[nodiscard]] std::optional<VerifiedCollateral> check_collateral(const VerifiedPlatform& platform,
                                                                 const Collateral& collateral,
                                                                 const CollateralRequirements& requirements, Instant at,
                                                                 Rules& rules, VerifierCache* cache = nullptr);

}  // namespace aipg::attest::tdx
