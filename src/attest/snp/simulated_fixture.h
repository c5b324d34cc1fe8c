// SPDX-License-Identifier: Apache-2.0
// One simulated machine whose every part can be changed before it is signed,
// so that a test breaks one rule and leaves everything else correctly signed.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "attest/snp/guest.h"
#include "codec/der.h"
#include "tee/simulated_snp_report.h"

namespace aipg::attest::snp {

class SimulatedSnp : public testing::Test {
 protected:
  using Authority = tee::SnpAuthority;
  using SimulatedFamily = tee::SnpFamily;

  SimulatedSnp() { start_vcek(SimulatedFamily::genoa); }

  // RSA keys take seconds: one set for the whole program.
  static const tee::SnpAuthorityKeys& keys() {
    static const tee::SnpAuthorityKeys made = tee::SnpAuthorityKeys::generate();
    return made;
  }
  static const crypto::EcPrivateKey& leaf_key() {
    static const crypto::EcPrivateKey made = crypto::EcPrivateKey::generate(crypto::Curve::p384);
    return made;
  }
  static const Bytes& genuine(Authority authority, SimulatedFamily family) {
    static std::map<std::pair<Authority, SimulatedFamily>, Bytes> made;
    Bytes& out = made[{authority, family}];
    if (out.empty()) out = issue_authority(tee::snp_authority_template(authority, family, kNow), authority, family);
    return out;
  }
  static Bytes issue_authority(const crypto::CertificateTemplate& what, Authority authority, SimulatedFamily family) {
    return tee::issue_snp_authority(what, authority, family, keys());
  }

  void start(tee::SnpKeyContent content) {
    key = std::move(content);
    authority = key.csp_id ? Authority::asvk : Authority::ask;
    leaf = tee::snp_key_template(key, kNow);
    report = tee::snp_report_for(key);
    ark = genuine(Authority::ark, key.family);
    issuer = genuine(authority, key.family);
    roots = {ark};
  }
  void start_vcek(SimulatedFamily family) {
    tee::SnpKeyContent content{.family = family};
    if (family == SimulatedFamily::milan) content.product_name = "Milan-B0";
    if (family == SimulatedFamily::turin) {
      content.product_name = "Turin";
      content.struct_version = 1;
      content.levels.fmc = 2;
      content.hwid = Bytes(8, 0xc1);
    }
    start(std::move(content));
  }
  void start_vlek(SimulatedFamily family) {
    tee::SnpKeyContent content{.family = family, .hwid = std::nullopt, .csp_id = "CN=a provider"};
    if (family == SimulatedFamily::milan) content.product_name = "Milan";
    if (family == SimulatedFamily::turin) content.product_name = "Turin";
    start(std::move(content));
  }

  [[nodiscard]] Bytes issue_leaf() const {
    return tee::issue_snp_key(leaf, leaf_key().public_key(), authority, key.family, keys());
  }
  [[nodiscard]] std::vector<Bytes> pool() const { return {issue_leaf(), issuer, ark}; }
  [[nodiscard]] Bytes make_report() const { return tee::make_snp_report(report, leaf_key()); }

  // Everything up to a verified report; `verdict` has the findings. Borrows `bytes`.
  std::optional<VerifiedReport> verify(Bytes report_bytes, const std::vector<Bytes>& certificates) {
    bytes = std::move(report_bytes);
    verdict = {};
    Rules rules(verdict, "cpu", RuleModes::strict());
    return verify_report(bytes, certificates, roots, at, rules);
  }
  std::optional<VerifiedReport> verify() { return verify(make_report(), pool()); }

  [[nodiscard]] std::vector<std::string> broken() const {
    std::vector<std::string> out;
    for (const Finding& finding : verdict.findings) {
      if (finding.severity == Severity::failed) out.emplace_back(finding.code.view());
    }
    return out;
  }
  // The one rule that is broken when the report is verified.
  std::string refusal(Bytes report_bytes, const std::vector<Bytes>& certificates) {
    const bool verified = verify(std::move(report_bytes), certificates).has_value();
    EXPECT_EQ(verified, broken().empty());
    return broken().empty() ? "accepted" : testing::PrintToString(broken());
  }
  std::string refusal() { return refusal(make_report(), pool()); }
  static std::string only(std::string_view code) { return testing::PrintToString(std::vector{std::string(code)}); }

  static constexpr Instant kNow{1'795'000'000'000};
  Instant at = kNow;
  tee::SnpKeyContent key;
  Authority authority = Authority::ask;
  crypto::CertificateTemplate leaf;
  tee::SnpReportContent report;
  Bytes ark, issuer, bytes;
  std::vector<Bytes> roots;
  Verdict verdict;
};

}  // namespace aipg::attest::snp
