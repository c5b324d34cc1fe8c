// SPDX-License-Identifier: Apache-2.0
// An SGX quote that parses is made of its parts and zero padding, and of
// nothing else; and it is no TDX quote.
#include <cstdint>

#include "attest/tdx/quote.h"
#include "attest/tdx/sgx_quote.h"
#include "base/byte_reader.h"

namespace {

namespace tdx = aipg::attest::tdx;

aipg::Bytes assembled(const tdx::SgxQuoteView& quote) {
  aipg::ByteWriter section;
  section.bytes(quote.signature).bytes(quote.attestation_key);
  section.bytes(quote.qe_report_bytes).bytes(quote.qe_report_signature);
  section.u16le(static_cast<std::uint16_t>(quote.auth_data.size())).bytes(quote.auth_data);
  section.u16le(5).u32le(static_cast<std::uint32_t>(quote.pem_chain.size())).bytes(quote.pem_chain);
  aipg::ByteWriter out;
  out.bytes(quote.signed_part).u32le(static_cast<std::uint32_t>(section.size())).bytes(section.view());
  return std::move(out).take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const aipg::ByteView in(data, size);
  const auto quote = tdx::parse_sgx_quote(in);
  if (!quote) return 0;
  const aipg::Bytes whole = assembled(*quote);
  if (whole.size() > size || !aipg::equal(whole, in.first(whole.size()))) __builtin_trap();
  if (!aipg::all_zero(in.subspan(whole.size()))) __builtin_trap();
  if (tdx::parse_quote(in)) __builtin_trap();
  return 0;
}
