// SPDX-License-Identifier: Apache-2.0
#include "attest/snp/revocation.h"

#include "attest/snp/simulated_fixture.h"

namespace aipg::attest::snp {
namespace {

constexpr milliseconds kDay{24LL * 3600 * 1000};

class SnpRevocation : public SimulatedSnp {
 protected:
  [[nodiscard]] crypto::Crl list(const std::vector<Bytes>& serials, SimulatedFamily family) const {
    return *crypto::Crl::parse(tee::issue_snp_crl(serials, family, keys(), kNow - kDay, kNow + kDay));
  }
  [[nodiscard]] crypto::Crl list(const std::vector<Bytes>& serials) const { return list(serials, key.family); }
  // The findings of the list alone.
  std::string judged(const crypto::Crl& crl, Instant when = kNow) {
    const auto verified = verify();
    EXPECT_TRUE(verified);
    verdict = {};
    Rules rules(verdict, "cpu", RuleModes::chain());
    if (verified) check_revocation(verified->key(), crl, when, rules);
    return broken().empty() ? "accepted" : testing::PrintToString(broken());
  }
  std::string judged_alone(const crypto::Crl& crl, const std::vector<Bytes>& certificates, Instant when = kNow) {
    verdict = {};
    Rules rules(verdict, "crl", RuleModes::chain());
    const bool holds = verify_revocation_list(crl, certificates, roots, when, rules);
    EXPECT_EQ(holds, broken().empty());
    return broken().empty() ? "accepted" : testing::PrintToString(broken());
  }
  [[nodiscard]] Bytes serial_of(Authority which) const {
    return crypto::Certificate::parse(genuine(which, key.family))->serial();
  }
};

TEST_F(SnpRevocation, AcceptsAnAuthorityThatIsNotListed) {
  EXPECT_EQ(judged(list({})), "accepted");
  EXPECT_EQ(judged(list({{0x02, 0x00, 0x07}})), "accepted");
}

TEST_F(SnpRevocation, RefusesAListedAuthority) {
  EXPECT_EQ(judged(list({serial_of(Authority::ask)})), only("snp_revoked"));
  EXPECT_EQ(judged(list({serial_of(Authority::asvk)})), "accepted");
  start_vlek(SimulatedFamily::genoa);
  EXPECT_EQ(judged(list({serial_of(Authority::asvk)})), only("snp_revoked"));
}

// Every VCEK has the serial 0: a list that names it says nothing about any of them.
TEST_F(SnpRevocation, TakesNothingFromTheSerialOfAVcek) { EXPECT_EQ(judged(list({{0x00}})), "accepted"); }

TEST_F(SnpRevocation, RefusesAListOfAnotherProduct) {
  EXPECT_EQ(judged(list({}, SimulatedFamily::milan)), only("crl_issuer"));
}

TEST_F(SnpRevocation, RefusesAListOutsideItsTime) {
  const crypto::Crl crl = list({});
  EXPECT_EQ(judged(crl, crl.this_update() - milliseconds(1)), only("crl_not_yet_valid"));
  EXPECT_EQ(judged(crl, crl.next_update()), "accepted");
  EXPECT_EQ(judged(crl, crl.next_update() + milliseconds(1)), only("crl_expired"));
}

TEST_F(SnpRevocation, RefusesAListThatTheRootDidNotSign) {
  crypto::CrlTemplate what;
  what.this_update = kNow - kDay;
  what.next_update = kNow + kDay;
  what.with_key_id = false;
  const std::string name = tee::snp_authority_name(Authority::ark, key.family);
  EXPECT_EQ(judged(*crypto::Crl::parse(crypto::issue_crl(what, name, keys().ask))), only("crl_signature"));
  what.with_key_id = true;
  EXPECT_EQ(judged(*crypto::Crl::parse(crypto::issue_crl(what, name, keys().ask))), only("crl_key_id"));
}

TEST_F(SnpRevocation, JudgesAListAloneUnderThePinnedRootThatIsGiven) {
  const Bytes ask = genuine(Authority::ask, key.family);
  EXPECT_EQ(judged_alone(list({}), {ask, ark}), "accepted");
  EXPECT_EQ(judged_alone(list({}), {ask}), only("chain_root"));
  EXPECT_EQ(judged_alone(list({}, SimulatedFamily::milan), {ask, ark}), only("crl_issuer"));
  const Bytes milan = genuine(Authority::ark, SimulatedFamily::milan);
  EXPECT_EQ(judged_alone(list({}), {milan}), only("chain_root"));
  roots.push_back(milan);
  EXPECT_EQ(judged_alone(list({}), {milan}), only("crl_issuer"));
  EXPECT_EQ(judged_alone(list({}), {milan, ark}), only("snp_certificates"));
}

// Whatever is given beside a list is genuine, or the list is not accepted.
TEST_F(SnpRevocation, RefusesAListBesideWhichACertificateIsNotAnAuthoritys) {
  const Bytes ask = genuine(Authority::ask, key.family), asvk = genuine(Authority::asvk, key.family);
  EXPECT_EQ(judged_alone(list({}), {ask, ark, asvk}), "accepted");
  Bytes forged = asvk;
  forged.back() ^= 1;
  EXPECT_EQ(judged_alone(list({}), {ask, ark, forged}), only("chain_signature"));
  EXPECT_EQ(judged_alone(list({}), {ark, issue_leaf()}), only("snp_certificates"));
}

TEST_F(SnpRevocation, RefusesAListUnderARootOutsideItsTime) {
  const crypto::Certificate root = *crypto::Certificate::parse(ark);
  EXPECT_EQ(judged_alone(list({}), {ark}, root.not_before() - milliseconds(1)), only("chain_not_yet_valid"));
  EXPECT_EQ(judged_alone(list({}), {ark}, root.not_after() + milliseconds(1)), only("chain_expired"));
}

}  // namespace
}  // namespace aipg::attest::snp
