// SPDX-License-Identifier: Apache-2.0
#include "attest/cpu_state.h"

#include "attest/binding.h"
#include "attest/snp/guest.h"
#include "attest/snp/revocation.h"
#include "attest/tdx/endorsements.h"
#include "attest/tdx/guest.h"
#include "attest/tdx/tcb_status.h"

namespace aipg::attest {
namespace {

void describe_tcb(const tdx::TcbEvaluation& tcb, Verdict& verdict) {
  verdict.identity.tcb_status = tdx::to_text(tcb.status);
  verdict.identity.tcb_date = tcb.date;
  verdict.identity.advisories = tcb.advisories;
}

// What Intel says about the platform, and what follows for its firmware.
template <typename Quote>
void judge_platform(const Quote& quote, const Grounds& grounds, Verdict& verdict) {
  Rules rules = grounds.rules(verdict, "cpu");
  const auto collateral = tdx::select_collateral(grounds.endorsements, quote, grounds.cache);
  if (!collateral) return rules.refuse(collateral.error());
  const auto checked =
      tdx::check_collateral(quote, *collateral, grounds.policy.tdx_collateral, grounds.at, rules, grounds.cache);
  if (!checked) return;
  const tdx::TcbEvaluation tcb = tdx::check_tcb(tdx::facts_of(quote), *checked, rules, grounds.policy.tdx_tcb);
  describe_tcb(tcb, verdict);
  const auto& oldest = grounds.policy.tdx_collateral.oldest_tcb;
  if (oldest) {
    rules.expect(tcb.date && *tcb.date >= *oldest, "tdx_tcb_date",
                 "its firmware level is older than " + to_text(*oldest).substr(0, 10), [&] {
                   return tcb.date ? compare_instants("not before", *oldest, *tcb.date)
                                   : Compared{to_text(*oldest), "none"};
                 });
  }
}

// AMD's lists among those given; Intel's are another vendor's business.
bool is_amds(const crypto::Crl& crl) { return crl.signature_algorithm() == crypto::SignatureAlgorithm::rsa_pss_sha384; }

}  // namespace

void judge_lists(const snp::VerifiedKey& key, const Grounds& grounds, Rules& rules) {
  const auto& oldest = grounds.policy.snp_guest.oldest_crl;
  bool any = false;
  for (const Bytes& der : grounds.endorsements.crls) {
    const auto crl = read_crl(der, grounds.cache);
    if (!crl) {
      rules.refuse(crl.error());
      continue;
    }
    if (!is_amds(*crl)) continue;
    any = true;
    snp::check_revocation(key, *crl, grounds.at, rules);
    if (oldest) {
      rules.expect(crl->this_update() >= *oldest, "collateral_stale",
                   "AMD's list is of " + to_text(crl->this_update()) + ", before " + to_text(*oldest),
                   [&] { return compare_instants("not before", *oldest, crl->this_update()); });
    }
  }
  if (!any) rules.expect(false, "collateral_missing", "no revocation list of AMD's");
}

std::optional<tdx::VerifiedQuote> judge_tdx(ByteView bytes, const Grounds& grounds, Verdict& verdict) {
  Rules rules = grounds.rules(verdict, "cpu");
  auto quote = tdx::verify_quote(bytes, grounds.roots().intel, grounds.at, rules, grounds.cache);
  if (!quote) return std::nullopt;
  verdict.identity.cpu = tdx::describe(*quote);
  verdict.identity.platform_id = tdx_platform_id(quote->platform().ppid);
  tdx::check_guest(*quote, rules, grounds.policy.tdx_guest);
  judge_platform(*quote, grounds, verdict);
  return quote;
}

std::optional<tdx::VerifiedSgxQuote> judge_sgx(ByteView bytes, const Grounds& grounds, Verdict& verdict) {
  Rules rules = grounds.rules(verdict, "cpu");
  auto quote = tdx::verify_sgx_quote(bytes, grounds.roots().intel, grounds.at, rules, grounds.cache);
  if (!quote) return std::nullopt;
  verdict.identity.cpu = tdx::describe(*quote);
  tdx::check_enclave(*quote, rules, grounds.policy.sgx_enclave);
  judge_platform(*quote, grounds, verdict);
  return quote;
}

std::optional<snp::VerifiedReport> judge_snp(ByteView bytes, const std::vector<Bytes>& certificates,
                                             const Grounds& grounds, Verdict& verdict) {
  Rules rules = grounds.rules(verdict, "cpu");
  auto report = snp::verify_report(bytes, certificates, grounds.roots().amd, grounds.at, rules, grounds.cache);
  if (!report) return std::nullopt;
  verdict.identity.cpu = snp::describe(*report);
  if (const auto chip = report->chip_id()) verdict.identity.platform_id = snp_platform_id(*chip);
  snp::check_guest(*report, grounds.policy.snp_guest, rules);
  judge_lists(report->key(), grounds, rules);
  return report;
}

}  // namespace aipg::attest
