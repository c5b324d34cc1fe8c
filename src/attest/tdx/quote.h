// SPDX-License-Identifier: Apache-2.0
// Splits one TDX quote (v4; v5 with a TD 1.0 or TD 1.5 body) into its parts.
// Structure only: nothing here is authentic until verify_quote() accepts it.
// After the signature section only zero padding may follow. Views borrow `in`.
// Pure. Errors: quote_too_large, quote_truncated, quote_unknown_version,
// quote_key_type, quote_tee_type, quote_body_type, quote_lengths,
// quote_certification_type, quote_trailing_bytes.
// Source: Intel TDX DCAP quote format; lengths as real quotes have them.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace aipg::attest::tdx {

inline constexpr std::size_t kMaxQuoteBytes = 64 << 10;
inline constexpr std::size_t kHeaderBytes = 48, kTdReport10Bytes = 584, kTdReport15Bytes = 648;
inline constexpr std::size_t kQeReportBytes = 384;
inline constexpr ByteArray<16> kIntelQeVendor{0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                              0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};

// What the TDX module says about the guest.
struct TdReport {
  ByteView tee_tcb_svn;           // 16
  ByteView mrseam, mrsignerseam;  // 48 each
  ByteView seam_attributes;       // 8
  std::uint64_t td_attributes = 0, xfam = 0;
  ByteView mrtd, mrconfigid, mrowner, mrownerconfig;  // 48 each
  std::array<ByteView, 4> rtmr;                       // 48 each
  ByteView report_data;                               // 64
  // TD 1.5 only; empty otherwise.
  ByteView tee_tcb_svn2, mrservicetd;  // 16, 48
};

// What the quoting enclave says about itself, as far as it is judged.
struct QeReport {
  std::uint64_t flags = 0;  // first half of ATTRIBUTES; bit 1 is DEBUG
  ByteView report_data;     // 64
};

struct QuoteView {
  std::uint16_t version = 0;
  ByteView qe_vendor_id;  // 16
  TdReport report;
  ByteView signed_part;      // header, body descriptor and body
  ByteView signature;        // 64, by the attestation key over signed_part
  ByteView attestation_key;  // x ‖ y
  ByteView qe_report_bytes;  // 384
  QeReport qe_report;
  ByteView qe_report_signature;  // 64, by the PCK key
  ByteView auth_data;
  ByteView pem_chain;  // PCK leaf, CA, root; may end in one NUL
};

[[nodiscard]] Result<QuoteView> parse_quote(ByteView in);

}  // namespace aipg::attest::tdx
