// SPDX-License-Identifier: Apache-2.0
// Splits one SEV-SNP attestation report (versions 2, 3, 4 and 5) into its
// fields. Structure only: nothing here is authentic until verify_report()
// accepts it. Refuses: any size but 1184, unknown versions, a field that the
// version reserves and that is not zero, another algorithm than ECDSA P-384, a
// report that no key signed, a signature wider than 48 bytes a number, and
// anything after it. Bits of POLICY and PLATFORM_INFO are the business of
// check_guest(). Version 4 has version 3's layout. Views borrow `in`. Pure.
// Errors: snp_size, snp_version, snp_signature_algorithm, snp_signing_key,
// snp_vmpl_value, snp_reserved (offset of the field), snp_signature_form.
// Source: AMD SEV-SNP firmware ABI (56860), ATTESTATION_REPORT; FORMATS.md 4.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace aipg::attest::snp {

inline constexpr std::size_t kReportBytes = 0x4A0, kSignedBytes = 0x2A0;
// VMPL of a report that the host asked for, and not the guest.
inline constexpr std::uint32_t kHostRequested = 0xFFFFFFFF;

// POLICY: what the guest's owner allowed at its launch. The lower 16 bits are the least firmware ABI version.
enum PolicyBit : std::uint64_t {
  kSmtAllowed = 1ULL << 16,
  kAlwaysOne = 1ULL << 17,
  kMigrateMa = 1ULL << 18,
  kDebug = 1ULL << 19,
  kSingleSocket = 1ULL << 20,
  kCxlAllowed = 1ULL << 21,
  kMemAes256Xts = 1ULL << 22,
  kRaplDisabled = 1ULL << 23,
  kCiphertextHidingDram = 1ULL << 24,
  kPageSwapDisabled = 1ULL << 25,
};
inline constexpr std::uint64_t kPolicyReserved = ~((1ULL << 26) - 1);

// PLATFORM_INFO: what the machine's owner switched on.
enum PlatformBit : std::uint64_t {
  kSmtEnabled = 1ULL << 0,
  kTsmeEnabled = 1ULL << 1,
  kEccEnabled = 1ULL << 2,
  kPlatformRaplDisabled = 1ULL << 3,
  kCiphertextHidingEnabled = 1ULL << 4,
  kAliasCheckComplete = 1ULL << 5,
  kTioEnabled = 1ULL << 7,
};
inline constexpr std::uint64_t kPlatformReserved = ~0xBFULL;

enum class SigningKey : std::uint8_t { vcek = 0, vlek = 1 };

struct Cpuid {
  std::uint8_t family = 0, model = 0, stepping = 0;
};

struct FirmwareVersion {
  std::uint8_t build = 0, minor = 0, major = 0;
  friend bool operator==(const FirmwareVersion&, const FirmwareVersion&) = default;
};

struct MitigationVectors {
  std::uint64_t at_launch = 0, current = 0;
};

struct ReportView {
  std::uint32_t version = 0, guest_svn = 0;
  std::uint64_t policy = 0;
  ByteView family_id, image_id;  // 16 each
  std::uint32_t vmpl = 0;        // 0 to 3, or kHostRequested
  std::uint64_t platform_info = 0;
  bool author_key_enabled = false, chip_key_masked = false;
  SigningKey signing_key = SigningKey::vcek;
  ByteView report_data;                       // 64
  ByteView measurement;                       // 48
  ByteView host_data;                         // 32
  ByteView id_key_digest, author_key_digest;  // 48 each
  ByteView report_id, report_id_ma;           // 32 each
  ByteView chip_id;                           // 64
  std::optional<Cpuid> cpuid;                 // from version 3
  // TCB_VERSIONs as they stand: read_tcb() needs the family.
  ByteArray<8> current_tcb{}, reported_tcb{}, committed_tcb{}, launch_tcb{};
  FirmwareVersion current, committed;
  std::optional<MitigationVectors> mitigations;  // from version 5

  ByteView signed_part;       // the first 0x2A0 bytes, as given
  ByteArray<96> signature{};  // r ‖ s, big-endian
};

[[nodiscard]] Result<ReportView> parse_report(ByteView in);

}  // namespace aipg::attest::snp
