// SPDX-License-Identifier: Apache-2.0
// Writes SEV-SNP attestation reports byte for byte as AMD's firmware does,
// versions 2 to 5. Every field can be set; reserved ones and the unsigned tail
// through sign_snp_report(). Not part of the verifier, and it shares no code
// with it.
#pragma once

#include "crypto/digest.h"
#include "crypto/signature.h"
#include "tee/simulated_snp_pki.h"

namespace aipg::tee {

inline constexpr std::size_t kSnpReportBytes = 1184, kSnpSignedBytes = 672;

// The eight bytes of a TCB_VERSION.
[[nodiscard]] ByteArray<8> snp_tcb_version(const SnpLevels& levels, SnpFamily family);

// What the firmware puts into its report. The defaults are a guest on a healthy Genoa, signed by its VCEK.
struct SnpReportContent {
  std::uint32_t version = 3, guest_svn = 0;
  std::uint64_t policy = 0x30000;  // SMT allowed, and the bit that is always set
  ByteArray<16> family_id{}, image_id{};
  std::uint32_t vmpl = 0, signature_algorithm = 1;
  std::uint64_t platform_info = 0x25;  // SMT, ECC, alias check complete
  std::uint32_t keys = 0;              // AUTHOR_KEY_EN, MASK_CHIP_KEY, SIGNING_KEY
  crypto::Hash512 report_data{};
  crypto::Hash384 measurement{};
  Hash256 host_data{};
  crypto::Hash384 id_key_digest{}, author_key_digest{};
  Hash256 report_id{1}, report_id_ma{};
  ByteArray<8> current_tcb{}, reported_tcb{}, committed_tcb{}, launch_tcb{};
  ByteArray<3> cpuid{0x19, 0x11, 0x01};  // family, model, stepping; from version 3
  ByteArray<64> chip_id{};
  ByteArray<3> current_version{40, 55, 1}, committed_version{40, 55, 1};  // build, minor, major
  std::uint64_t launch_mitigations = 0, current_mitigations = 0;          // from version 5
};

// Consistent with the key's certificate: TCBs, CPUID, chip and kind of key.
[[nodiscard]] SnpReportContent snp_report_for(const SnpKeyContent& key);

// The 672 bytes that are signed.
[[nodiscard]] Bytes snp_report_body(const SnpReportContent& content);
// The whole report of such a body.
[[nodiscard]] Bytes sign_snp_report(ByteView body, const crypto::EcPrivateKey& key);
[[nodiscard]] Bytes make_snp_report(const SnpReportContent& content, const crypto::EcPrivateKey& key);

}  // namespace aipg::tee
