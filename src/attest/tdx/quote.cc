// SPDX-License-Identifier: Apache-2.0
#include "attest/tdx/quote.h"

#include "base/byte_reader.h"

namespace aipg::attest::tdx {
namespace {

constexpr std::uint16_t kEcdsaP256 = 2;
constexpr std::uint32_t kTeeTdx = 0x81;
constexpr std::uint16_t kBodyTd10 = 2, kBodyTd15 = 3;
constexpr std::uint16_t kCertificationPemChain = 5, kCertificationQeReport = 6;

Result<void> read_header(ByteReader& in, QuoteView& out) {
  out.version = in.u16le();
  const std::uint16_t key_type = in.u16le();
  const std::uint32_t tee_type = in.u32le();
  in.skip(4);  // v4 QE and PCE SVN, reserved in newer documents: not interpreted
  out.qe_vendor_id = in.take(16);
  in.skip(20);  // user data
  if (!in.ok()) return fail("quote_truncated", "header");
  if (out.version != 4 && out.version != 5) return fail("quote_unknown_version");
  if (key_type != kEcdsaP256) return fail("quote_key_type");
  if (tee_type != kTeeTdx) return fail("quote_tee_type");
  return {};
}

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

QeReport read_qe_report(ByteView report) {
  ByteReader in(report);
  in.skip(48);  // CPUSVN, MISCSELECT, reserved
  QeReport out;
  out.flags = in.u64le();
  in.skip(264);  // up to REPORTDATA: judged against QE identity collateral
  out.report_data = in.take(64);
  return out;
}

// Inside certification data 6: the QE's report, who signed it, and what it binds.
Result<void> read_qe_part(ByteView part, QuoteView& out) {
  ByteReader in(part);
  out.qe_report_bytes = in.take(kQeReportBytes);
  out.qe_report_signature = in.take(64);
  out.auth_data = in.take(in.u16le());
  const std::uint16_t type = in.u16le();
  const std::uint32_t size = in.u32le();
  if (!in.ok()) return fail("quote_truncated", "qe part");
  if (type != kCertificationPemChain) return fail("quote_certification_type", "inner");
  out.pem_chain = in.rest();
  if (out.pem_chain.size() != size) return fail("quote_lengths", "pem chain");
  out.qe_report = read_qe_report(out.qe_report_bytes);
  return {};
}

Result<void> read_signature_section(ByteView section, QuoteView& out) {
  ByteReader in(section);
  out.signature = in.take(64);
  out.attestation_key = in.take(64);
  const std::uint16_t type = in.u16le();
  const std::uint32_t size = in.u32le();
  if (!in.ok()) return fail("quote_truncated", "signature section");
  if (type != kCertificationQeReport) return fail("quote_certification_type", "outer");
  const ByteView part = in.rest();
  if (part.size() != size) return fail("quote_lengths", "certification data");
  return read_qe_part(part, out);
}

}  // namespace

Result<QuoteView> parse_quote(ByteView in) {
  if (in.size() > kMaxQuoteBytes) return fail("quote_too_large");
  ByteReader reader(in);
  QuoteView out;
  AIPG_CHECK(read_header(reader, out));
  AIPG_TRY(const std::size_t body_size, read_body_size(reader, out.version));
  const ByteView body = reader.take(body_size);
  if (!reader.ok()) return fail("quote_truncated", "body");
  AIPG_TRY(out.report, read_td_report(body));
  out.signed_part = in.first(reader.offset());
  const std::size_t section_size = reader.u32le();
  const ByteView section = reader.take(section_size);
  if (!reader.ok()) return fail("quote_truncated", "signature section");
  AIPG_CHECK(read_signature_section(section, out));
  const std::size_t end = reader.offset();
  if (!all_zero(reader.rest())) return fail("quote_trailing_bytes", {}, end);
  return out;
}

}  // namespace aipg::attest::tdx
