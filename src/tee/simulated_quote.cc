// SPDX-License-Identifier: Apache-2.0
#include "tee/simulated_quote.h"

#include "base/byte_reader.h"
#include "codec/pem.h"
#include "tee/simulated_names.h"

namespace aipg::tee {
namespace {

constexpr std::uint16_t kEcdsaP256 = 2, kBodyTd15 = 3, kPemChain = 5, kQeReport = 6;
constexpr std::uint32_t kTeeTdx = 0x81, kTdReport15Bytes = 648;

void write_header(ByteWriter& out, const QuoteContent& content) {
  out.u16le(content.form == QuoteForm::v4 ? 4 : 5).u16le(kEcdsaP256).u32le(kTeeTdx).zeros(4);
  out.bytes(content.qe_vendor_id).zeros(20);
  if (content.form == QuoteForm::v5_td15) out.u16le(kBodyTd15).u32le(kTdReport15Bytes);
}

void write_td_report(ByteWriter& out, const QuoteContent& content) {
  out.bytes(content.tee_tcb_svn).bytes(content.mrseam).bytes(content.mrsignerseam);
  out.u64le(content.seam_attributes).u64le(content.td_attributes).u64le(content.xfam);
  out.bytes(content.mrtd).bytes(content.mrconfigid).bytes(content.mrowner).bytes(content.mrownerconfig);
  for (const crypto::Hash384& rtmr : content.rtmr) out.bytes(rtmr);
  out.bytes(content.report_data);
  if (content.form == QuoteForm::v5_td15) {
    out.bytes(content.tee_tcb_svn2.value_or(content.tee_tcb_svn)).bytes(content.mrservicetd);
  }
}

// The quoting enclave's own report, which names the attestation key.
Bytes qe_report(const QeContent& content, ByteView attestation_key, ByteView auth_data) {
  constexpr std::uint64_t kXfrm = 0xe7;
  const crypto::Hash384 enclave = simulated_measurement("QE MRENCLAVE");
  const crypto::Hash384 signer = simulated_measurement(content.qe_signer);
  ByteWriter out;
  out.zeros(16).u32le(content.qe_misc_select).zeros(28).u64le(content.qe_flags).u64le(kXfrm);
  out.bytes(ByteView(enclave).first(32)).zeros(32).bytes(ByteView(signer).first(32)).zeros(96);
  out.u16le(content.qe_isv_prod_id).u16le(content.qe_isv_svn).zeros(60);
  if (content.qe_report_data) return std::move(out.bytes(*content.qe_report_data)).take();
  return std::move(out.bytes(crypto::sha256({attestation_key, auth_data})).zeros(32)).take();
}

Bytes pem_chain(const std::vector<Bytes>& chain) {
  std::string out;
  for (const Bytes& der : chain) out += codec::to_pem_certificate(der);
  out += '\0';  // as real quotes end it
  return to_bytes(out);
}

Bytes certification_data(const QeContent& content, const SimulatedPki& pki, ByteView attestation_key) {
  const Hash256 auth_data = crypto::sha256(as_bytes("aipg simulated QE authentication data"));
  const Bytes report = qe_report(content, attestation_key, auth_data);
  const Bytes chain = pem_chain(pki.pck_chain);
  ByteWriter out;
  out.bytes(report).bytes(pki.pck_key.sign(report));
  out.u16le(static_cast<std::uint16_t>(auth_data.size())).bytes(auth_data);
  out.u16le(kPemChain).u32le(static_cast<std::uint32_t>(chain.size())).bytes(chain);
  return std::move(out).take();
}

}  // namespace

Bytes make_quote(const QuoteContent& content, const SimulatedPki& pki, const crypto::EcPrivateKey& attestation_key) {
  ByteWriter out;
  write_header(out, content);
  write_td_report(out, content);
  const Bytes signature = attestation_key.sign(out.view());
  const ByteView key = attestation_key.public_key().xy();
  const Bytes certification = certification_data(content, pki, key);
  const std::size_t section = signature.size() + key.size() + 6 + certification.size();
  out.u32le(static_cast<std::uint32_t>(section)).bytes(signature).bytes(key);
  out.u16le(kQeReport).u32le(static_cast<std::uint32_t>(certification.size())).bytes(certification);
  return std::move(out).take();
}

Bytes make_sgx_quote(const EnclaveContent& content, const SimulatedPki& pki,
                     const crypto::EcPrivateKey& attestation_key) {
  constexpr std::uint16_t kSgxVersion = 3;
  constexpr std::uint64_t kXfrm = 0xe7;
  ByteWriter out;
  out.u16le(kSgxVersion).u16le(kEcdsaP256).zeros(8).bytes(content.qe_vendor_id).zeros(20);
  out.zeros(48).u64le(content.flags).u64le(kXfrm).bytes(content.mrenclave).zeros(32).bytes(content.mrsigner).zeros(96);
  out.u16le(content.isv_prod_id).u16le(content.isv_svn).zeros(60).bytes(content.report_data);
  const Bytes signature = attestation_key.sign(out.view());
  const ByteView key = attestation_key.public_key().xy();
  const Bytes certification = certification_data(content, pki, key);
  out.u32le(static_cast<std::uint32_t>(signature.size() + key.size() + certification.size()));
  out.bytes(signature).bytes(key).bytes(certification);
  return std::move(out).take();
}

}  // namespace aipg::tee
