// SPDX-License-Identifier: Apache-2.0
#include "attest/tdx/sgx_quote.h"

namespace aipg::attest::tdx {

Result<SgxQuoteView> parse_sgx_quote(ByteView in) {
  if (in.size() > kMaxQuoteBytes) return fail("quote_too_large");
  ByteReader reader(in);
  SgxQuoteView out;
  AIPG_CHECK(read_quote_header(reader, Tee::sgx, out));
  const ByteView body = reader.take(kEnclaveReportBytes);
  if (!reader.ok()) return fail("quote_truncated", "body");
  AIPG_TRY(out.report, parse_enclave_report(body));
  out.signed_part = in.first(reader.offset());
  const std::size_t section_size = reader.u32le();
  const ByteView section = reader.take(section_size);
  if (!reader.ok()) return fail("quote_truncated", "signature section");
  AIPG_CHECK(read_signature_section(section, Tee::sgx, out));
  const std::size_t end = reader.offset();
  if (!all_zero(reader.rest())) return fail("quote_trailing_bytes", {}, end);
  return out;
}

}  // namespace aipg::attest::tdx
