// SPDX-License-Identifier: Apache-2.0
#include "attest/level.h"

#include "attest/rules.h"

namespace aipg::attest {
namespace {

// Without one of these nothing keeps the host out of the guest, or nothing is known of its platform.
constexpr std::array<Literal, 12> kOfEveryLevel{"collateral_missing", "tdx_debug",          "tdx_attributes_reserved",
                                                "tdx_migratable",     "tdx_mrsignerseam",   "tdx_seam_attributes",
                                                "snp_debug",          "snp_migratable",     "snp_migration_agent",
                                                "snp_vmpl",           "snp_host_requested", "snp_provisional"};
// Without one of these a device is genuine, but in a state that nobody vouches for.
constexpr std::array<Literal, 6> kOfDevices{"rim_missing",   "ocsp_missing", "nvidia_fwid",
                                            "nvidia_fabric", "nras_debug",   "nras_secboot"};

std::string warned_of(const Verdict& verdict, std::span<const Literal> codes) {
  std::string out;
  for (const Finding& finding : verdict.findings) {
    const bool counts = finding.severity == Severity::warning && std::ranges::find(codes, finding.code) != codes.end();
    if (counts && !out.contains(finding.code.view()))
      out += (out.empty() ? "" : ", ") + std::string(finding.code.view());
  }
  return out;
}

void note_what_is_not_covered(std::optional<Level> level, Verdict& verdict) {
  if (level == Level::l0) {
    verdict.add("simulated_hardware", Severity::note, "policy", "simulated hardware proves nothing about a machine");
  } else if (level != Level::l3) {
    verdict.add("physical_attacks_not_covered", Severity::note, "policy",
                "physical attacks on the machine by its owner are not covered at this level");
  }
}

}  // namespace

std::optional<Level> level_of(const Verdict& verdict, const Shown& shown) {
  if (verdict.simulated) return Level::l0;
  if (!warned_of(verdict, kOfEveryLevel).empty()) return std::nullopt;
  if (!shown.devices || !shown.fresh || !warned_of(verdict, kOfDevices).empty()) return Level::l1;
  return shown.known_machine ? Level::l3 : Level::l2;
}

void check_level(std::optional<Level> level, const Policy& policy, Verdict& verdict) {
  Rules rules(verdict, "policy", policy.rules);
  rules.require(policy.name == kReadyPolicies.front(), "policy_not_for_workers",
                "the policy " + policy.name + " judges single evidence; a worker is judged by network");
  if (rules.require(level.has_value(), "level_unfounded",
                    "your policy lets pass what every level rests on: " + warned_of(verdict, kOfEveryLevel))) {
    rules.require(*level >= policy.minimum_level, "level_below_minimum",
                  "would be " + std::string(to_text(*level)) + ", your policy asks for " +
                      std::string(to_text(policy.minimum_level)),
                  [&] { return Compared{std::string(to_text(policy.minimum_level)), std::string(to_text(*level))}; });
  }
  note_what_is_not_covered(level, verdict);
}

}  // namespace aipg::attest
