// SPDX-License-Identifier: Apache-2.0
// What a quote's signature rests on: the platform's PCK certificates, the
// quoting enclave that the PCK key vouches for, and the attestation key that
// this enclave vouches for. Shared by TDX and SGX quotes. Pure.
// Source: Intel DCAP; docs/protocol.md "Appraisal".
#pragma once

#include "attest/rules.h"
#include "attest/tdx/pck_extension.h"
#include "attest/tdx/quote_parts.h"
#include "attest/verifier_cache.h"
#include "crypto/certificate.h"

namespace aipg::attest::tdx {

// A platform whose quote was checked up to a pinned root. Borrows the quote's
// bytes. Exists only through verify_platform().
class VerifiedPlatform {
 public:
  [[nodiscard]] Tee tee() const { return tee_; }
  [[nodiscard]] const PckExtension& platform() const { return platform_; }
  [[nodiscard]] const EnclaveReport& qe_report() const { return qe_report_; }
  // PCK leaf, Platform or Processor CA, root.
  [[nodiscard]] const std::vector<crypto::Certificate>& chain() const { return chain_; }
  [[nodiscard]] const crypto::Certificate& leaf() const { return chain_[0]; }
  [[nodiscard]] const crypto::Certificate& ca() const { return chain_[1]; }
  [[nodiscard]] const crypto::Certificate& root() const { return chain_[2]; }

 private:
  friend std::optional<VerifiedPlatform> verify_platform(const QuoteParts&, Tee, const std::vector<Bytes>&, Instant,
                                                         Rules&, VerifierCache*);
  VerifiedPlatform(Tee tee, const PckExtension& platform, const EnclaveReport& qe,
                   std::vector<crypto::Certificate> chain)
      : tee_(tee), platform_(platform), qe_report_(qe), chain_(std::move(chain)) {}
  Tee tee_;
  PckExtension platform_;
  EnclaveReport qe_report_;
  std::vector<crypto::Certificate> chain_;
};

// Exactly three certificates from the PCK leaf to one of `roots`, valid at
// `at`; the PCK key signs the QE report; the QE report binds the attestation
// key; that key signs header and body; the QE is Intel's and not in debug
// mode. nullopt once a rule is broken: what follows would rest on bytes that
// nobody vouches for.
[[nodiscard]] std::optional<VerifiedPlatform> verify_platform(const QuoteParts& quote, Tee tee,
                                                              const std::vector<Bytes>& roots, Instant at, Rules& rules,
                                                              VerifierCache* cache = nullptr);

// "90C06F000000"
[[nodiscard]] std::string fmspc_text(const PckExtension& platform);

}  // namespace aipg::attest::tdx
