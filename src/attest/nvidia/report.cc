// SPDX-License-Identifier: Apache-2.0
#include "attest/nvidia/report.h"

#include "attest/nvidia/opaque.h"
#include "base/byte_reader.h"

namespace aipg::attest::nvidia {
namespace {

constexpr std::uint8_t kSpdm11 = 0x11, kGetMeasurements = 0xE0, kMeasurements = 0x60;
constexpr std::uint8_t kSignatureRequested = 0x01, kAllMeasurements = 0xFF, kSlot = 0;
constexpr std::uint8_t kDmtf = 0x01, kMutableFirmware = 0x01;
constexpr std::size_t kBlockBytes = 55, kDigestBytes = 48, kSignatureBytes = 96;

Result<void> read_request(ByteReader& in, ReportView& out) {
  const std::uint8_t version = in.u8(), code = in.u8(), param1 = in.u8(), param2 = in.u8();
  out.nonce = in.take(32);
  const std::uint8_t slot = in.u8();
  if (!in.ok()) return fail("report_truncated", "request");
  const bool expected = version == kSpdm11 && code == kGetMeasurements && param1 == kSignatureRequested &&
                        param2 == kAllMeasurements && slot == kSlot;
  if (!expected) return fail("report_request");
  return {};
}

// One DMTF measurement block: a SHA-384 under the index that is next.
Result<ByteView> read_block(ByteReader& in, std::size_t expected_index) {
  const std::uint8_t index = in.u8(), specification = in.u8();
  const std::uint16_t size = in.u16le();
  const std::uint8_t type = in.u8();
  const std::uint16_t value_size = in.u16le();
  const ByteView value = in.take(kDigestBytes);
  const bool good = in.ok() && index == expected_index && specification == kDmtf && size == kDigestBytes + 3 &&
                    type == kMutableFirmware && value_size == kDigestBytes;
  if (!good) return fail("report_measurements", "block", expected_index);
  return value;
}

Result<void> read_measurements(ByteView record, std::size_t blocks, ReportView& out) {
  if (blocks != kGpuMeasurements && blocks != kSwitchMeasurements) return fail("report_measurements", "count", blocks);
  if (record.size() != blocks * kBlockBytes) return fail("report_measurements", "length");
  out.kind = blocks == kGpuMeasurements ? DeviceKind::gpu : DeviceKind::nvswitch;
  ByteReader in(record);
  for (std::size_t i = 1; i <= blocks; ++i) {
    AIPG_TRY(const ByteView value, read_block(in, i));
    out.measurements.push_back(value);
  }
  return {};
}

Result<void> read_response(ByteReader& in, ReportView& out) {
  const std::uint8_t version = in.u8(), code = in.u8(), param1 = in.u8(), slot = in.u8();
  const std::size_t blocks = in.u8();
  const ByteView record = in.take(in.u24le());
  in.skip(32);  // the device's own nonce
  const ByteView opaque = in.take(in.u16le());
  if (!in.ok()) return fail("report_truncated", "response");
  if (version != kSpdm11 || code != kMeasurements || param1 != 0 || slot != kSlot) return fail("report_response");
  AIPG_CHECK(read_measurements(record, blocks, out));
  AIPG_TRY(out.opaque, split_opaque(opaque));
  return {};
}

}  // namespace

std::optional<ByteView> ReportView::find(std::uint16_t id) const {
  const auto found = std::ranges::find(opaque, id, &OpaqueField::id);
  if (found == opaque.end()) return std::nullopt;
  return found->value;
}

Result<ReportView> parse_report(ByteView in) {
  if (in.size() > kMaxReportBytes) return fail("report_too_large");
  ByteReader reader(in);
  ReportView out;
  AIPG_CHECK(read_request(reader, out));
  AIPG_CHECK(read_response(reader, out));
  out.signed_part = in.first(reader.offset());
  out.signature = reader.take(kSignatureBytes);
  if (!reader.ok()) return fail("report_truncated", "signature");
  if (!reader.finish()) return fail("report_trailing_bytes", {}, reader.offset());
  AIPG_CHECK(read_opaque(out));
  return out;
}

std::optional<std::uint32_t> driver_branch(std::string_view driver_version) {
  std::uint32_t branch = 0;
  std::size_t digits = 0;
  while (digits < driver_version.size() && driver_version[digits] >= '0' && driver_version[digits] <= '9') {
    if (digits == 6) return std::nullopt;
    branch = branch * 10 + static_cast<std::uint32_t>(driver_version[digits] - '0');
    ++digits;
  }
  const bool ended = digits < driver_version.size() && driver_version[digits] == '.';
  if (digits == 0 || !ended) return std::nullopt;
  return branch;
}

}  // namespace aipg::attest::nvidia
