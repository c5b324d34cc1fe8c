// SPDX-License-Identifier: Apache-2.0
#include "attest/snp/chain.h"

#include "attest/snp/simulated_fixture.h"

namespace aipg::attest::snp {
namespace {

class SnpChain : public SimulatedSnp {
 protected:
  std::string judged(const std::vector<Bytes>& certificates) {
    verdict = {};
    Rules rules(verdict, "cpu", RuleModes::strict());
    const bool verified = verify_pool(certificates, roots, at, rules).has_value();
    EXPECT_EQ(verified, broken().empty());
    return verified ? "accepted" : testing::PrintToString(broken());
  }
  std::string judged() { return judged(pool()); }
  std::string judged_alone(ByteView certificate, const std::vector<Bytes>& authorities) {
    verdict = {};
    Rules rules(verdict, "cpu", RuleModes::strict());
    const bool verified = verify_vcek(certificate, authorities, roots, at, rules).has_value();
    EXPECT_EQ(verified, broken().empty());
    return verified ? "accepted" : testing::PrintToString(broken());
  }
  [[nodiscard]] crypto::CertificateTemplate issuer_template() const {
    return tee::snp_authority_template(authority, key.family, kNow);
  }
  [[nodiscard]] std::string name_of(Authority which) const { return tee::snp_authority_name(which, key.family); }
  // An authority of the family that was changed before the ARK signed it.
  void set_issuer(const crypto::CertificateTemplate& what) { issuer = issue_authority(what, authority, key.family); }
};

TEST_F(SnpChain, AcceptsEveryFamilysKeysOfBothKinds) {
  for (SimulatedFamily family : {SimulatedFamily::milan, SimulatedFamily::genoa, SimulatedFamily::turin}) {
    start_vcek(family);
    EXPECT_EQ(judged(), "accepted");
    start_vlek(family);
    EXPECT_EQ(judged(), "accepted");
  }
}

TEST_F(SnpChain, TakesCertificatesInAnyOrderAndDoesWithoutTheRoot) {
  std::vector<Bytes> certificates = pool();
  std::ranges::sort(certificates);
  do {
    EXPECT_EQ(judged(certificates), "accepted");
  } while (std::ranges::next_permutation(certificates).found);
  EXPECT_EQ(judged({issue_leaf(), issuer}), "accepted");
}

TEST_F(SnpChain, TakesTheProductsOtherAuthorityToo) {
  std::vector<Bytes> certificates = pool();
  certificates.push_back(genuine(Authority::asvk, key.family));
  EXPECT_EQ(judged(certificates), "accepted");
}

TEST_F(SnpChain, RefusesAPoolWithoutExactlyOneKey) {
  EXPECT_EQ(judged({issuer, ark}), only("snp_certificates"));
  EXPECT_EQ(judged({}), only("snp_certificates"));
  std::vector<Bytes> certificates = pool();
  certificates.push_back(issue_leaf());  // signed anew, so other bytes
  EXPECT_EQ(judged(certificates), only("snp_certificates"));
}

TEST_F(SnpChain, RefusesACertificateThatStandsThereTwice) {
  std::vector<Bytes> certificates = pool();
  certificates.push_back(issuer);
  EXPECT_EQ(judged(certificates), only("snp_certificates"));
}

TEST_F(SnpChain, RefusesMoreCertificatesThanAnybodyNeeds) {
  EXPECT_EQ(judged(std::vector<Bytes>(kMaxCertificates + 1, ark)), only("snp_certificates"));
}

TEST_F(SnpChain, RefusesAPoolWithoutTheKeysAuthority) {
  EXPECT_EQ(judged({issue_leaf(), ark}), only("snp_certificates"));
  EXPECT_EQ(judged({issue_leaf(), genuine(Authority::asvk, key.family), ark}), only("snp_certificates"));
}

TEST_F(SnpChain, RefusesTwoAuthoritiesOfOneName) {
  std::vector<Bytes> certificates = pool();
  certificates.push_back(issue_authority(issuer_template(), authority, key.family));
  EXPECT_EQ(judged(certificates), only("snp_certificates"));
}

TEST_F(SnpChain, RefusesCertificatesOfAnotherProduct) {
  std::vector<Bytes> certificates = pool();
  certificates.push_back(genuine(Authority::ask, SimulatedFamily::turin));
  EXPECT_EQ(judged(certificates), only("snp_certificates"));
  certificates.back() = genuine(Authority::ark, SimulatedFamily::turin);
  EXPECT_EQ(judged(certificates), only("snp_certificates"));
}

TEST_F(SnpChain, RefusesAnotherCertificateOfTheRootsName) {
  std::vector<Bytes> certificates{
      issue_leaf(), issuer,
      issue_authority(tee::snp_authority_template(Authority::ark, key.family, kNow), Authority::ark, key.family)};
  EXPECT_EQ(judged(certificates), only("chain_root"));
}

TEST_F(SnpChain, RefusesAnUnneededAuthorityThatTheRootDidNotSign) {
  std::vector<Bytes> certificates = pool();
  certificates.push_back(crypto::issue_certificate(tee::snp_authority_template(Authority::asvk, key.family, kNow),
                                                   keys().asvk, name_of(Authority::ark), keys().asvk));
  EXPECT_EQ(judged(certificates), only("chain_root"));  // it names another key than the root's
  crypto::CertificateTemplate silent = tee::snp_authority_template(Authority::asvk, key.family, kNow);
  silent.with_key_ids = false;
  certificates.back() = crypto::issue_certificate(silent, keys().asvk, name_of(Authority::ark), keys().asvk);
  EXPECT_EQ(judged(certificates), only("chain_signature"));
}

TEST_F(SnpChain, RefusesWhatIsNoCertificate) {
  std::vector<Bytes> certificates = pool();
  certificates.push_back(Bytes{0x30, 0});
  EXPECT_EQ(judged(certificates), only("certificate_invalid"));
}

TEST_F(SnpChain, RefusesARootThatIsNotPinned) {
  roots = {genuine(Authority::ark, SimulatedFamily::milan)};
  EXPECT_EQ(judged(), only("chain_root"));
  roots.clear();
  EXPECT_EQ(judged(), only("chain_root"));
}

TEST_F(SnpChain, RefusesAKeyOutsideItsTime) {
  const std::vector<Bytes> certificates = pool();
  at = leaf.not_before - milliseconds(1000);
  EXPECT_EQ(judged(certificates), only("chain_not_yet_valid"));
  at = leaf.not_after;
  EXPECT_EQ(judged(certificates), "accepted");
  at = leaf.not_after + milliseconds(1000);
  EXPECT_EQ(judged(certificates), only("chain_expired"));
}

TEST_F(SnpChain, RefusesAKeyThatItsAuthorityDidNotSign) {
  const Bytes forged = crypto::issue_certificate(leaf, leaf_key().public_key(), name_of(authority), keys().asvk);
  EXPECT_EQ(judged({forged, issuer, ark}), only("chain_signature"));
}

TEST_F(SnpChain, RefusesAnAuthorityThatItsRootDidNotSign) {
  crypto::CertificateTemplate what = issuer_template();
  what.with_key_ids = false;
  issuer = crypto::issue_certificate(what, keys().ask, name_of(Authority::ark), keys().asvk);
  EXPECT_EQ(judged(), only("chain_signature"));
}

TEST_F(SnpChain, RefusesAKeyThatTheRootSignedItself) {
  const Bytes direct = crypto::issue_certificate(leaf, leaf_key().public_key(), name_of(Authority::ark), keys().ark);
  EXPECT_EQ(judged({direct, ark}), only("chain_issuer"));
}

TEST_F(SnpChain, RefusesAKeySignedWithAnotherAlgorithm) {
  const Bytes ecdsa = crypto::issue_certificate(leaf, leaf_key().public_key(), name_of(authority), leaf_key());
  EXPECT_EQ(judged({ecdsa, issuer, ark}), only("chain_algorithm"));
}

TEST_F(SnpChain, RefusesAKeyOfAnotherCurve) {
  const auto p256 = crypto::EcPrivateKey::generate(crypto::Curve::p256);
  const Bytes other = tee::issue_snp_key(leaf, p256.public_key(), authority, key.family, keys());
  EXPECT_EQ(judged({other, issuer, ark}), only("chain_algorithm"));
}

TEST_F(SnpChain, RefusesAnAuthorityWithAShorterKey) {
  const auto small = crypto::RsaPrivateKey::generate(2048);
  issuer = crypto::issue_certificate(issuer_template(), small, name_of(Authority::ark), keys().ark);
  const Bytes under_it = crypto::issue_certificate(leaf, leaf_key().public_key(), name_of(authority), small);
  EXPECT_EQ(judged({under_it, issuer, ark}), only("chain_algorithm"));
}

TEST_F(SnpChain, RefusesAnAuthorityOfAnotherProfile) {
  crypto::CertificateTemplate what = issuer_template();
  what.path_length = std::nullopt;
  set_issuer(what);
  EXPECT_EQ(judged(), only("chain_ca"));
  what.path_length = 1;
  set_issuer(what);
  EXPECT_EQ(judged(), only("chain_ca"));
  what = issuer_template();
  what.key_usage |= 1U << 6;
  set_issuer(what);
  EXPECT_EQ(judged(), only("chain_key_usage"));
  what = issuer_template();
  what.ca = false;
  what.path_length = std::nullopt;
  set_issuer(what);
  EXPECT_EQ(judged(), only("chain_ca"));
  what = issuer_template();
  what.extra = {{codec::der::oid_content("1.2.3.4"), true, {5, 0}}};
  set_issuer(what);
  EXPECT_EQ(judged(), only("chain_critical_extension"));
}

TEST_F(SnpChain, RefusesAKeyWithAnExtensionThatIsNotAmds) {
  leaf.extra.push_back({codec::der::oid_content("1.2.3.4"), false, {5, 0}});
  EXPECT_EQ(judged(), only("snp_extension"));
}

TEST_F(SnpChain, RefusesAKeyForAnotherProductThanItsAuthorities) {
  tee::SnpKeyContent milan = key;
  milan.product_name = "Milan-B0";
  leaf.extra = tee::snp_key_extensions(milan);
  EXPECT_EQ(judged(), only("snp_product"));
}

TEST_F(SnpChain, RefusesAnAuthorityNamedForAnotherProductThanTheRoot) {
  // An ASK for Milan's that Genoa's ARK signed: names decide nothing about trust, but they must agree.
  crypto::CertificateTemplate what = issuer_template();
  what.subject_cn = tee::snp_authority_name(Authority::ask, SimulatedFamily::milan);
  set_issuer(what);
  const Bytes under_it = crypto::issue_certificate(leaf, leaf_key().public_key(), what.subject_cn, keys().ask);
  EXPECT_EQ(judged({under_it, issuer, ark}), only("snp_product"));
}

TEST_F(SnpChain, RefusesAChipsKeyFromTheProvidersAuthority) {
  authority = Authority::asvk;
  issuer = genuine(authority, key.family);
  EXPECT_EQ(judged(), only("snp_key_kind"));
}

TEST_F(SnpChain, RefusesAProvidersKeyFromTheChipsAuthority) {
  start_vlek(SimulatedFamily::genoa);
  authority = Authority::ask;
  issuer = genuine(authority, key.family);
  EXPECT_EQ(judged(), only("snp_key_kind"));
}

TEST_F(SnpChain, RefusesAKeyNamedForTheOtherKind) {
  leaf.subject_cn = "SIMULATED SEV-VLEK";
  EXPECT_EQ(judged(), only("snp_key_kind"));
}

TEST_F(SnpChain, JudgesACertificateAloneAmongEveryProductsAuthorities) {
  std::vector<Bytes> authorities;
  roots.clear();
  for (SimulatedFamily family : {SimulatedFamily::milan, SimulatedFamily::genoa, SimulatedFamily::turin}) {
    for (Authority which : {Authority::ark, Authority::ask, Authority::asvk})
      authorities.push_back(genuine(which, family));
    roots.push_back(genuine(Authority::ark, family));
  }
  EXPECT_EQ(judged_alone(issue_leaf(), authorities), "accepted");
  const Bytes forged = crypto::issue_certificate(leaf, leaf_key().public_key(), name_of(authority), keys().asvk);
  EXPECT_EQ(judged_alone(forged, authorities), only("chain_signature"));
  roots.pop_back();  // Turin's authorities are nobody's now
  EXPECT_EQ(judged_alone(issue_leaf(), authorities), only("chain_root"));
  EXPECT_EQ(judged_alone(Bytes{}, authorities), only("certificate_invalid"));
}

}  // namespace
}  // namespace aipg::attest::snp
