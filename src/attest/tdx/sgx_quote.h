// SPDX-License-Identifier: Apache-2.0
// Splits one SGX quote, version 3, into its parts. Structure only: nothing
// here is authentic until verify_sgx_quote() accepts it. After the signature
// section only zero padding may follow. Views borrow `in`. Pure.
// Errors: quote_too_large, quote_truncated, quote_unknown_version,
// quote_key_type, quote_tee_type, quote_lengths, quote_certification_type,
// quote_trailing_bytes. Source: Intel SGX DCAP ECDSA quote format.
#pragma once

#include "attest/tdx/quote_parts.h"

namespace aipg::attest::tdx {

struct SgxQuoteView : QuoteParts {
  EnclaveReport report;  // of the enclave that was attested
};

[[nodiscard]] Result<SgxQuoteView> parse_sgx_quote(ByteView in);

}  // namespace aipg::attest::tdx
