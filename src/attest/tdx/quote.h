// SPDX-License-Identifier: Apache-2.0
// Splits one TDX quote (v4; v5 with a TD 1.0 or TD 1.5 body) into its parts.
// Structure only: nothing here is authentic until verify_quote() accepts it.
// After the signature section only zero padding may follow. Views borrow `in`.
// Pure. Errors: quote_too_large, quote_truncated, quote_unknown_version,
// quote_key_type, quote_tee_type, quote_body_type, quote_lengths,
// quote_certification_type, quote_trailing_bytes.
// Source: Intel TDX DCAP quote format; lengths as real quotes have them.
#pragma once

#include "attest/tdx/quote_parts.h"

namespace aipg::attest::tdx {

inline constexpr std::size_t kTdReport10Bytes = 584, kTdReport15Bytes = 648;

// What the TDX module says about the guest.
struct TdReport {
  ByteView tee_tcb_svn;           // 16: the module's minor SVN, its major version, the microcode's SVN, …
  ByteView mrseam, mrsignerseam;  // 48 each
  ByteView seam_attributes;       // 8
  std::uint64_t td_attributes = 0, xfam = 0;
  ByteView mrtd, mrconfigid, mrowner, mrownerconfig;  // 48 each
  std::array<ByteView, 4> rtmr;                       // 48 each
  ByteView report_data;                               // 64
  // TD 1.5 only; empty otherwise. The SVNs are of the module that is loaded now.
  ByteView tee_tcb_svn2, mrservicetd;  // 16, 48
};

struct QuoteView : QuoteParts {
  TdReport report;
};

[[nodiscard]] Result<QuoteView> parse_quote(ByteView in);

}  // namespace aipg::attest::tdx
