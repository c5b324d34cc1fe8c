// SPDX-License-Identifier: Apache-2.0
// From the bytes of a quote to one whose every signature was checked, back to
// a pinned root. What the guest or enclave is allowed to be is judged in
// guest.h, the state of its platform in collateral.h. Pure.
// Source: Intel TDX and SGX DCAP; FORMATS of real quotes; docs/protocol.md
// "Appraisal".
#pragma once

#include "attest/tdx/platform.h"
#include "attest/tdx/quote.h"
#include "attest/tdx/sgx_quote.h"

namespace aipg::attest::tdx {

// A quote over a guest, signed by a genuine quoting enclave. Borrows the
// quote's bytes. Exists only through verify_quote().
class VerifiedQuote : public VerifiedPlatform {
 public:
  [[nodiscard]] const QuoteView& quote() const { return quote_; }
  [[nodiscard]] const TdReport& report() const { return quote_.report; }

 private:
  friend std::optional<VerifiedQuote> verify_quote(ByteView, const std::vector<Bytes>&, Instant, Rules&,
                                                   VerifierCache*);
  VerifiedQuote(VerifiedPlatform platform, const QuoteView& quote)
      : VerifiedPlatform(std::move(platform)), quote_(quote) {}
  QuoteView quote_;
};

// The same over an enclave.
class VerifiedSgxQuote : public VerifiedPlatform {
 public:
  [[nodiscard]] const SgxQuoteView& quote() const { return quote_; }
  [[nodiscard]] const EnclaveReport& report() const { return quote_.report; }

 private:
  friend std::optional<VerifiedSgxQuote> verify_sgx_quote(ByteView, const std::vector<Bytes>&, Instant, Rules&,
                                                          VerifierCache*);
  VerifiedSgxQuote(VerifiedPlatform platform, const SgxQuoteView& quote)
      : VerifiedPlatform(std::move(platform)), quote_(quote) {}
  SgxQuoteView quote_;
};

// Structure, then all of verify_platform(). nullopt once a rule is broken.
[[nodiscard]] std::optional<VerifiedQuote> verify_quote(ByteView quote, const std::vector<Bytes>& roots, Instant at,
                                                        Rules& rules, VerifierCache* cache = nullptr);
[[nodiscard]] std::optional<VerifiedSgxQuote> verify_sgx_quote(ByteView quote, const std::vector<Bytes>& roots,
                                                               Instant at, Rules& rules,
                                                               VerifierCache* cache = nullptr);

// "Intel TDX (quote v4), FMSPC 90C06F000000"
[[nodiscard]] std::string describe(const VerifiedQuote& quote);
[[nodiscard]] std::string describe(const VerifiedSgxQuote& quote);

}  // namespace aipg::attest::tdx
