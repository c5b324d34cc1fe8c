// SPDX-License-Identifier: Apache-2.0
// The report of an SGX enclave: the quoting enclave's inside every quote, and
// the attested enclave's in an SGX quote. Authentic as far as what signed it.
// Views borrow `in`. Pure. Errors: quote_truncated.
// Source: Intel SGX, REPORT body; the offsets of FORMATS.md 3.3.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace aipg::attest::tdx {

inline constexpr std::size_t kEnclaveReportBytes = 384;
inline constexpr std::uint64_t kEnclaveDebug = 1U << 1;  // of `flags`

struct EnclaveReport {
  ByteView cpu_svn;         // 16
  ByteView misc_select;     // 4
  ByteView attributes;      // 16
  std::uint64_t flags = 0;  // first half of ATTRIBUTES
  ByteView mrenclave;       // 32
  ByteView mrsigner;        // 32
  std::uint16_t isv_prod_id = 0, isv_svn = 0;
  ByteView report_data;  // 64
};

[[nodiscard]] Result<EnclaveReport> parse_enclave_report(ByteView in);

}  // namespace aipg::attest::tdx
