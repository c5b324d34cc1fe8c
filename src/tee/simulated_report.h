// SPDX-License-Identifier: Apache-2.0
// Writes the attestation reports of NVIDIA's H100, B100 and LS10 byte for byte
// as hardware does: SPDM 1.1 request and response. Not part of the verifier, and it shares no code
// with it.
#pragma once

#include <optional>
#include <string>

#include "crypto/digest.h"
#include "crypto/signature.h"
#include "tee/simulated_names.h"

namespace aipg::tee {

struct ExtraField {
  std::uint16_t id = 0;
  Bytes value;
};

// What a device puts into its report. The defaults are a healthy H100 alone in its guest.
struct ReportContent {
  SimulatedChip chip = SimulatedChip::gh100;
  Hash256 nonce{};
  std::string driver = "570.124.06";
  ByteArray<8> vbios{0x00, 0x9f, 0x00, 0x96, 0x01};  // 96.00.9F.00.01
  std::size_t measurements = 64;
  std::optional<crypto::Hash384> fwid;
  std::uint8_t protected_pcie = 0x55;  // 0x55 off, 0xAA on; Hopper only
  std::uint8_t nvdec0 = 0x55;          // as well
  std::string project = "1010", project_sku = "0200", chip_sku = "882";
  std::string switch_bios = "96.10.55.00.01";
  ByteArray<8> pdi{};               // a switch's own
  std::vector<ByteArray<8>> peers;  // what it is wired to: switches of a GPU, GPUs of a switch
  std::vector<ExtraField> extra;    // appended to the opaque fields
};

// A healthy B100 and a healthy switch.
[[nodiscard]] ReportContent blackwell_report();
[[nodiscard]] ReportContent switch_report(const ByteArray<8>& pdi, const std::vector<ByteArray<8>>& gpus);

[[nodiscard]] Bytes make_report(const ReportContent& content, const crypto::EcPrivateKey& attestation_key);

}  // namespace aipg::tee
