// SPDX-License-Identifier: Apache-2.0
// A report that parses is made of its parts: its measurements and its opaque
// fields, written again, are the bytes they were read from, and signed part
// and signature are the whole.
#include <cstdint>

#include "attest/nvidia/report.h"
#include "base/byte_reader.h"

namespace {

namespace nvidia = aipg::attest::nvidia;

constexpr std::size_t kRecord = 45, kNonceAndLength = 34;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

aipg::Bytes measurement_record(const nvidia::ReportView& report) {
  aipg::ByteWriter out;
  std::uint8_t index = 0;
  for (aipg::ByteView value : report.measurements) out.u8(++index).u8(1).u16le(51).u8(1).u16le(48).bytes(value);
  return std::move(out).take();
}

aipg::Bytes opaque_data(const nvidia::ReportView& report) {
  aipg::ByteWriter out;
  for (const nvidia::OpaqueField& field : report.opaque) {
    out.u16le(field.id).u16le(static_cast<std::uint16_t>(field.value.size())).bytes(field.value);
  }
  return std::move(out).take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const aipg::ByteView in(data, size);
  const auto report = nvidia::parse_report(in);
  if (!report) return 0;
  require(report->signed_part.size() + report->signature.size() == size);
  const aipg::Bytes record = measurement_record(*report), opaque = opaque_data(*report);
  require(aipg::equal(in.subspan(kRecord, record.size()), record));
  require(aipg::equal(report->signed_part.subspan(kRecord + record.size() + kNonceAndLength), opaque));
  return 0;
}
