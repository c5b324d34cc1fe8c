// SPDX-License-Identifier: Apache-2.0
#include "attest/evidence_cpu.h"

#include "attest/cpu_state.h"
#include "attest/paravisor.h"
#include "attest/snp/revocation.h"
#include "attest/tdx/endorsements.h"

namespace aipg::attest {
namespace {

void judge_paravisor(ByteView report_data, const SingleCase& about, Verdict& verdict) {
  if (!about.policy.paravisor) return;
  Rules rules = about.rules(verdict, "cpu");
  check_paravisor(report_data, about.evidence.runtime_data, rules);
}

}  // namespace

void judge_tdx_quote(const SingleCase& about, Verdict& verdict) {
  const auto quote = judge_tdx(about.evidence.bytes, about, verdict);
  if (quote) judge_paravisor(quote->report().report_data, about, verdict);
}

void judge_sgx_quote(const SingleCase& about, Verdict& verdict) {
  (void)judge_sgx(about.evidence.bytes, about, verdict);
}

void judge_snp_report(const SingleCase& about, Verdict& verdict) {
  const auto report = judge_snp(about.evidence.bytes, about.endorsements.certificates, about, verdict);
  if (report) judge_paravisor(report->report().report_data, about, verdict);
}

void judge_vcek(const SingleCase& about, Verdict& verdict) {
  Rules rules = about.rules(verdict, "cpu");
  const auto key = snp::verify_vcek(about.evidence.bytes, about.endorsements.certificates, about.roots().amd, about.at,
                                    rules, about.cache);
  if (key) judge_lists(*key, about, rules);
}

void judge_crl(const SingleCase& about, Verdict& verdict) {
  Rules rules = about.rules(verdict, "crl");
  const auto crl = read_crl(about.evidence.bytes, about.cache);
  if (!crl) return rules.refuse(crl.error());
  const bool amd = crl->signature_algorithm() == crypto::SignatureAlgorithm::rsa_pss_sha384;
  if (amd) {
    (void)snp::verify_revocation_list(*crl, about.endorsements.certificates, about.roots().amd, about.at, rules);
  } else {
    tdx::judge_revocation_list(*crl, about.endorsements.certificates, about.roots().intel, about.at, rules);
  }
}

}  // namespace aipg::attest
