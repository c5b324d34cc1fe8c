// SPDX-License-Identifier: Apache-2.0
#include "tee/simulated_report.h"

#include "base/byte_reader.h"

namespace aipg::tee {
namespace {

constexpr std::uint8_t kSpdm11 = 0x11, kGetMeasurements = 0xE0, kMeasurements = 0x60;

void write_request(ByteWriter& out, const Hash256& nonce) {
  out.u8(kSpdm11).u8(kGetMeasurements).u8(0x01).u8(0xFF).bytes(nonce).u8(0);
}

// SPDM index i+1 for element i; a SHA-384 each.
Bytes measurement_record(std::size_t count) {
  ByteWriter out;
  for (std::size_t i = 0; i < count; ++i) {
    const crypto::Hash384 value = simulated_measurement("GPU " + std::to_string(i));
    out.u8(static_cast<std::uint8_t>(i + 1)).u8(0x01).u16le(51).u8(0x01).u16le(48).bytes(value);
  }
  return std::move(out).take();
}

void field(ByteWriter& out, std::uint16_t id, ByteView value) {
  out.u16le(id).u16le(static_cast<std::uint16_t>(value.size())).bytes(value);
}

// ASCII, NUL-terminated, padded with NULs to `size`.
void text_field(ByteWriter& out, std::uint16_t id, std::string_view text, std::size_t size = 0) {
  Bytes value = to_bytes(text);
  value.resize(std::max(size, text.size() + 1));
  field(out, id, value);
}

// The boards' numbers, as every GPU gives them.
void write_board(ByteWriter& out, const ReportContent& content) {
  constexpr ByteArray<4> kBoard{0xb1, 0x03, 0, 0};
  field(out, 6, content.vbios);
  field(out, 14, kBoard);
  text_field(out, 15, content.chip_sku, 9);
  text_field(out, 16, "0", 5);
  text_field(out, 17, content.project);
  text_field(out, 18, content.project_sku);
  text_field(out, 19, "", 2);
}

// 18 links, each to one of the switches, whose ids GPUs write backwards.
Bytes link_pdis(const std::vector<ByteArray<8>>& switches) {
  constexpr std::size_t kLinks = 18;
  Bytes out;
  for (std::size_t i = 0; i < kLinks; ++i) {
    ByteArray<8> pdi = switches[i % switches.size()];
    std::ranges::reverse(pdi);
    append(out, pdi);
  }
  return out;
}

// The fields of a real H100's or B100's report, in its order.
Bytes gpu_opaque(const ReportContent& content) {
  constexpr ByteArray<4> kCprInfo{0, 0xc0, 0x01, 0};
  constexpr ByteArray<8> kGpuInfo{0x80, 0x01};
  const ByteArray<256> measurement_counts{};
  const bool hopper = content.chip == SimulatedChip::gh100;
  ByteWriter out;
  write_board(out, content);
  text_field(out, 3, content.driver);
  field(out, 4, kGpuInfo);
  field(out, 12, measurement_counts);
  field(out, 13, kCprInfo);
  field(out, 11, ByteArray<1>{content.nvdec0});
  if (content.fwid) field(out, 20, *content.fwid);
  if (hopper) field(out, 21, ByteArray<1>{content.protected_pcie});
  if (!content.peers.empty()) field(out, 22, link_pdis(content.peers));
  for (const ExtraField& extra : content.extra) field(out, extra.id, extra.value);
  return std::move(out).take();
}

// The fields of a real LS10's report: the ids of eight GPUs, then which of its ports lead to which.
Bytes switch_opaque(const ReportContent& content) {
  constexpr std::size_t kGpuPdis = 64, kPortMap = 64;
  const ByteArray<104> measurement_counts{};
  Bytes gpus;
  for (const ByteArray<8>& pdi : content.peers) append(gpus, pdi);
  gpus.resize(kGpuPdis);
  gpus.resize(kGpuPdis + kPortMap, 0xff);
  ByteWriter out;
  field(out, 6, as_bytes(content.switch_bios));
  field(out, 22, content.pdi);
  field(out, 12, measurement_counts);
  field(out, 26, gpus);
  field(out, 23, ByteArray<2>{0xec, 0x00});
  field(out, 24, ByteArray<2>{0x02, 0x00});
  field(out, 25, ByteArray<2>{0x01, 0x00});
  for (const ExtraField& extra : content.extra) field(out, extra.id, extra.value);
  return std::move(out).take();
}

Bytes opaque_data(const ReportContent& content) {
  return content.chip == SimulatedChip::ls10 ? switch_opaque(content) : gpu_opaque(content);
}

void write_response(ByteWriter& out, const ReportContent& content) {
  const Bytes record = measurement_record(content.measurements);
  const Bytes opaque = opaque_data(content);
  const Hash256 own_nonce = crypto::sha256({as_bytes("aipg simulated device nonce"), content.nonce});
  out.u8(kSpdm11).u8(kMeasurements).u8(0).u8(0).u8(static_cast<std::uint8_t>(content.measurements));
  out.u24le(static_cast<std::uint32_t>(record.size())).bytes(record).bytes(own_nonce);
  out.u16le(static_cast<std::uint16_t>(opaque.size())).bytes(opaque);
}

}  // namespace

ReportContent blackwell_report() {
  ReportContent out;
  out.chip = SimulatedChip::gb100;
  out.driver = "580.95.05";
  out.vbios = {0x00, 0x88, 0x00, 0x97, 0x0f};  // 97.00.88.00.0F
  out.project = "G525";
  out.project_sku = "0220";
  out.chip_sku = "886";
  out.extra = {{34, {1, 0}}, {35, {'G', 'B', '1', '0', '0', 0}}, {36, {0}}};
  return out;
}

ReportContent switch_report(const ByteArray<8>& pdi, const std::vector<ByteArray<8>>& gpus) {
  ReportContent out;
  out.chip = SimulatedChip::ls10;
  out.measurements = 31;
  out.pdi = pdi;
  out.peers = gpus;
  return out;
}

Bytes make_report(const ReportContent& content, const crypto::EcPrivateKey& attestation_key) {
  ByteWriter out;
  write_request(out, content.nonce);
  write_response(out, content);
  out.bytes(attestation_key.sign(out.view()));
  return std::move(out).take();
}

}  // namespace aipg::tee
