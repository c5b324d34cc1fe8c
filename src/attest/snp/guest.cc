// SPDX-License-Identifier: Apache-2.0
#include "attest/snp/guest.h"

#include "base/hex.h"

namespace aipg::attest::snp {
namespace {

std::string hex64(std::uint64_t value) {
  ByteArray<8> big_endian;
  for (std::size_t i = 0; i < 8; ++i) big_endian.at(i) = static_cast<std::uint8_t>(value >> (56 - 8 * i));
  return to_hex(big_endian);
}

// One word of bits and what is asked of each.
class Bits {
 public:
  Bits(std::string name, std::uint64_t value, Rules& rules)
      : detail_(std::move(name) + " " + hex64(value)), value_(value), rules_(rules) {}

  void check(Literal code, std::uint64_t bit, BitRule rule) {
    if (rule == BitRule::any) return;
    const bool set = (value_ & bit) != 0;
    rules_.expect(set == (rule == BitRule::set), code, detail_);
  }

 private:
  std::string detail_;
  std::uint64_t value_;
  Rules& rules_;
};

void check_policy(const ReportView& report, const PolicyRules& wanted, Rules& rules) {
  const std::string detail = "POLICY " + hex64(report.policy);
  rules.require((report.policy & kPolicyReserved) == 0, "snp_policy_reserved", detail);
  rules.require((report.policy & kAlwaysOne) != 0, "snp_policy_one", detail);
  rules.expect((report.policy & kDebug) == 0, "snp_debug", "the host can read this guest; " + detail);
  rules.expect((report.policy & kMigrateMa) == 0, "snp_migratable", detail);
  Bits bits("POLICY", report.policy, rules);
  bits.check("snp_smt", kSmtAllowed, wanted.smt);
  bits.check("snp_single_socket", kSingleSocket, wanted.single_socket);
  bits.check("snp_cxl", kCxlAllowed, wanted.cxl);
  bits.check("snp_aes_256_xts", kMemAes256Xts, wanted.aes_256_xts);
  bits.check("snp_rapl", kRaplDisabled, wanted.rapl_disabled);
  bits.check("snp_ciphertext_hiding", kCiphertextHidingDram, wanted.ciphertext_hiding);
  bits.check("snp_page_swap", kPageSwapDisabled, wanted.page_swap_disabled);
}

void check_platform(const ReportView& report, const PlatformRules& wanted, Rules& rules) {
  rules.expect((report.platform_info & kPlatformReserved) == 0, "snp_platform_reserved",
               "PLATFORM_INFO " + hex64(report.platform_info));
  Bits bits("PLATFORM_INFO", report.platform_info, rules);
  bits.check("snp_platform_smt", kSmtEnabled, wanted.smt);
  bits.check("snp_platform_tsme", kTsmeEnabled, wanted.tsme);
  bits.check("snp_platform_ecc", kEccEnabled, wanted.ecc);
  bits.check("snp_platform_rapl", kPlatformRaplDisabled, wanted.rapl_disabled);
  bits.check("snp_platform_ciphertext_hiding", kCiphertextHidingEnabled, wanted.ciphertext_hiding);
  bits.check("snp_alias_check", kAliasCheckComplete, wanted.alias_check);
  bits.check("snp_platform_tio", kTioEnabled, wanted.tio);
}

void check_signer(const VerifiedReport& report, const Requirements& wanted, Rules& rules) {
  rules.expect(report.family() >= wanted.minimum_family, "snp_family_minimum",
               std::string(to_text(report.family())) + " is older than " + std::string(to_text(wanted.minimum_family)));
  const bool vcek = report.key().extensions().kind == SigningKey::vcek;
  rules.expect(vcek || wanted.vlek_allowed, "snp_vlek",
               "signed by a cloud provider's key (" + report.key().extensions().csp_id + "), not by a chip's");
  rules.expect(!report.report().chip_key_masked, "snp_chip_key_masked", "the machine's owner masks its chip");
}

void check_caller(const ReportView& report, const Requirements& wanted, Rules& rules) {
  const bool by_guest = rules.expect(report.vmpl != kHostRequested, "snp_host_requested",
                                     "the host asked for this report, and not the guest");
  if (by_guest) {
    rules.expect(report.vmpl <= wanted.highest_vmpl, "snp_vmpl", "VMPL " + std::to_string(report.vmpl));
  }
  const bool no_agent = std::ranges::all_of(report.report_id_ma, [](std::uint8_t byte) { return byte == 0xff; });
  rules.expect(no_agent, "snp_migration_agent", "a migration agent belongs to this guest");
  rules.expect(
      report.guest_svn >= wanted.minimum_guest_svn, "snp_guest_svn",
      "GUEST_SVN " + std::to_string(report.guest_svn) + " is below " + std::to_string(wanted.minimum_guest_svn));
}

void check_firmware(const VerifiedReport& report, Rules& rules) {
  const ReportTcbs& tcbs = report.tcbs();
  const ReportView& view = report.report();
  const std::string current = "current: " + to_text(tcbs.current, report.family());
  rules.require(tcbs.current.at_least(tcbs.committed), "snp_committed_tcb",
                "committed: " + to_text(tcbs.committed, report.family()) + "; " + current);
  rules.require(tcbs.current.at_least(tcbs.reported), "snp_current_tcb",
                "reported: " + to_text(tcbs.reported, report.family()) + "; " + current);
  rules.expect(tcbs.current == tcbs.committed && view.current == view.committed, "snp_provisional",
               "the machine's owner can still take its firmware back to an older one");
}

void check_minimum(const VerifiedReport& report, const Requirements& wanted, Rules& rules) {
  const Family family = report.family();
  const std::optional<MinimumTcb>& minimum = wanted.minimum_tcb.at(static_cast<std::size_t>(family));
  if (!minimum) {
    rules.expect(false, "snp_tcb_minimum", "the policy names no minimum TCB for " + std::string(to_text(family)));
    return;
  }
  const ReportTcbs& tcbs = report.tcbs();
  const bool firmware = tcbs.reported.at_least(minimum->firmware) && tcbs.committed.at_least(minimum->firmware);
  rules.expect(firmware, "snp_tcb_minimum",
               "reported: " + to_text(tcbs.reported, family) + "; committed: " + to_text(tcbs.committed, family) +
                   "; at least: " + to_text(minimum->firmware, family));
  rules.expect(tcbs.launch.at_least(minimum->launch), "snp_launch_tcb",
               "at launch: " + to_text(tcbs.launch, family) + "; at least: " + to_text(minimum->launch, family));
}

void check_mitigations(const ReportView& report, std::uint64_t wanted, Rules& rules) {
  if (wanted == 0) return;
  const auto vectors = report.mitigations.value_or(MitigationVectors{});
  rules.expect(
      (vectors.at_launch & vectors.current & wanted) == wanted, "snp_mitigations",
      "at launch " + hex64(vectors.at_launch) + ", now " + hex64(vectors.current) + ", wanted " + hex64(wanted));
}

// A value that whoever asks has named. Not naming it asks nothing.
class Pins {
 public:
  explicit Pins(Rules& rules) : rules_(rules) {}

  template <std::size_t N>
  void check(Literal code, ByteView actual, const std::optional<ByteArray<N>>& expected) {
    if (expected)
      rules_.require(equal(actual, *expected), code,
                     (actual.empty() ? "none" : to_hex(actual)) + ", not " + to_hex(*expected));
  }

 private:
  Rules& rules_;
};

void check_pins(const VerifiedReport& report, const Requirements& wanted, Rules& rules) {
  const ReportView& view = report.report();
  Pins pins(rules);
  pins.check("snp_measurement", view.measurement, wanted.measurement);
  pins.check("snp_host_data", view.host_data, wanted.host_data);
  pins.check("snp_report_data", view.report_data, wanted.report_data);
  pins.check("snp_id_key", view.id_key_digest, wanted.id_key_digest);
  // The digest means something only where the report says that there was an author key.
  pins.check("snp_author_key", view.author_key_enabled ? view.author_key_digest : ByteView(), wanted.author_key_digest);
  pins.check("snp_family_id", view.family_id, wanted.family_id);
  pins.check("snp_image_id", view.image_id, wanted.image_id);
  if (!wanted.chip_ids) return;
  const auto chip = report.chip_id();
  rules.require(chip && std::ranges::find(*wanted.chip_ids, *chip) != wanted.chip_ids->end(), "snp_chip_not_listed",
                chip ? "chip " + to_hex(*chip) : "the report does not say which chip it is from");
}

}  // namespace

void check_guest(const VerifiedReport& report, const Requirements& requirements, Rules& rules) {
  check_signer(report, requirements, rules);
  check_policy(report.report(), requirements.policy, rules);
  check_platform(report.report(), requirements.platform, rules);
  check_caller(report.report(), requirements, rules);
  check_firmware(report, rules);
  check_minimum(report, requirements, rules);
  check_mitigations(report.report(), requirements.mitigations, rules);
  check_pins(report, requirements, rules);
}

}  // namespace aipg::attest::snp
