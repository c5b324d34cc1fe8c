// SPDX-License-Identifier: Apache-2.0
#include "tee/simulated_snp_report.h"

#include "base/byte_reader.h"

namespace aipg::tee {
namespace {

constexpr std::uint32_t kVlekSigns = 1U << 2;

ByteArray<3> cpuid_of(SnpFamily family) {
  constexpr std::array<ByteArray<3>, 3> kCpuids{{{0x19, 0x01, 0x01}, {0x19, 0x11, 0x01}, {0x1a, 0x02, 0x01}}};
  return kCpuids.at(static_cast<std::size_t>(family));
}

// A number of 48 bytes, big-endian, as 72 little-endian ones.
void write_number(ByteWriter& out, ByteView big_endian) {
  const Bytes little_endian(big_endian.rbegin(), big_endian.rend());
  out.bytes(little_endian).zeros(24);
}

void write_platform(ByteWriter& out, const SnpReportContent& content) {
  out.bytes(content.reported_tcb);
  if (content.version >= 3) {
    out.bytes(content.cpuid).zeros(21);
  } else {
    out.zeros(24);
  }
  out.bytes(content.chip_id).bytes(content.committed_tcb);
  out.bytes(content.current_version).u8(0).bytes(content.committed_version).u8(0).bytes(content.launch_tcb);
  if (content.version >= 5) {
    out.u64le(content.launch_mitigations).u64le(content.current_mitigations);
  } else {
    out.zeros(16);
  }
}

}  // namespace

ByteArray<8> snp_tcb_version(const SnpLevels& levels, SnpFamily family) {
  if (family == SnpFamily::turin) {
    return {levels.fmc, levels.boot_loader, levels.tee, levels.snp, 0, 0, 0, levels.microcode};
  }
  return {levels.boot_loader, levels.tee, 0, 0, 0, 0, levels.snp, levels.microcode};
}

SnpReportContent snp_report_for(const SnpKeyContent& key) {
  SnpReportContent out;
  out.report_id_ma.fill(0xff);
  out.current_tcb = snp_tcb_version(key.levels, key.family);
  out.reported_tcb = out.committed_tcb = out.launch_tcb = out.current_tcb;
  out.cpuid = cpuid_of(key.family);
  if (key.family == SnpFamily::turin) out.version = 5;
  if (key.csp_id) out.keys = kVlekSigns;
  if (key.hwid) std::copy_n(key.hwid->begin(), std::min<std::size_t>(key.hwid->size(), 64), out.chip_id.begin());
  return out;
}

Bytes snp_report_body(const SnpReportContent& content) {
  ByteWriter out;
  out.u32le(content.version).u32le(content.guest_svn).u64le(content.policy);
  out.bytes(content.family_id).bytes(content.image_id).u32le(content.vmpl).u32le(content.signature_algorithm);
  out.bytes(content.current_tcb).u64le(content.platform_info).u32le(content.keys).zeros(4);
  out.bytes(content.report_data).bytes(content.measurement).bytes(content.host_data);
  out.bytes(content.id_key_digest).bytes(content.author_key_digest);
  out.bytes(content.report_id).bytes(content.report_id_ma);
  write_platform(out, content);
  out.zeros(kSnpSignedBytes - out.size());
  return std::move(out).take();
}

Bytes sign_snp_report(ByteView body, const crypto::EcPrivateKey& key) {
  const Bytes signature = key.sign(body);
  ByteWriter out;
  out.bytes(body);
  write_number(out, ByteView(signature).first(48));
  write_number(out, ByteView(signature).subspan(48));
  out.zeros(kSnpReportBytes - out.size());
  return std::move(out).take();
}

Bytes make_snp_report(const SnpReportContent& content, const crypto::EcPrivateKey& key) {
  return sign_snp_report(snp_report_body(content), key);
}

}  // namespace aipg::tee
