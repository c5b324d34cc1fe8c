// SPDX-License-Identifier: Apache-2.0
#include "tee/simulated_report.h"

#include "base/byte_reader.h"
#include "tee/simulated_names.h"

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

// The fields of a real H100's report, in its order.
Bytes opaque_data(const ReportContent& content) {
  constexpr ByteArray<4> kBoard{0xb1, 0x03, 0, 0}, kCprInfo{0, 0xc0, 0x01, 0};
  constexpr ByteArray<8> kGpuInfo{0x80, 0x01};
  constexpr ByteArray<1> kNvdecOff{0x55};
  const ByteArray<256> measurement_counts{};
  ByteWriter out;
  field(out, 6, content.vbios);
  field(out, 14, kBoard);
  text_field(out, 15, "882", 9);
  text_field(out, 16, "0", 5);
  text_field(out, 17, "1010");
  text_field(out, 18, "0200");
  text_field(out, 19, "", 2);
  text_field(out, 3, content.driver);
  field(out, 4, kGpuInfo);
  field(out, 12, measurement_counts);
  field(out, 13, kCprInfo);
  field(out, 11, kNvdecOff);
  if (content.fwid) field(out, 20, *content.fwid);
  field(out, 21, ByteArray<1>{content.protected_pcie});
  for (const ExtraField& extra : content.extra) field(out, extra.id, extra.value);
  return std::move(out).take();
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

Bytes make_report(const ReportContent& content, const crypto::EcPrivateKey& attestation_key) {
  ByteWriter out;
  write_request(out, content.nonce);
  write_response(out, content);
  out.bytes(attestation_key.sign(out.view()));
  return std::move(out).take();
}

}  // namespace aipg::tee
