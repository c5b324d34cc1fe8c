// SPDX-License-Identifier: Apache-2.0
// The rules about the guest that a verified report describes, and about the
// machine and firmware under it. Every rule asked for becomes one finding.
// Pure. Findings that always decide: snp_policy_reserved, snp_policy_one,
// snp_committed_tcb, snp_current_tcb, and the pins snp_measurement,
// snp_host_data, snp_report_data, snp_id_key, snp_author_key, snp_family_id,
// snp_image_id, snp_chip_not_listed. Findings of policy: snp_family_minimum,
// snp_vlek, snp_chip_key_masked, snp_host_requested, snp_vmpl, snp_debug,
// snp_migratable, snp_migration_agent, snp_provisional, snp_tcb_minimum,
// snp_launch_tcb, snp_guest_svn, snp_mitigations, snp_platform_reserved, and
// one for each bit of POLICY and PLATFORM_INFO that has a setting.
// Source: AMD SEV-SNP firmware ABI (56860); FORMATS.md 4; docs/protocol.md "Appraisal".
#pragma once

#include "attest/rules.h"
#include "attest/snp/verify.h"

namespace aipg::attest::snp {

enum class BitRule : std::uint8_t { any, set, clear };

// Bits of POLICY. DEBUG, MIGRATE_MA, bit 17 and the reserved ones are not a matter of settings.
struct PolicyRules {
  BitRule smt = BitRule::any;
  BitRule single_socket = BitRule::any;
  BitRule cxl = BitRule::clear;
  BitRule aes_256_xts = BitRule::any;
  BitRule rapl_disabled = BitRule::any;
  BitRule ciphertext_hiding = BitRule::any;
  BitRule page_swap_disabled = BitRule::any;
  friend bool operator==(const PolicyRules&, const PolicyRules&) = default;
};

// Bits of PLATFORM_INFO. ALIAS_CHECK_COMPLETE says that memory modules do not lie about their size (BadRAM).
struct PlatformRules {
  BitRule smt = BitRule::any;
  BitRule tsme = BitRule::any;
  BitRule ecc = BitRule::any;
  BitRule rapl_disabled = BitRule::any;
  BitRule ciphertext_hiding = BitRule::any;
  BitRule alias_check = BitRule::set;
  BitRule tio = BitRule::any;
  friend bool operator==(const PlatformRules&, const PlatformRules&) = default;
};

// REPORTED_TCB and COMMITTED_TCB are held against `firmware`, LAUNCH_TCB against `launch`.
struct MinimumTcb {
  Tcb firmware, launch;
  friend bool operator==(const MinimumTcb&, const MinimumTcb&) = default;
};

// The defaults suit the policy `network`; what has none there is not looked at unless set.
struct Requirements {
  Family minimum_family = Family::genoa;
  // By Family. AMD publishes no list that a verifier could ask, so without an entry the rule counts as broken.
  std::array<std::optional<MinimumTcb>, 3> minimum_tcb;
  bool vlek_allowed = false;
  std::uint32_t highest_vmpl = 0;
  std::uint32_t minimum_guest_svn = 0;
  std::optional<Instant> oldest_crl;  // by thisUpdate of the ARK's list
  std::uint64_t mitigations = 0;      // bits that both mitigation vectors must have
  PolicyRules policy;
  PlatformRules platform;

  // Pins.
  std::optional<ByteArray<48>> measurement, id_key_digest, author_key_digest;
  std::optional<ByteArray<32>> host_data;
  std::optional<ByteArray<64>> report_data;
  std::optional<ByteArray<16>> family_id, image_id;
  std::optional<std::vector<ByteArray<64>>> chip_ids;  // Turin's: 8 bytes, then zeros
  friend bool operator==(const Requirements&, const Requirements&) = default;
};

void check_guest(const VerifiedReport& report, const Requirements& requirements, Rules& rules);

}  // namespace aipg::attest::snp
