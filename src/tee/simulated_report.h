// SPDX-License-Identifier: Apache-2.0
// Writes NVIDIA H100 attestation reports byte for byte as hardware does: SPDM
// 1.1 request and response. Not part of the verifier, and it shares no code
// with it.
#pragma once

#include <optional>
#include <string>

#include "crypto/digest.h"
#include "crypto/signature.h"

namespace aipg::tee {

struct ExtraField {
  std::uint16_t id = 0;
  Bytes value;
};

// What a device puts into its report. The defaults are a healthy H100 alone in its guest.
struct ReportContent {
  Hash256 nonce{};
  std::string driver = "570.124.06";
  ByteArray<8> vbios{0x00, 0x9f, 0x00, 0x96, 0x01};  // 96.00.9F.00.01
  std::size_t measurements = 64;
  std::optional<crypto::Hash384> fwid;
  std::uint8_t protected_pcie = 0x55;  // 0x55 off, 0xAA on
  std::vector<ExtraField> extra;       // appended to the opaque fields
};

[[nodiscard]] Bytes make_report(const ReportContent& content, const crypto::EcPrivateKey& attestation_key);

}  // namespace aipg::tee
