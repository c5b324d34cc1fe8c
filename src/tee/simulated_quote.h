// SPDX-License-Identifier: Apache-2.0
// Writes quotes byte for byte as hardware does: TDX v4, TDX v5 with a TD 1.5
// body, SGX v3. Not part of the verifier, and it shares no code with it.
#pragma once

#include <optional>

#include "crypto/digest.h"
#include "tee/simulated_pki.h"

namespace aipg::tee {

enum class QuoteForm : std::uint8_t { v4, v5_td15 };

// What the quoting enclave says about itself. The defaults are a healthy production one.
struct QeContent {
  ByteArray<16> qe_vendor_id{0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                             0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};
  std::uint64_t qe_flags = 0x15;
  std::uint32_t qe_misc_select = 0;
  std::string qe_signer = "QE MRSIGNER";  // whose name's hash MRSIGNER is
  std::uint16_t qe_isv_prod_id = 2, qe_isv_svn = 4;
  std::optional<ByteArray<64>> qe_report_data;  // instead of the one that binds the attestation key
};

// What the TDX module says about a guest. The defaults are a healthy production one.
struct QuoteContent : QeContent {
  QuoteForm form = QuoteForm::v4;
  ByteArray<16> tee_tcb_svn{5, 1, 2};
  std::optional<ByteArray<16>> tee_tcb_svn2;  // v5 only: of the module that is loaded now, if not the same
  crypto::Hash384 mrseam{}, mrsignerseam{};
  std::uint64_t seam_attributes = 0;
  std::uint64_t td_attributes = 1ULL << 28;  // SEPT_VE_DISABLE
  std::uint64_t xfam = 0x602e7;
  crypto::Hash384 mrtd{}, mrconfigid{}, mrowner{}, mrownerconfig{};
  std::array<crypto::Hash384, 4> rtmr{};
  ByteArray<64> report_data{};
  crypto::Hash384 mrservicetd{};  // v5 only
};

// What the processor says about an enclave.
struct EnclaveContent : QeContent {
  std::uint64_t flags = 0x5;
  ByteArray<32> mrenclave{}, mrsigner{};
  std::uint16_t isv_prod_id = 0, isv_svn = 0;
  ByteArray<64> report_data{};
};

// Signed by a fresh quoting enclave: `attestation_key` certified by the PCK key of `pki`.
[[nodiscard]] Bytes make_quote(const QuoteContent& content, const SimulatedPki& pki,
                               const crypto::EcPrivateKey& attestation_key);
[[nodiscard]] Bytes make_sgx_quote(const EnclaveContent& content, const SimulatedPki& pki,
                                   const crypto::EcPrivateKey& attestation_key);

}  // namespace aipg::tee
