// SPDX-License-Identifier: Apache-2.0
// Intel's collateral with exactly one thing wrong and everything else signed
// correctly. Each test names every code it expects.
#include <gtest/gtest.h>

#include "attest/verdict_meanings.h"
#include "tee/test_intel.h"

namespace aipg::tee {
namespace {

namespace tdx = attest::tdx;
using attest::Severity;
using std::chrono::hours;

constexpr unsigned kDigitalSignature = 1U << 0, kKeyCertSign = 1U << 5;

Bytes serial_of(ByteView certificate) { return crypto::Certificate::parse(certificate)->serial(); }

TEST(IntelCollateral, AcceptsAHealthyPlatform) {
  TestIntel intel;
  EXPECT_EQ(intel.failed(), Codes{});
  EXPECT_EQ(intel.codes(Severity::warning), Codes{});
  ASSERT_TRUE(intel.tcb);
  EXPECT_EQ(intel.tcb->status, tdx::TcbStatus::up_to_date);
  EXPECT_EQ(intel.tcb->level, 0U);
  intel.guest.form = QuoteForm::v5_td15;
  EXPECT_EQ(intel.failed(), Codes{});
  intel.use_sgx();
  EXPECT_EQ(intel.failed(), Codes{});
}

TEST(IntelCollateral, SaysWhatEachOfItsRulesMeans) {
  TestIntel intel;
  (void)intel.failed();
  for (const attest::Finding& each : intel.verdict.findings) {
    EXPECT_NE(attest::meaning_of(each.code.view()), "") << each.code.view();
  }
}

// --- what is missing -------------------------------------------------------------

TEST(IntelCollateral, ReportsEachMissingItem) {
  using Edit = void (*)(tdx::Collateral&);
  for (const Edit edit :
       {Edit([](tdx::Collateral& c) { c.tcb_info.clear(); }), Edit([](tdx::Collateral& c) { c.qe_identity.clear(); }),
        Edit([](tdx::Collateral& c) { c.tcb_signing_chain.clear(); }),
        Edit([](tdx::Collateral& c) { c.qe_identity_signing_chain.clear(); }),
        Edit([](tdx::Collateral& c) { c.root_crl.clear(); }), Edit([](tdx::Collateral& c) { c.pck_crl.clear(); })}) {
    TestIntel intel;
    intel.edit = edit;
    EXPECT_EQ(intel.failed(), Codes{"collateral_missing"});
    intel.modes = attest::RuleModes::chain();
    EXPECT_EQ(intel.failed(), Codes{});
    EXPECT_EQ(intel.codes(Severity::warning), Codes{"collateral_missing"});
  }
}

TEST(IntelCollateral, EvaluatesNothingThatIsNotVerified) {
  TestIntel intel;
  intel.edit = [](tdx::Collateral& c) { c.qe_identity.clear(); };
  (void)intel.failed();
  EXPECT_FALSE(intel.tcb);
}

// --- who signed ------------------------------------------------------------------

TEST(IntelCollateral, RefusesASigningChainUnderAnotherRoot) {
  TestIntel intel;
  const SimulatedPki other = make_pki(intel.now);
  intel.edit = [&](tdx::Collateral& c) {
    c.tcb_signing_chain = c.qe_identity_signing_chain = other.intel.tcb_signing_chain;
  };
  EXPECT_EQ(intel.failed(), Codes{"chain_root"});
}

// A policy may trust several roots, as of several simulated machines: each speaks for its own platforms only.
TEST(IntelCollateral, RefusesASigningChainUnderAnotherRootThatIsTrusted) {
  TestIntel intel;
  const SimulatedPki other = make_pki(intel.now);
  intel.roots.push_back(other.pck_chain.back());
  intel.edit = [&](tdx::Collateral& c) {
    const tdx::Collateral theirs = make_collateral(intel.content, other.intel);
    c.tcb_info = theirs.tcb_info;
    c.qe_identity = theirs.qe_identity;
    c.tcb_signing_chain = c.qe_identity_signing_chain = theirs.tcb_signing_chain;
  };
  EXPECT_EQ(intel.failed(), Codes{"chain_root"});
}

TEST(IntelCollateral, RefusesASigningChainOfAnotherLength) {
  TestIntel intel;
  intel.edit = [](tdx::Collateral& c) {
    c.tcb_signing_chain.push_back(c.tcb_signing_chain[1]);
    c.qe_identity_signing_chain = c.tcb_signing_chain;
  };
  EXPECT_EQ(intel.failed(), Codes{"chain_length"});
  intel.edit = [](tdx::Collateral& c) {
    c.tcb_signing_chain.pop_back();
    c.qe_identity_signing_chain = c.tcb_signing_chain;
  };
  EXPECT_EQ(intel.failed(), Codes{"chain_length"});
}

// Broken for the TCB info alone; the QE identity keeps its own signer.
Codes failed_with_signer(TestIntel& intel, const crypto::CertificateTemplate& what) {
  const auto key = crypto::EcPrivateKey::generate(crypto::Curve::p256);
  intel.edit = [&](tdx::Collateral& c) {
    c.tcb_info = signed_document("tcbInfo", tcb_info_text(intel.content.tcb_info), key);
    c.tcb_signing_chain[0] = intel.issue_under_root(what, key.public_key());
  };
  return intel.failed();
}

crypto::CertificateTemplate good_signer(const TestIntel& intel) {
  crypto::CertificateTemplate out;
  out.subject_cn = std::string(kTcbSigningName);
  out.serial = {9};
  out.not_before = intel.now - hours(1);
  out.not_after = intel.now + hours(1);
  out.key_usage = kDigitalSignature;
  return out;
}

TEST(IntelCollateral, TakesTwoSigners) {
  TestIntel intel;
  EXPECT_EQ(failed_with_signer(intel, good_signer(intel)), Codes{});
}

TEST(IntelCollateral, RefusesASignerThatMayNotSignOrIsNotOfItsTime) {
  TestIntel intel;
  crypto::CertificateTemplate what = good_signer(intel);
  what.not_before = intel.now + hours(1);
  what.not_after = intel.now + hours(2);
  EXPECT_EQ(failed_with_signer(intel, what), Codes{"chain_not_yet_valid"});
  what = good_signer(intel);
  what.not_before = intel.now - hours(2);
  what.not_after = intel.now - hours(1);
  EXPECT_EQ(failed_with_signer(intel, what), Codes{"chain_expired"});
  what = good_signer(intel);
  what.key_usage = kKeyCertSign;
  EXPECT_EQ(failed_with_signer(intel, what), Codes{"chain_key_usage"});
  what = good_signer(intel);
  what.ca = true;
  EXPECT_EQ(failed_with_signer(intel, what), Codes{"chain_ca"});
}

// A platform's own PCK key must not be able to vouch for the platform: it is one certificate too far from the root.
TEST(IntelCollateral, RefusesDocumentsSignedByAPckKey) {
  TestIntel intel;
  intel.edit = [&](tdx::Collateral& c) {
    c.tcb_info = signed_document("tcbInfo", tcb_info_text(intel.content.tcb_info), intel.pki.pck_key);
    c.tcb_signing_chain = {intel.pki.pck_chain[0], intel.pki.pck_chain[2]};
  };
  EXPECT_EQ(intel.failed(), Codes{"chain_issuer"});
}

TEST(IntelCollateral, RefusesDocumentsSignedByAnotherKey) {
  TestIntel intel;
  const auto other = crypto::EcPrivateKey::generate(crypto::Curve::p256);
  intel.edit = [&](tdx::Collateral& c) {
    c.tcb_info = signed_document("tcbInfo", tcb_info_text(intel.content.tcb_info), other);
  };
  EXPECT_EQ(intel.failed(), Codes{"tdx_tcb_info_signature"});
  intel.edit = [&](tdx::Collateral& c) {
    c.qe_identity = signed_document("enclaveIdentity", qe_identity_text(intel.content.qe_identity), other);
  };
  EXPECT_EQ(intel.failed(), Codes{"tdx_qe_identity_signature"});
}

// --- when and about whom ---------------------------------------------------------

TEST(IntelCollateral, HoldsTheTcbInfoToItsWindow) {
  TestIntel intel;
  intel.content.tcb_info.issue_date = intel.now + milliseconds(1000);
  EXPECT_EQ(intel.failed(), Codes{"tdx_tcb_info_not_yet_valid"});
  intel.content.tcb_info.issue_date = intel.now;
  intel.content.tcb_info.next_update = intel.now;
  EXPECT_EQ(intel.failed(), Codes{});
  intel.content.tcb_info.issue_date = intel.content.tcb_info.next_update = intel.now - milliseconds(1000);
  EXPECT_EQ(intel.failed(), Codes{"tdx_tcb_info_expired"});
}

TEST(IntelCollateral, HoldsTheQeIdentityToItsWindow) {
  TestIntel intel;
  intel.content.qe_identity.issue_date = intel.now + milliseconds(1000);
  EXPECT_EQ(intel.failed(), Codes{"tdx_qe_identity_not_yet_valid"});
  intel.content.qe_identity.issue_date = intel.content.qe_identity.next_update = intel.now - milliseconds(1000);
  EXPECT_EQ(intel.failed(), Codes{"tdx_qe_identity_expired"});
}

TEST(IntelCollateral, BoundsItsAgeWhereThePolicyDoes) {
  TestIntel intel;
  const Instant old = intel.now - hours(73);
  for (Instant* issued : {&intel.content.tcb_info.issue_date, &intel.content.qe_identity.issue_date,
                          &intel.content.pck_crl.this_update}) {
    const Instant good = *issued;
    *issued = old;
    EXPECT_EQ(intel.failed(), Codes{"collateral_stale"});
    *issued = intel.now - hours(72);
    EXPECT_EQ(intel.failed(), Codes{});
    *issued = good;
  }
  intel.content.root_crl.this_update = intel.now - hours(24 * 300);
  EXPECT_EQ(intel.failed(), Codes{});
  intel.content.tcb_info.issue_date = old;
  intel.requirements.maximum_age.reset();
  EXPECT_EQ(intel.failed(), Codes{});
}

TEST(IntelCollateral, BoundsTheRootListByAnInstant) {
  TestIntel intel;
  intel.requirements.oldest_root_crl = intel.content.root_crl.this_update;
  EXPECT_EQ(intel.failed(), Codes{});
  intel.requirements.oldest_root_crl = intel.now;
  EXPECT_EQ(intel.failed(), Codes{"collateral_stale"});
}

TEST(IntelCollateral, RefusesWhatIsAboutAnotherPlatform) {
  TestIntel intel;
  intel.content.tcb_info.fmspc = "00906ED50000";
  EXPECT_EQ(intel.failed(), Codes{"tdx_tcb_info_fmspc"});
  intel.content = good_collateral(intel.now);
  intel.content.tcb_info.pce_id = "0001";
  EXPECT_EQ(intel.failed(), Codes{"tdx_tcb_info_pce_id"});
}

TEST(IntelCollateral, RefusesWhatIsAboutTheOtherKindOfTee) {
  TestIntel intel;
  const CollateralContent sgx = good_sgx_collateral(intel.now);
  intel.content.tcb_info = sgx.tcb_info;
  EXPECT_EQ(intel.failed(), Codes{"tdx_tcb_info_tee"});
  intel.content = good_collateral(intel.now);
  intel.content.qe_identity = sgx.qe_identity;
  EXPECT_EQ(intel.failed(), Codes{"tdx_qe_identity_tee"});
  intel.use_sgx();
  intel.content.tcb_info = good_collateral(intel.now).tcb_info;
  EXPECT_EQ(intel.failed(), Codes{"tdx_tcb_info_tee"});
  intel.content = sgx;
  intel.content.qe_identity = good_collateral(intel.now).qe_identity;
  EXPECT_EQ(intel.failed(), Codes{"tdx_qe_identity_tee"});
}

TEST(IntelCollateral, AsksForARecentTcbRecovery) {
  TestIntel intel;
  intel.requirements.minimum_evaluation_data_number = 18;
  EXPECT_EQ(intel.failed(), Codes{});
  intel.requirements.minimum_evaluation_data_number = 19;
  EXPECT_EQ(intel.failed(), Codes{"tdx_evaluation_data_number"});
}

TEST(IntelCollateral, AsksForOneTcbRecoveryInBothDocuments) {
  TestIntel intel;
  intel.content.qe_identity.evaluation_data_number = 17;
  EXPECT_EQ(intel.failed(), Codes{"tdx_evaluation_data_mismatch"});
  intel.requirements.minimum_evaluation_data_number = 18;
  EXPECT_EQ(intel.failed(), (Codes{"tdx_evaluation_data_mismatch", "tdx_evaluation_data_number"}));
}

// --- revocation ------------------------------------------------------------------

TEST(IntelCollateral, RefusesRevokedCertificates) {
  TestIntel intel;
  const Instant then = intel.now - hours(2);
  intel.content.pck_crl.revoked = {{serial_of(intel.pki.pck_chain[0]), then, {}}};
  EXPECT_EQ(intel.failed(), Codes{"tdx_pck_revoked"});
  intel.content.pck_crl.revoked.clear();
  intel.content.root_crl.revoked = {{serial_of(intel.pki.pck_chain[1]), then, {}}};
  EXPECT_EQ(intel.failed(), Codes{"tdx_pck_ca_revoked"});
  intel.content.root_crl.revoked = {{serial_of(intel.pki.intel.tcb_signing_chain[0]), then, {}}};
  EXPECT_EQ(intel.failed(), Codes{"tdx_signing_revoked"});
  EXPECT_FALSE(intel.tcb);
}

// Serials are the issuer's own numbers: the PCK list says nothing about what the root issued.
TEST(IntelCollateral, LooksForEachSerialInItsIssuersList) {
  TestIntel intel;
  intel.content.root_crl.revoked = {{serial_of(intel.pki.pck_chain[0]), intel.now - hours(2), {}}};
  intel.content.pck_crl.revoked = {{serial_of(intel.pki.pck_chain[1]), intel.now - hours(2), {}},
                                   {serial_of(intel.pki.intel.tcb_signing_chain[0]), intel.now - hours(2), {}}};
  EXPECT_EQ(intel.failed(), Codes{});
}

TEST(IntelCollateral, RefusesListsThatAreNotTheIssuers) {
  TestIntel intel;
  intel.edit = [](tdx::Collateral& c) { c.root_crl = c.pck_crl; };
  EXPECT_EQ(intel.failed(), Codes{"crl_issuer"});
  intel.edit = [](tdx::Collateral& c) { c.pck_crl = c.root_crl; };
  EXPECT_EQ(intel.failed(), Codes{"crl_issuer"});
  const SimulatedPki other = make_pki(intel.now);
  intel.content.pck_crl.with_key_id = false;
  intel.edit = [&](tdx::Collateral& c) { c.pck_crl = make_collateral(intel.content, other.intel).pck_crl; };
  EXPECT_EQ(intel.failed(), Codes{"crl_signature"});
}

TEST(IntelCollateral, HoldsListsToTheirWindows) {
  TestIntel intel;
  for (crypto::CrlTemplate* list : {&intel.content.root_crl, &intel.content.pck_crl}) {
    const crypto::CrlTemplate good = *list;
    list->this_update = intel.now + milliseconds(1000);
    EXPECT_EQ(intel.failed(), Codes{"crl_not_yet_valid"});
    list->this_update = intel.now - hours(2);
    list->next_update = intel.now - hours(1);
    EXPECT_EQ(intel.failed(), Codes{"crl_expired"});
    *list = good;
  }
}

TEST(IntelCollateral, RefusesWhatIsNoList) {
  TestIntel intel;
  intel.edit = [](tdx::Collateral& c) { c.root_crl = {0x30}; };
  EXPECT_EQ(intel.failed(), Codes{"crl_invalid"});
}

TEST(IntelCollateral, RefusesAnotherCaBesideThePckList) {
  TestIntel intel;
  intel.edit = [](tdx::Collateral& c) { c.pck_crl_issuer_chain.clear(); };
  EXPECT_EQ(intel.failed(), Codes{});
  const SimulatedPki other = make_pki(intel.now);
  intel.edit = [&](tdx::Collateral& c) { c.pck_crl_issuer_chain[0] = other.pck_chain[1]; };
  EXPECT_EQ(intel.failed(), Codes{"tdx_pck_crl_issuer"});
  intel.edit = [&](tdx::Collateral& c) { c.pck_crl_issuer_chain[1] = other.pck_chain[2]; };
  EXPECT_EQ(intel.failed(), Codes{"tdx_pck_crl_issuer"});
}

TEST(IntelCollateral, TakesTheSameCaUnderANewCertificate) {
  TestIntel intel;
  crypto::CertificateTemplate renewed;
  renewed.subject_cn = std::string(kPlatformCaName);
  renewed.not_before = intel.now;
  renewed.not_after = intel.now + hours(1);
  renewed.ca = true;
  renewed.key_usage = kKeyCertSign;
  intel.edit = [&](tdx::Collateral& c) {
    c.pck_crl_issuer_chain[0] = intel.issue_under_root(renewed, intel.pki.intel.platform_ca.public_key());
  };
  EXPECT_EQ(intel.failed(), Codes{});
}

// --- damage ----------------------------------------------------------------------

// One item's bytes. It is judged with what it needs, alone: what else is missing is a warning.
using Part = Bytes& (*)(tdx::Collateral&);

class Damage : public testing::Test {
 protected:
  Damage() {
    intel_.modes = attest::RuleModes::chain();
    quote_ = intel_.quote();
    attest::Rules rules(verdict_, "cpu", intel_.modes);
    verified_ = tdx::verify_quote(quote_, intel_.roots, intel_.now, rules);
  }

  [[nodiscard]] bool accepts(const tdx::Collateral& items) const {
    attest::Verdict verdict;
    attest::Rules rules(verdict, "cpu", intel_.modes);
    (void)tdx::check_collateral(*verified_, items, intel_.requirements, intel_.now, rules);
    return verdict.first_failed() == nullptr;
  }

  // No byte of the item `part` may change or be cut off. From `unsigned_from` on, the case of hexadecimal digits may.
  void expect_refused(tdx::Collateral items, Part part, std::size_t unsigned_from) const {
    ASSERT_TRUE(accepts(items));
    Bytes& bytes = part(items);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const auto bit = static_cast<std::uint8_t>(1U << (i % 8));
      bytes[i] ^= bit;
      const bool case_of_digit = i >= unsigned_from && bit == 0x20 && std::isxdigit(bytes[i]) != 0;
      EXPECT_EQ(accepts(items), case_of_digit) << i;
      bytes[i] ^= bit;
    }
    const Bytes whole = bytes;
    for (std::size_t n = 1; n < whole.size(); ++n) {
      bytes.resize(n);
      EXPECT_FALSE(accepts(items)) << n;
      bytes = whole;
    }
  }

  TestIntel intel_;
  Bytes quote_;
  attest::Verdict verdict_;
  std::optional<tdx::VerifiedQuote> verified_;
  tdx::Collateral good_ = intel_.collateral();
};

constexpr std::size_t kDigitsAndBrace = 130;  // 128 digits, a quotation mark, a brace
constexpr std::size_t kNowhere = SIZE_MAX;

// The object is signed byte for byte; the signature is compared as the number that its digits stand for, and their
// case (bit 5 of a letter) makes no difference.
TEST_F(Damage, OfADocumentIsRefusedEverywhereButInTheCaseOfTheSignaturesDigits) {
  tdx::Collateral items;
  items.tcb_info = good_.tcb_info;
  items.tcb_signing_chain = good_.tcb_signing_chain;
  expect_refused(
      items, [](tdx::Collateral& c) -> Bytes& { return c.tcb_info; }, items.tcb_info.size() - kDigitsAndBrace);
  items = {};
  items.qe_identity = good_.qe_identity;
  items.qe_identity_signing_chain = good_.qe_identity_signing_chain;
  expect_refused(
      items, [](tdx::Collateral& c) -> Bytes& { return c.qe_identity; }, items.qe_identity.size() - kDigitsAndBrace);
}

TEST_F(Damage, OfAListIsRefusedEverywhere) {
  tdx::Collateral items;
  items.root_crl = good_.root_crl;
  expect_refused(items, [](tdx::Collateral& c) -> Bytes& { return c.root_crl; }, kNowhere);
  items = {};
  items.pck_crl = good_.pck_crl;
  expect_refused(items, [](tdx::Collateral& c) -> Bytes& { return c.pck_crl; }, kNowhere);
}

TEST_F(Damage, OfAChainIsRefusedEverywhere) {
  tdx::Collateral items;
  items.tcb_signing_chain = good_.tcb_signing_chain;
  expect_refused(items, [](tdx::Collateral& c) -> Bytes& { return c.tcb_signing_chain[0]; }, kNowhere);
  expect_refused(items, [](tdx::Collateral& c) -> Bytes& { return c.tcb_signing_chain[1]; }, kNowhere);
  items = {};
  items.pck_crl_issuer_chain = good_.pck_crl_issuer_chain;
  expect_refused(items, [](tdx::Collateral& c) -> Bytes& { return c.pck_crl_issuer_chain[0]; }, kNowhere);
  expect_refused(items, [](tdx::Collateral& c) -> Bytes& { return c.pck_crl_issuer_chain[1]; }, kNowhere);
}

}  // namespace
}  // namespace aipg::tee
