// SPDX-License-Identifier: Apache-2.0
#include "attest/rule_modes.h"

#include <algorithm>
#include <array>

namespace aipg::attest {
namespace {

constexpr RuleMode kRefuse = RuleMode::refuse, kWarn = RuleMode::warn;

// Under `chain` everything here warns: structure, chain and signatures at the
// instant are what it is about. `vendor` relaxes what is AIPG's and no vendor's
// rule. Azure's paravisor shows reports that were not made for the guest alone.
constexpr std::array kRules{
    RelaxableRule{"collateral_missing", kWarn, kRefuse, kRefuse},
    RelaxableRule{"collateral_stale", kWarn, kWarn, kWarn},
    // Intel TDX and SGX.
    RelaxableRule{"tdx_debug", kWarn, kRefuse, kRefuse},
    RelaxableRule{"tdx_attributes_reserved", kWarn, kRefuse, kRefuse},
    RelaxableRule{"tdx_migratable", kWarn, kRefuse, kRefuse},
    RelaxableRule{"tdx_sept_ve_disable", kWarn, kWarn, kWarn},
    RelaxableRule{"tdx_xfam", kWarn, kRefuse, kRefuse},
    RelaxableRule{"tdx_mrsignerseam", kWarn, kRefuse, kRefuse},
    RelaxableRule{"tdx_seam_attributes", kWarn, kRefuse, kRefuse},
    RelaxableRule{"tdx_mrservicetd", kWarn, kWarn, kWarn},
    RelaxableRule{"tdx_evaluation_data_number", kWarn, kRefuse, kRefuse},
    RelaxableRule{"tdx_evaluation_data_mismatch", kWarn, kRefuse, kRefuse},
    RelaxableRule{"tdx_tcb_date", kWarn, kWarn, kWarn},
    RelaxableRule{"tdx_tcb_out_of_date", kWarn, kRefuse, kRefuse},
    RelaxableRule{"tdx_tcb_configuration", kWarn, kRefuse, kRefuse},
    RelaxableRule{"tdx_tcb_sw_hardening", kWarn, kRefuse, kRefuse},
    RelaxableRule{"tdx_tcb_relaunch", kWarn, kRefuse, kRefuse},
    RelaxableRule{"sgx_debug", kWarn, kRefuse, kRefuse},
    // AMD SEV-SNP.
    RelaxableRule{"snp_debug", kWarn, kRefuse, kRefuse},
    RelaxableRule{"snp_migratable", kWarn, kRefuse, kRefuse},
    RelaxableRule{"snp_migration_agent", kWarn, kRefuse, kRefuse},
    RelaxableRule{"snp_provisional", kWarn, kRefuse, kRefuse},
    RelaxableRule{"snp_platform_reserved", kWarn, kRefuse, kRefuse},
    RelaxableRule{"snp_host_requested", kWarn, kRefuse, kRefuse},
    RelaxableRule{"snp_vmpl", kWarn, kRefuse, kWarn},
    RelaxableRule{"snp_family_minimum", kWarn, kWarn, kWarn},
    RelaxableRule{"snp_vlek", kWarn, kWarn, kWarn},
    RelaxableRule{"snp_chip_key_masked", kWarn, kWarn, kWarn},
    RelaxableRule{"snp_tcb_minimum", kWarn, kWarn, kWarn},
    RelaxableRule{"snp_launch_tcb", kWarn, kWarn, kWarn},
    RelaxableRule{"snp_guest_svn", kWarn, kWarn, kWarn},
    RelaxableRule{"snp_mitigations", kWarn, kWarn, kWarn},
    // Bits of POLICY and PLATFORM_INFO that a policy may want set or clear.
    RelaxableRule{"snp_smt", kWarn, kWarn, kWarn},
    RelaxableRule{"snp_single_socket", kWarn, kWarn, kWarn},
    RelaxableRule{"snp_cxl", kWarn, kWarn, kWarn},
    RelaxableRule{"snp_aes_256_xts", kWarn, kWarn, kWarn},
    RelaxableRule{"snp_rapl", kWarn, kWarn, kWarn},
    RelaxableRule{"snp_ciphertext_hiding", kWarn, kWarn, kWarn},
    RelaxableRule{"snp_page_swap", kWarn, kWarn, kWarn},
    RelaxableRule{"snp_platform_smt", kWarn, kWarn, kWarn},
    RelaxableRule{"snp_platform_tsme", kWarn, kWarn, kWarn},
    RelaxableRule{"snp_platform_ecc", kWarn, kWarn, kWarn},
    RelaxableRule{"snp_platform_rapl", kWarn, kWarn, kWarn},
    RelaxableRule{"snp_platform_ciphertext_hiding", kWarn, kWarn, kWarn},
    RelaxableRule{"snp_alias_check", kWarn, kWarn, kWarn},
    RelaxableRule{"snp_platform_tio", kWarn, kWarn, kWarn},
    // NVIDIA.
    RelaxableRule{"nvidia_fwid", kWarn, kRefuse, kRefuse},
    RelaxableRule{"nvidia_driver", kWarn, kWarn, kWarn},
    RelaxableRule{"nvidia_fabric", kWarn, kRefuse, kRefuse},  // where a part of it is shown
    RelaxableRule{"rim_missing", kWarn, kRefuse, kRefuse},
    RelaxableRule{"ocsp_missing", kWarn, kRefuse, kRefuse},
    // NVIDIA's attestation service.
    RelaxableRule{"nras_key_validity", kWarn, kRefuse, kRefuse},
    RelaxableRule{"nras_age", kWarn, kWarn, kWarn},
    RelaxableRule{"nras_overall_missing", kWarn, kWarn, kWarn},
    RelaxableRule{"nras_debug", kWarn, kRefuse, kRefuse},
    RelaxableRule{"nras_secboot", kWarn, kRefuse, kRefuse},
    RelaxableRule{"nras_warning", kWarn, kWarn, kWarn},
    RelaxableRule{"nras_claim_unknown", kWarn, kWarn, kWarn},
};

std::size_t position(std::string_view code) {
  const auto found =
      std::ranges::find_if(kRules, [code](const RelaxableRule& rule) { return rule.code.view() == code; });
  return static_cast<std::size_t>(found - kRules.begin());
}

template <typename Mode>
RuleModes modes(Mode mode) {
  RuleModes out;
  for (const RelaxableRule& rule : kRules) (void)out.set(rule.code, rule.*mode);
  return out;
}

}  // namespace

std::span<const RelaxableRule> relaxable_rules() { return kRules; }

RuleModes RuleModes::chain() { return modes(&RelaxableRule::chain); }
RuleModes RuleModes::vendor() { return modes(&RelaxableRule::vendor); }
RuleModes RuleModes::azure_vtpm() { return modes(&RelaxableRule::azure_vtpm); }

bool RuleModes::set(std::string_view code, RuleMode mode) {
  static_assert(kRules.size() <= kMost);
  const std::size_t at = position(code);
  if (at == kRules.size()) return false;
  warn_.set(at, mode == RuleMode::warn);
  return true;
}

RuleMode RuleModes::of(std::string_view code) const {
  const std::size_t at = position(code);
  return at != kRules.size() && warn_.test(at) ? RuleMode::warn : RuleMode::refuse;
}

}  // namespace aipg::attest
