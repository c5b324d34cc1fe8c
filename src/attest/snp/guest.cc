// SPDX-License-Identifier: Apache-2.0
#include "attest/snp/guest.h"

#include "base/hex.h"

namespace aipg::attest::snp {
namespace {

// One word of bits and what is asked of each.
class Bits {
 public:
  Bits(std::string name, std::uint64_t value, Rules& rules)
      : detail_(std::move(name) + " " + hex_of(value)), value_(value), rules_(rules) {}

  void check(Literal code, std::uint64_t bit, BitRule rule) {
    if (rule == BitRule::any) return;
    const bool set = (value_ & bit) != 0, wanted = rule == BitRule::set;
    rules_.expect(set == wanted, code, detail_, [&] { return compare_bit(wanted, set); });
  }

 private:
  std::string detail_;
  std::uint64_t value_;
  Rules& rules_;
};

void check_policy(const ReportView& report, const PolicyRules& wanted, Rules& rules) {
  const std::string detail = "POLICY " + hex_of(report.policy);
  const auto should_be = [](bool set) { return [set] { return compare_bit(set, !set); }; };
  rules.require((report.policy & kPolicyReserved) == 0, "snp_policy_reserved", detail,
                [&] { return compare_reserved(report.policy & kPolicyReserved); });
  rules.require((report.policy & kAlwaysOne) != 0, "snp_policy_one", detail, should_be(true));
  rules.expect((report.policy & kDebug) == 0, "snp_debug", "the host can read this guest; " + detail, should_be(false));
  rules.expect((report.policy & kMigrateMa) == 0, "snp_migratable", detail, should_be(false));
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
               "PLATFORM_INFO " + hex_of(report.platform_info),
               [&] { return compare_reserved(report.platform_info & kPlatformReserved); });
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
               "an older processor than your policy asks for", [&] {
                 return Compared{std::string(to_text(wanted.minimum_family)) + " or later",
                                 std::string(to_text(report.family()))};
               });
  const bool vcek = report.key().extensions().kind == SigningKey::vcek;
  rules.expect(vcek || wanted.vlek_allowed, "snp_vlek",
               "signed by a cloud provider's key (" + report.key().extensions().csp_id + "), not by a chip's",
               [] { return Compared{"VCEK", "VLEK"}; });
  rules.expect(!report.report().chip_key_masked, "snp_chip_key_masked", "the machine's owner masks its chip");
}

void check_caller(const ReportView& report, const Requirements& wanted, Rules& rules) {
  const bool by_guest = rules.expect(report.vmpl != kHostRequested, "snp_host_requested",
                                     "the host asked for this report, and not the guest");
  if (by_guest) {
    rules.expect(report.vmpl <= wanted.highest_vmpl, "snp_vmpl", "asked for at a lower privilege", [&] {
      return Compared{"VMPL at most " + std::to_string(wanted.highest_vmpl), std::to_string(report.vmpl)};
    });
  }
  const bool no_agent = std::ranges::all_of(report.report_id_ma, [](std::uint8_t byte) { return byte == 0xff; });
  rules.expect(no_agent, "snp_migration_agent", "a migration agent belongs to this guest",
               [&] { return compare_bytes(Bytes(report.report_id_ma.size(), 0xff), report.report_id_ma); });
  rules.expect(report.guest_svn >= wanted.minimum_guest_svn, "snp_guest_svn",
               "an older guest than your policy asks for",
               [&] { return compare_minimum(wanted.minimum_guest_svn, report.guest_svn); });
}

Compared at_least(const Tcb& minimum, const Tcb& actual, Family family) {
  return {"each at least: " + to_text(minimum, family), to_text(actual, family)};
}

void check_firmware(const VerifiedReport& report, Rules& rules) {
  const ReportTcbs& tcbs = report.tcbs();
  const ReportView& view = report.report();
  const auto current_against = [&](const Tcb& least) { return at_least(least, tcbs.current, report.family()); };
  rules.require(tcbs.current.at_least(tcbs.committed), "snp_committed_tcb",
                "the firmware that runs is older than the one committed to",
                [&] { return current_against(tcbs.committed); });
  rules.require(tcbs.current.at_least(tcbs.reported), "snp_current_tcb",
                "the firmware that runs is older than the one reported",
                [&] { return current_against(tcbs.reported); });
  rules.expect(tcbs.current == tcbs.committed && view.current == view.committed, "snp_provisional",
               "the machine's owner can still take its firmware back to an older one", [&] {
                 return Compared{to_text(tcbs.current, report.family()), to_text(tcbs.committed, report.family())};
               });
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
  rules.expect(firmware, "snp_tcb_minimum", "the firmware is older than your policy asks for", [&] {
    const bool reported = !tcbs.reported.at_least(minimum->firmware);
    return at_least(minimum->firmware, reported ? tcbs.reported : tcbs.committed, family);
  });
  rules.expect(tcbs.launch.at_least(minimum->launch), "snp_launch_tcb",
               "the firmware was older when the guest was launched",
               [&] { return at_least(minimum->launch, tcbs.launch, family); });
}

void check_mitigations(const ReportView& report, std::uint64_t wanted, Rules& rules) {
  if (wanted == 0) return;
  const auto vectors = report.mitigations.value_or(MitigationVectors{});
  rules.expect((vectors.at_launch & vectors.current & wanted) == wanted, "snp_mitigations",
               "mitigations that your policy asks for are missing", [&] {
                 return Compared{hex_of(wanted),
                                 "at launch " + hex_of(vectors.at_launch) + ", now " + hex_of(vectors.current)};
               });
}

// A value that whoever asks has named. Not naming it asks nothing.
class Pins {
 public:
  explicit Pins(Rules& rules) : rules_(rules) {}

  template <std::size_t N>
  void check(Literal code, ByteView actual, const std::optional<ByteArray<N>>& expected) {
    if (!expected) return;
    rules_.require(equal(actual, *expected), code, "not what your policy names",
                   [&] { return compare_bytes(*expected, actual); });
  }

 private:
  Rules& rules_;
};

std::string list(const std::vector<ByteArray<64>>& chips) {
  std::string out;
  for (const ByteArray<64>& chip : chips) out += (out.empty() ? "one of " : ", ") + to_hex(chip);
  return out.empty() ? "none" : out;
}

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
                chip ? "your policy does not list this chip" : "the report does not say which chip it is from",
                [&] { return Compared{list(*wanted.chip_ids), chip ? to_hex(*chip) : "none"}; });
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
