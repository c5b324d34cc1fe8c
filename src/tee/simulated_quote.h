// SPDX-License-Identifier: Apache-2.0
// Writes TDX quotes byte for byte as hardware does: v4, and v5 with a TD 1.5
// body. Not part of the verifier, and it shares no code with it.
#pragma once

#include <optional>

#include "crypto/digest.h"
#include "tee/simulated_pki.h"

namespace aipg::tee {

enum class QuoteForm : std::uint8_t { v4, v5_td15 };

// What the TDX module and the quoting enclave put into a quote. The defaults
// are a healthy production guest.
struct QuoteContent {
  QuoteForm form = QuoteForm::v4;
  ByteArray<16> qe_vendor_id{0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                             0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};
  ByteArray<16> tee_tcb_svn{5, 1, 2};
  crypto::Hash384 mrseam{}, mrsignerseam{};
  std::uint64_t seam_attributes = 0;
  std::uint64_t td_attributes = 1ULL << 28;  // SEPT_VE_DISABLE
  std::uint64_t xfam = 0x602e7;
  crypto::Hash384 mrtd{}, mrconfigid{}, mrowner{}, mrownerconfig{};
  std::array<crypto::Hash384, 4> rtmr{};
  ByteArray<64> report_data{};
  crypto::Hash384 mrservicetd{};  // v5 only
  std::uint64_t qe_flags = 0x15;
  std::optional<ByteArray<64>> qe_report_data;  // instead of the one that binds the attestation key
};

// Signed by a fresh quoting enclave: `attestation_key` certified by the PCK key of `pki`.
[[nodiscard]] Bytes make_quote(const QuoteContent& content, const SimulatedPki& pki,
                               const crypto::EcPrivateKey& attestation_key);

}  // namespace aipg::tee
