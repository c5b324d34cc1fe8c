// SPDX-License-Identifier: Apache-2.0
#include "attest/evidence_cpu.h"

#include "attest/binding.h"
#include "attest/snp/guest.h"
#include "attest/snp/revocation.h"
#include "attest/tdx/endorsements.h"
#include "attest/tdx/guest.h"
#include "attest/tdx/tcb_status.h"

namespace aipg::attest {
namespace {

// What Intel says about the platform, and what follows for its firmware.
template <typename Quote>
void judge_platform(const Quote& quote, const SingleCase& about, Verdict& verdict) {
  Rules rules = about.rules(verdict, "cpu");
  const auto collateral = tdx::select_collateral(about.endorsements, quote);
  if (!collateral) return rules.refuse(collateral.error());
  const auto checked = tdx::check_collateral(quote, *collateral, about.policy.tdx_collateral, about.at, rules);
  if (!checked) return;
  const tdx::TcbEvaluation tcb = tdx::check_tcb(tdx::facts_of(quote), *checked, rules);
  verdict.identity.cpu += ", TCB " + std::string(tdx::to_text(tcb.status));
  if (tcb.date) verdict.identity.cpu += " of " + to_text(*tcb.date).substr(0, 10);
}

void judge_lists(const snp::VerifiedKey& key, const SingleCase& about, Rules& rules) {
  bool any = false;
  for (const Bytes& der : about.endorsements.crls) {
    const auto crl = crypto::Crl::parse(der);
    if (!crl) {
      rules.refuse(crl.error());
      continue;
    }
    any = true;
    snp::check_revocation(key, *crl, about.at, rules);
  }
  if (!any) rules.expect(false, "collateral_missing", "no revocation list of AMD's");
}

}  // namespace

void judge_tdx_quote(const SingleCase& about, Verdict& verdict) {
  Rules rules = about.rules(verdict, "cpu");
  const auto quote = tdx::verify_quote(about.evidence.bytes, about.roots().intel, about.at, rules);
  if (!quote) return;
  verdict.identity.cpu = tdx::describe(*quote);
  verdict.identity.platform_id = tdx_platform_id(quote->platform().ppid);
  tdx::check_guest(*quote, rules, about.policy.tdx_guest);
  judge_platform(*quote, about, verdict);
}

void judge_sgx_quote(const SingleCase& about, Verdict& verdict) {
  Rules rules = about.rules(verdict, "cpu");
  const auto quote = tdx::verify_sgx_quote(about.evidence.bytes, about.roots().intel, about.at, rules);
  if (!quote) return;
  verdict.identity.cpu = tdx::describe(*quote);
  tdx::check_enclave(*quote, rules, about.policy.sgx_enclave);
  judge_platform(*quote, about, verdict);
}

void judge_snp_report(const SingleCase& about, Verdict& verdict) {
  Rules rules = about.rules(verdict, "cpu");
  const auto report =
      snp::verify_report(about.evidence.bytes, about.endorsements.certificates, about.roots().amd, about.at, rules);
  if (!report) return;
  verdict.identity.cpu = snp::describe(*report);
  snp::check_guest(*report, about.policy.snp_guest, rules);
  judge_lists(report->key(), about, rules);
}

void judge_vcek(const SingleCase& about, Verdict& verdict) {
  Rules rules = about.rules(verdict, "cpu");
  (void)snp::verify_vcek(about.evidence.bytes, about.endorsements.certificates, about.roots().amd, about.at, rules);
}

void judge_crl(const SingleCase& about, Verdict& verdict) {
  Rules rules = about.rules(verdict, "crl");
  const auto crl = crypto::Crl::parse(about.evidence.bytes);
  if (!crl) return rules.refuse(crl.error());
  const bool amd = crl->signature_algorithm() == crypto::SignatureAlgorithm::rsa_pss_sha384;
  if (amd) {
    (void)snp::verify_revocation_list(*crl, about.endorsements.certificates, about.roots().amd, about.at, rules);
  } else {
    tdx::judge_revocation_list(*crl, about.endorsements.certificates, about.roots().intel, about.at, rules);
  }
}

}  // namespace aipg::attest
