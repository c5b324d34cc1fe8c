// SPDX-License-Identifier: Apache-2.0
#include "attest/snp/report.h"

#include "base/byte_reader.h"

namespace aipg::attest::snp {
namespace {

constexpr std::uint32_t kFirstVersion = 2, kLastVersion = 5;
constexpr std::uint32_t kVersionWithCpuid = 3, kVersionWithMitigations = 5;
constexpr std::uint32_t kEcdsaP384 = 1;
constexpr std::size_t kNumberField = 72, kNumberBytes = 48;

Result<void> reserved(ByteReader& in, std::size_t n) {
  const std::size_t at = in.offset();
  if (!all_zero(in.take(n))) return fail("snp_reserved", {}, at);
  return {};
}

Result<void> read_vmpl(ByteReader& in, ReportView& out) {
  constexpr std::uint32_t kLastLevel = 3;
  out.vmpl = in.u32le();
  if (out.vmpl > kLastLevel && out.vmpl != kHostRequested) return fail("snp_vmpl_value");
  return {};
}

// AUTHOR_KEY_EN, MASK_CHIP_KEY, SIGNING_KEY, and 27 reserved bits.
Result<void> read_key_word(ByteReader& in, ReportView& out) {
  const std::size_t at = in.offset();
  const std::uint32_t word = in.u32le();
  out.author_key_enabled = (word & 1) != 0;
  out.chip_key_masked = (word & 2) != 0;
  if (word >> 5 != 0) return fail("snp_reserved", "key", at);
  const std::uint32_t key = word >> 2 & 7;
  if (key > 1) return fail("snp_signing_key");
  out.signing_key = static_cast<SigningKey>(key);
  return {};
}

// Up to REPORT_DATA.
Result<void> read_guest(ByteReader& in, ReportView& out) {
  out.version = in.u32le();
  if (out.version < kFirstVersion || out.version > kLastVersion) return fail("snp_version");
  out.guest_svn = in.u32le();
  out.policy = in.u64le();
  out.family_id = in.take(16);
  out.image_id = in.take(16);
  AIPG_CHECK(read_vmpl(in, out));
  if (in.u32le() != kEcdsaP384) return fail("snp_signature_algorithm");
  out.current_tcb = in.array<8>();
  out.platform_info = in.u64le();
  AIPG_CHECK(read_key_word(in, out));
  return reserved(in, 4);
}

void read_measured(ByteReader& in, ReportView& out) {
  out.report_data = in.take(64);
  out.measurement = in.take(48);
  out.host_data = in.take(32);
  out.id_key_digest = in.take(48);
  out.author_key_digest = in.take(48);
  out.report_id = in.take(32);
  out.report_id_ma = in.take(32);
}

Result<void> read_cpuid(ByteReader& in, ReportView& out) {
  constexpr std::size_t kCpuidField = 24;
  if (out.version < kVersionWithCpuid) return reserved(in, kCpuidField);
  out.cpuid = Cpuid{.family = in.u8(), .model = in.u8(), .stepping = in.u8()};
  return reserved(in, kCpuidField - 3);
}

Result<FirmwareVersion> read_firmware_version(ByteReader& in) {
  const FirmwareVersion out{.build = in.u8(), .minor = in.u8(), .major = in.u8()};
  AIPG_CHECK(reserved(in, 1));
  return out;
}

Result<void> read_mitigations(ByteReader& in, ReportView& out) {
  constexpr std::size_t kVectors = 16;
  if (out.version < kVersionWithMitigations) return reserved(in, kVectors);
  out.mitigations = MitigationVectors{.at_launch = in.u64le(), .current = in.u64le()};
  return {};
}

Result<void> read_platform(ByteReader& in, ReportView& out) {
  out.reported_tcb = in.array<8>();
  AIPG_CHECK(read_cpuid(in, out));
  out.chip_id = in.take(64);
  out.committed_tcb = in.array<8>();
  AIPG_TRY(out.current, read_firmware_version(in));
  AIPG_TRY(out.committed, read_firmware_version(in));
  out.launch_tcb = in.array<8>();
  AIPG_CHECK(read_mitigations(in, out));
  return reserved(in, kSignedBytes - in.offset());
}

// Little-endian in a field with room to spare, which must stay unused.
Result<void> read_number(ByteReader& in, MutableByteView big_endian) {
  const std::size_t at = in.offset();
  const ByteView field = in.take(kNumberField);
  if (!all_zero(field.subspan(kNumberBytes))) return fail("snp_signature_form", "number", at);
  std::ranges::reverse_copy(field.first(kNumberBytes), big_endian.begin());
  return {};
}

// Nothing signs what follows the numbers, so it must be what everybody expects there.
Result<void> read_signature(ByteReader& in, ReportView& out) {
  const MutableByteView rs(out.signature);
  AIPG_CHECK(read_number(in, rs.first(kNumberBytes)));
  AIPG_CHECK(read_number(in, rs.subspan(kNumberBytes)));
  const std::size_t at = in.offset();
  if (!all_zero(in.rest())) return fail("snp_signature_form", "tail", at);
  return {};
}

}  // namespace

Result<ReportView> parse_report(ByteView in) {
  if (in.size() != kReportBytes) return fail("snp_size", {}, in.size());
  ByteReader reader(in);
  ReportView out;
  AIPG_CHECK(read_guest(reader, out));
  read_measured(reader, out);
  AIPG_CHECK(read_platform(reader, out));
  out.signed_part = in.first(kSignedBytes);
  AIPG_CHECK(read_signature(reader, out));
  return out;
}

}  // namespace aipg::attest::snp
