// SPDX-License-Identifier: Apache-2.0
// A report that parses is made of its fields, zeros where its version has
// none, and its signature, and of nothing else.
#include <algorithm>
#include <cstdint>

#include "attest/snp/report.h"
#include "base/byte_reader.h"

namespace {

namespace snp = aipg::attest::snp;
using aipg::Bytes;
using aipg::ByteView;
using aipg::ByteWriter;

void write_platform(ByteWriter& out, const snp::ReportView& report) {
  const snp::Cpuid cpuid = report.cpuid.value_or(snp::Cpuid{});
  const snp::MitigationVectors mitigations = report.mitigations.value_or(snp::MitigationVectors{});
  out.bytes(report.reported_tcb).u8(cpuid.family).u8(cpuid.model).u8(cpuid.stepping).zeros(21);
  out.bytes(report.chip_id).bytes(report.committed_tcb);
  for (const snp::FirmwareVersion& version : {report.current, report.committed}) {
    out.u8(version.build).u8(version.minor).u8(version.major).zeros(1);
  }
  out.bytes(report.launch_tcb).u64le(mitigations.at_launch).u64le(mitigations.current);
}

Bytes assembled(const snp::ReportView& report) {
  ByteWriter out;
  out.u32le(report.version).u32le(report.guest_svn).u64le(report.policy);
  out.bytes(report.family_id).bytes(report.image_id).u32le(report.vmpl).u32le(1);
  out.bytes(report.current_tcb).u64le(report.platform_info);
  const auto key = static_cast<std::uint32_t>(report.signing_key);
  out.u32le((report.author_key_enabled ? 1U : 0U) | (report.chip_key_masked ? 2U : 0U) | key << 2).zeros(4);
  out.bytes(report.report_data).bytes(report.measurement).bytes(report.host_data);
  out.bytes(report.id_key_digest).bytes(report.author_key_digest).bytes(report.report_id).bytes(report.report_id_ma);
  write_platform(out, report);
  out.zeros(snp::kSignedBytes - out.size());
  for (std::size_t number = 0; number < 2; ++number) {
    Bytes little_endian(48);
    std::ranges::reverse_copy(ByteView(report.signature).subspan(number * 48, 48), little_endian.begin());
    out.bytes(little_endian).zeros(24);
  }
  out.zeros(snp::kReportBytes - out.size());
  return std::move(out).take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView in(data, size);
  const auto report = snp::parse_report(in);
  if (!report) return 0;
  if (!aipg::equal(assembled(*report), in)) __builtin_trap();
  if (!aipg::equal(report->signed_part, in.first(snp::kSignedBytes))) __builtin_trap();
  return 0;
}
