// SPDX-License-Identifier: Apache-2.0
#include "attest/tdx/quote_parts.h"

namespace aipg::attest::tdx {
namespace {

constexpr std::uint16_t kEcdsaP256 = 2;
constexpr std::uint32_t kTeeSgx = 0, kTeeTdx = 0x81;
constexpr std::uint16_t kCertificationPemChain = 5, kCertificationQeReport = 6;

// The QE's report, who signed it, and what it binds.
Result<void> read_qe_part(ByteView part, QuoteParts& out) {
  ByteReader in(part);
  out.qe_report_bytes = in.take(kEnclaveReportBytes);
  out.qe_report_signature = in.take(64);
  out.auth_data = in.take(in.u16le());
  const std::uint16_t type = in.u16le();
  const std::uint32_t size = in.u32le();
  if (!in.ok()) return fail("quote_truncated", "qe part");
  if (type != kCertificationPemChain) return fail("quote_certification_type", "inner");
  out.pem_chain = in.rest();
  if (out.pem_chain.size() != size) return fail("quote_lengths", "pem chain");
  AIPG_TRY(out.qe_report, parse_enclave_report(out.qe_report_bytes));
  return {};
}

}  // namespace

Result<void> read_quote_header(ByteReader& in, Tee tee, QuoteParts& out) {
  out.version = in.u16le();
  const std::uint16_t key_type = in.u16le();
  const std::uint32_t tee_type = in.u32le();
  in.skip(4);  // v4 QE and PCE SVN, reserved in newer documents: not interpreted
  out.qe_vendor_id = in.take(16);
  in.skip(20);  // user data
  if (!in.ok()) return fail("quote_truncated", "header");
  const bool known = tee == Tee::sgx ? out.version == 3 : out.version == 4 || out.version == 5;
  if (!known) return fail("quote_unknown_version");
  if (key_type != kEcdsaP256) return fail("quote_key_type");
  if (tee_type != (tee == Tee::sgx ? kTeeSgx : kTeeTdx)) return fail("quote_tee_type");
  return {};
}

Result<void> read_signature_section(ByteView section, Tee tee, QuoteParts& out) {
  ByteReader in(section);
  out.signature = in.take(64);
  out.attestation_key = in.take(64);
  if (!in.ok()) return fail("quote_truncated", "signature section");
  if (tee == Tee::sgx) return read_qe_part(in.rest(), out);
  const std::uint16_t type = in.u16le();
  const std::uint32_t size = in.u32le();
  if (!in.ok()) return fail("quote_truncated", "signature section");
  if (type != kCertificationQeReport) return fail("quote_certification_type", "outer");
  const ByteView part = in.rest();
  if (part.size() != size) return fail("quote_lengths", "certification data");
  return read_qe_part(part, out);
}

}  // namespace aipg::attest::tdx
