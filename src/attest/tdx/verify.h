// SPDX-License-Identifier: Apache-2.0
// From the bytes of a TDX quote to one whose every signature was checked, back
// to a pinned root; and the rules about the guest that it describes. Pure.
// Source: Intel TDX DCAP; FORMATS of real quotes; docs/protocol.md "Appraisal".
#pragma once

#include "attest/rules.h"
#include "attest/tdx/pck_extension.h"
#include "attest/tdx/quote.h"

namespace aipg::attest::tdx {

// A quote signed by a genuine quoting enclave. Borrows the quote's bytes.
// Exists only through verify_quote().
class VerifiedQuote {
 public:
  [[nodiscard]] const QuoteView& quote() const { return quote_; }
  [[nodiscard]] const TdReport& report() const { return quote_.report; }
  [[nodiscard]] const PckExtension& platform() const { return platform_; }

 private:
  friend std::optional<VerifiedQuote> verify_quote(ByteView, const std::vector<Bytes>&, Instant, Rules&);
  VerifiedQuote(const QuoteView& quote, const PckExtension& platform) : quote_(quote), platform_(platform) {}
  QuoteView quote_;
  PckExtension platform_;
};

// Structure; exactly three certificates from the PCK leaf to one of `roots`,
// valid at `at`; the PCK key signs the QE report; the QE report binds the
// attestation key; that key signs header and body; the QE is Intel's and not
// in debug mode. nullopt once a rule is broken: what follows would rest on
// bytes that nobody vouches for.
[[nodiscard]] std::optional<VerifiedQuote> verify_quote(ByteView quote, const std::vector<Bytes>& roots, Instant at,
                                                        Rules& rules);

// Debug, reserved and migratable bits, SEPT_VE_DISABLE, XFAM, SEAM fields, service TDs.
void check_guest(const VerifiedQuote& quote, Rules& rules);

// "Intel TDX (quote v4), FMSPC 90C06F000000"
[[nodiscard]] std::string describe(const VerifiedQuote& quote);

}  // namespace aipg::attest::tdx
