// SPDX-License-Identifier: Apache-2.0
// What TDX and SGX quotes have in common: the header, and the section that
// carries the signatures and the certificates of the platform. Internal to the
// quote parsers. Views borrow the input. Pure. Errors: quote_truncated,
// quote_unknown_version, quote_key_type, quote_tee_type, quote_lengths,
// quote_certification_type. Source: Intel DCAP quote formats.
#pragma once

#include "attest/tdx/enclave_report.h"
#include "base/byte_reader.h"

namespace aipg::attest::tdx {

inline constexpr std::size_t kMaxQuoteBytes = 64 << 10;
inline constexpr std::size_t kHeaderBytes = 48;
inline constexpr ByteArray<16> kIntelQeVendor{0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                              0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};

enum class Tee : std::uint8_t { sgx, tdx };

struct QuoteParts {
  std::uint16_t version = 0;
  ByteView qe_vendor_id;     // 16
  ByteView signed_part;      // header, body descriptor and body
  ByteView signature;        // 64, by the attestation key over signed_part
  ByteView attestation_key;  // x ‖ y
  ByteView qe_report_bytes;  // 384
  EnclaveReport qe_report;
  ByteView qe_report_signature;  // 64, by the PCK key
  ByteView auth_data;
  ByteView pem_chain;  // PCK leaf, CA, root; may end in one NUL
};

// 48 bytes. The caller judges `version`; the key is ECDSA P-256, the TEE this one.
[[nodiscard]] Result<void> read_quote_header(ByteReader& in, Tee tee, QuoteParts& out);

// `tdx`: the QE's part is certification data 6 of its own; `sgx`: it follows the attestation key.
// All of `section` is consumed.
[[nodiscard]] Result<void> read_signature_section(ByteView section, Tee tee, QuoteParts& out);

}  // namespace aipg::attest::tdx
