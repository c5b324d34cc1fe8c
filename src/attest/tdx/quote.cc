// SPDX-License-Identifier: Apache-2.0
#include "attest/tdx/quote.h"

namespace aipg::attest::tdx {
namespace {

constexpr std::uint16_t kBodyTd10 = 2, kBodyTd15 = 3;

// Bytes of the TD report that follows: v4 has one kind, v5 says which.
Result<std::size_t> read_body_size(ByteReader& in, std::uint16_t version) {
  if (version == 4) return kTdReport10Bytes;
  const std::uint16_t type = in.u16le();
  const std::uint32_t size = in.u32le();
  if (!in.ok()) return fail("quote_truncated", "body");
  if (type != kBodyTd10 && type != kBodyTd15) return fail("quote_body_type");
  const std::size_t expected = type == kBodyTd10 ? kTdReport10Bytes : kTdReport15Bytes;
  if (size != expected) return fail("quote_lengths", "body");
  return expected;
}

Result<TdReport> read_td_report(ByteView body) {
  ByteReader in(body);
  TdReport out;
  out.tee_tcb_svn = in.take(16);
  out.mrseam = in.take(48);
  out.mrsignerseam = in.take(48);
  out.seam_attributes = in.take(8);
  out.td_attributes = in.u64le();
  out.xfam = in.u64le();
  out.mrtd = in.take(48);
  out.mrconfigid = in.take(48);
  out.mrowner = in.take(48);
  out.mrownerconfig = in.take(48);
  for (ByteView& rtmr : out.rtmr) rtmr = in.take(48);
  out.report_data = in.take(64);
  if (body.size() == kTdReport15Bytes) {
    out.tee_tcb_svn2 = in.take(16);
    out.mrservicetd = in.take(48);
  }
  if (!in.finish()) return fail("quote_truncated", "body");
  return out;
}

}  // namespace

Result<QuoteView> parse_quote(ByteView in) {
  if (in.size() > kMaxQuoteBytes) return fail("quote_too_large");
  ByteReader reader(in);
  QuoteView out;
  AIPG_CHECK(read_quote_header(reader, Tee::tdx, out));
  AIPG_TRY(const std::size_t body_size, read_body_size(reader, out.version));
  const ByteView body = reader.take(body_size);
  if (!reader.ok()) return fail("quote_truncated", "body");
  AIPG_TRY(out.report, read_td_report(body));
  out.signed_part = in.first(reader.offset());
  const std::size_t section_size = reader.u32le();
  const ByteView section = reader.take(section_size);
  if (!reader.ok()) return fail("quote_truncated", "signature section");
  AIPG_CHECK(read_signature_section(section, Tee::tdx, out));
  const std::size_t end = reader.offset();
  if (!all_zero(reader.rest())) return fail("quote_trailing_bytes", {}, end);
  return out;
}

}  // namespace aipg::attest::tdx
