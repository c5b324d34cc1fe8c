// SPDX-License-Identifier: Apache-2.0
#include "attest/level.h"

#include "attest/rules.h"

namespace aipg::attest {
namespace {

// What a policy may let pass, by its own judgement, on a machine that keeps its host out. Without any other relaxed
// rule nothing keeps the host out of the guest, or nothing is known of the platform.
constexpr std::array<Literal, 31> kTolerated{"collateral_stale",
                                             "tdx_evaluation_data_number",
                                             "tdx_evaluation_data_mismatch",
                                             "tdx_tcb_date",
                                             "tdx_tcb_out_of_date",
                                             "tdx_tcb_configuration",
                                             "tdx_tcb_sw_hardening",
                                             "tdx_tcb_relaunch",
                                             "snp_family_minimum",
                                             "snp_vlek",
                                             "snp_chip_key_masked",
                                             "snp_tcb_minimum",
                                             "snp_launch_tcb",
                                             "snp_guest_svn",
                                             "snp_mitigations",
                                             "snp_smt",
                                             "snp_single_socket",
                                             "snp_cxl",
                                             "snp_aes_256_xts",
                                             "snp_rapl",
                                             "snp_ciphertext_hiding",
                                             "snp_page_swap",
                                             "snp_platform_smt",
                                             "snp_platform_tsme",
                                             "snp_platform_ecc",
                                             "snp_platform_rapl",
                                             "snp_platform_ciphertext_hiding",
                                             "snp_platform_tio",
                                             "nvidia_driver",
                                             "nras_age",
                                             "nras_warning"};
// Without one of these a device is genuine, but in a state that nobody vouches for.
constexpr std::array<Literal, 9> kOfDevices{"rim_missing",       "ocsp_missing",         "nvidia_fwid",
                                            "nvidia_fabric",     "nras_debug",           "nras_secboot",
                                            "nras_key_validity", "nras_overall_missing", "nras_claim_unknown"};

bool is_one_of(std::string_view code, std::span<const Literal> codes) {
  return std::ranges::find(codes, code, &Literal::view) != codes.end();
}

bool is_relaxable(std::string_view code) {
  const auto rules = relaxable_rules();
  return std::ranges::any_of(rules, [code](const RelaxableRule& rule) { return rule.code.view() == code; });
}

// Relaxed, and of those that every level rests on.
bool costs_every_level(const Finding& finding) {
  const std::string_view code = finding.code.view();
  return finding.severity == Severity::warning && is_relaxable(code) && !is_one_of(code, kTolerated) &&
         !is_one_of(code, kOfDevices);
}

bool costs_devices(const Finding& finding) {
  return finding.severity == Severity::warning && is_one_of(finding.code.view(), kOfDevices);
}

std::string relaxed_foundations(const Verdict& verdict) {
  std::string out;
  for (const Finding& finding : verdict.findings) {
    if (!costs_every_level(finding) || out.contains(finding.code.view())) continue;
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
  if (std::ranges::any_of(verdict.findings, costs_every_level)) return std::nullopt;
  if (!shown.devices || !shown.fresh || std::ranges::any_of(verdict.findings, costs_devices)) return Level::l1;
  return shown.known_machine ? Level::l3 : Level::l2;
}

void check_level(std::optional<Level> level, const Policy& policy, Verdict& verdict) {
  Rules rules(verdict, "policy", policy.rules);
  rules.require(policy.name == kReadyPolicies.front(), "policy_not_for_workers",
                "the policy " + policy.name + " judges single evidence; a worker is judged by network");
  if (rules.require(level.has_value(), "level_unfounded",
                    "your policy lets pass what every level rests on: " + relaxed_foundations(verdict))) {
    rules.require(*level >= policy.minimum_level, "level_below_minimum",
                  "would be " + std::string(to_text(*level)) + ", your policy asks for " +
                      std::string(to_text(policy.minimum_level)),
                  [&] { return Compared{std::string(to_text(policy.minimum_level)), std::string(to_text(*level))}; });
  }
  note_what_is_not_covered(level, verdict);
}

}  // namespace aipg::attest
