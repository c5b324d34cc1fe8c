// SPDX-License-Identifier: Apache-2.0
// A simulated Intel platform for tests, its collateral, and a verifier that
// looks at both: valid from end to end, with a hook at every place where a
// test may break one rule.
#pragma once

#include <functional>
#include <set>

#include "attest/tdx/guest.h"
#include "attest/tdx/tcb_status.h"
#include "tee/simulated_collateral.h"
#include "tee/simulated_names.h"
#include "tee/simulated_quote.h"

namespace aipg::tee {

using Codes = std::set<std::string>;

struct TestIntel {
  Instant now = *parse_instant("2026-11-22T12:00:00Z");
  SimulatedPki pki = make_pki(now);
  crypto::EcPrivateKey attestation_key = crypto::EcPrivateKey::generate(crypto::Curve::p256);
  attest::tdx::Tee tee = attest::tdx::Tee::tdx;
  QuoteContent guest;
  EnclaveContent enclave;
  CollateralContent content = good_collateral(now);
  std::function<void(attest::tdx::Collateral&)> edit;  // after everything is signed
  attest::tdx::CollateralRequirements requirements;
  attest::tdx::TcbRequirements tcb_requirements;
  attest::tdx::GuestPins guest_pins;
  attest::tdx::EnclavePins enclave_pins;
  std::vector<Bytes> roots = pki.roots().intel;
  attest::RuleModes modes = attest::RuleModes::strict();

  // What the last judge() came to.
  attest::Verdict verdict;
  std::optional<attest::tdx::TcbEvaluation> tcb;

  void use_sgx() {
    tee = attest::tdx::Tee::sgx;
    content = good_sgx_collateral(now);
  }

  [[nodiscard]] attest::tdx::Collateral collateral() const {
    attest::tdx::Collateral out = make_collateral(content, pki.intel);
    out.pck_crl_issuer_chain = {pki.pck_chain[1], pki.pck_chain[2]};
    if (edit) edit(out);
    return out;
  }

  [[nodiscard]] Bytes quote() const {
    return tee == attest::tdx::Tee::sgx ? make_sgx_quote(enclave, pki, attestation_key)
                                        : make_quote(guest, pki, attestation_key);
  }

  void judge(ByteView bytes, const attest::tdx::Collateral& items) {
    verdict = {};
    tcb.reset();
    attest::Rules rules(verdict, "cpu", modes);
    if (tee == attest::tdx::Tee::sgx) {
      const auto verified = attest::tdx::verify_sgx_quote(bytes, roots, now, rules);
      if (!verified) return;
      attest::tdx::check_enclave(*verified, rules, enclave_pins);
      look_at(*verified, items, rules);
    } else {
      const auto verified = attest::tdx::verify_quote(bytes, roots, now, rules);
      if (!verified) return;
      attest::tdx::check_guest(*verified, rules, guest_pins);
      look_at(*verified, items, rules);
    }
  }

  Codes codes(attest::Severity severity) const {
    Codes out;
    for (const attest::Finding& each : verdict.findings) {
      if (each.severity == severity) out.emplace(each.code.view());
    }
    return out;
  }
  // The rules that are broken.
  Codes failed() {
    judge(quote(), collateral());
    return codes(attest::Severity::failed);
  }
  Codes warned() {
    judge(quote(), collateral());
    return codes(attest::Severity::warning);
  }

  // A leaf under the simulated root, as the TCB signing certificate is.
  Bytes issue_under_root(const crypto::CertificateTemplate& what, const crypto::EcPublicKey& key) const {
    return crypto::issue_certificate(what, key, std::string(kIntelRootName), pki.intel.root);
  }

 private:
  template <typename Quote>
  void look_at(const Quote& quote, const attest::tdx::Collateral& items, attest::Rules& rules) {
    const auto verified = attest::tdx::check_collateral(quote, items, requirements, now, rules);
    if (verified) tcb = attest::tdx::check_tcb(attest::tdx::facts_of(quote), *verified, rules, tcb_requirements);
  }
};

}  // namespace aipg::tee
