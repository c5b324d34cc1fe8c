// SPDX-License-Identifier: Apache-2.0
// SGX quotes, and pins of guests, enclaves and machines, with exactly one thing
// wrong each.
#include <gtest/gtest.h>

#include "tee/test_intel.h"

namespace aipg::tee {
namespace {

namespace tdx = attest::tdx;

// From the start of an SGX quote.
constexpr std::size_t kBody = 48, kSection = kBody + 384, kAttestationKey = kSection + 4 + 64;
constexpr std::size_t kQeReport = kAttestationKey + 64, kAuthSize = kQeReport + 384 + 64;
constexpr std::size_t kChainType = kAuthSize + 2 + 32;

class SgxQuote : public testing::Test {
 protected:
  SgxQuote() { intel_.use_sgx(); }

  static std::string_view refusal(ByteView bytes) {
    const auto result = tdx::parse_sgx_quote(bytes);
    return result ? "accepted" : result.error().code.view();
  }
  // Byte `at` of a good quote set to `value`.
  std::string_view with(std::size_t at, std::uint8_t value) const {
    Bytes bytes = intel_.quote();
    bytes.at(at) = value;
    return refusal(bytes);
  }

  TestIntel intel_;
};

TEST_F(SgxQuote, ReadsTheFieldsWhereTheyWereWritten) {
  intel_.enclave.mrenclave.fill(0x11);
  intel_.enclave.mrsigner.fill(0x22);
  intel_.enclave.isv_prod_id = 0x0304;
  intel_.enclave.isv_svn = 0x0506;
  intel_.enclave.report_data.fill(0x77);
  const Bytes bytes = intel_.quote();
  const auto view = tdx::parse_sgx_quote(bytes);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->version, 3);
  EXPECT_TRUE(equal(view->report.mrenclave, intel_.enclave.mrenclave));
  EXPECT_TRUE(equal(view->report.mrsigner, intel_.enclave.mrsigner));
  EXPECT_EQ(view->report.isv_prod_id, 0x0304);
  EXPECT_EQ(view->report.isv_svn, 0x0506);
  EXPECT_TRUE(equal(view->report.report_data, intel_.enclave.report_data));
  EXPECT_EQ(view->report.flags, 5U);
  EXPECT_EQ(view->qe_report.flags, 0x15U);
  EXPECT_EQ(view->qe_report.isv_prod_id, 2);
  EXPECT_EQ(view->qe_report.isv_svn, 4);
  EXPECT_EQ(view->signed_part.size(), kSection);
  EXPECT_TRUE(equal(view->attestation_key, intel_.attestation_key.public_key().xy()));
  EXPECT_EQ(view->auth_data.size(), 32U);
}

TEST_F(SgxQuote, RefusesEveryTruncation) {
  const Bytes bytes = intel_.quote();
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_NE(refusal(ByteView(bytes).first(n)), "accepted") << n;
}

TEST_F(SgxQuote, AllowsZeroPaddingAndNothingElseBehind) {
  Bytes bytes = intel_.quote();
  bytes.resize(bytes.size() + 70);
  EXPECT_EQ(refusal(bytes), "accepted");
  bytes.back() = 1;
  EXPECT_EQ(refusal(bytes), "quote_trailing_bytes");
  bytes.back() = 0;
  bytes.resize(tdx::kMaxQuoteBytes + 1);
  EXPECT_EQ(refusal(bytes), "quote_too_large");
}

TEST_F(SgxQuote, RefusesEachBadFieldUnderItsOwnCode) {
  EXPECT_EQ(with(0, 4), "quote_unknown_version");
  EXPECT_EQ(with(0, 2), "quote_unknown_version");
  EXPECT_EQ(with(2, 3), "quote_key_type");
  EXPECT_EQ(with(4, 0x81), "quote_tee_type");
  EXPECT_EQ(with(kChainType, 6), "quote_certification_type");
  EXPECT_EQ(with(kChainType + 2, 1), "quote_lengths");
  EXPECT_EQ(with(kAuthSize + 1, 0xff), "quote_truncated");
  EXPECT_EQ(with(kSection + 3, 0xff), "quote_truncated");
}

TEST_F(SgxQuote, IsNoTdxQuoteNorTheOtherWayRound) {
  EXPECT_EQ(tdx::parse_quote(intel_.quote()).error().code, Literal("quote_unknown_version"));
  TestIntel guest;
  EXPECT_EQ(refusal(guest.quote()), "quote_unknown_version");
}

TEST_F(SgxQuote, RefusesEachBrokenSignatureUnderItsOwnCode) {
  const tdx::Collateral items = intel_.collateral();
  const auto failed_with = [&](std::size_t at) {
    Bytes bytes = intel_.quote();
    bytes.at(at) ^= 1;
    intel_.judge(bytes, items);
    return intel_.codes(attest::Severity::failed);
  };
  EXPECT_EQ(failed_with(kBody + 320), Codes{"tdx_quote_signature"});
  EXPECT_EQ(failed_with(kSection + 4), Codes{"tdx_quote_signature"});
  EXPECT_EQ(failed_with(kAttestationKey), Codes{"tdx_qe_binding"});
  EXPECT_EQ(failed_with(kQeReport), Codes{"tdx_qe_signature"});
  EXPECT_EQ(failed_with(kQeReport + 384), Codes{"tdx_qe_signature"});
  EXPECT_EQ(failed_with(kAuthSize + 2), Codes{"tdx_qe_binding"});
}

TEST_F(SgxQuote, RefusesAnEnclaveThatCanBeDebugged) {
  intel_.enclave.flags = 0x7;
  EXPECT_EQ(intel_.failed(), Codes{"sgx_debug"});
  intel_.modes = attest::RuleModes::chain();
  EXPECT_EQ(intel_.warned(), Codes{"sgx_debug"});
}

TEST_F(SgxQuote, RefusesAQuotingEnclaveThatCanBeDebuggedOrIsNotIntels) {
  intel_.enclave.qe_flags = 0x17;
  EXPECT_EQ(intel_.failed(), Codes{"tdx_qe_debug"});
  intel_.enclave.qe_flags = 0x15;
  intel_.enclave.qe_vendor_id[0] = 0;
  EXPECT_EQ(intel_.failed(), Codes{"tdx_qe_vendor"});
}

TEST_F(SgxQuote, IsHeldToEachPin) {
  tdx::EnclavePins& pins = intel_.enclave_pins;
  pins.mrenclave = ByteArray<32>{};
  pins.mrsigner = ByteArray<32>{};
  pins.isv_prod_id = 0;
  pins.minimum_isv_svn = 0;
  pins.report_data = ByteArray<64>{};
  EXPECT_EQ(intel_.failed(), Codes{});
  pins.mrenclave = ByteArray<32>{1};
  EXPECT_EQ(intel_.failed(), Codes{"sgx_mrenclave"});
  pins.mrenclave.reset();
  pins.mrsigner = ByteArray<32>{1};
  EXPECT_EQ(intel_.failed(), Codes{"sgx_mrsigner"});
  pins.mrsigner.reset();
  pins.isv_prod_id = 1;
  EXPECT_EQ(intel_.failed(), Codes{"sgx_isv_prod_id"});
  pins.isv_prod_id.reset();
  pins.minimum_isv_svn = 1;
  EXPECT_EQ(intel_.failed(), Codes{"sgx_isv_svn"});
  pins.minimum_isv_svn.reset();
  pins.report_data->back() = 1;
  EXPECT_EQ(intel_.failed(), Codes{"sgx_report_data"});
  pins.report_data.reset();
  pins.platforms.ppids = {ByteArray<16>{1}};
  EXPECT_EQ(intel_.failed(), Codes{"tdx_ppid"});
}

// --- guests ----------------------------------------------------------------------

TEST(GuestPins, AcceptWhatTheyName) {
  for (const QuoteForm form : {QuoteForm::v4, QuoteForm::v5_td15}) {
    TestIntel intel;
    intel.guest.form = form;
    const crypto::Hash384 zero{};
    intel.guest_pins.mrtd = intel.guest_pins.mrconfigid = intel.guest_pins.mrowner = zero;
    intel.guest_pins.mrownerconfig = intel.guest_pins.mrservicetd = zero;
    for (auto& rtmr : intel.guest_pins.rtmr) rtmr = zero;
    intel.guest_pins.report_data = ByteArray<64>{};
    intel.guest_pins.mrseams = {crypto::Hash384{9}, zero};
    intel.guest_pins.minimum_tee_tcb_svn = intel.guest.tee_tcb_svn;
    intel.guest_pins.platforms.ppids = {ByteArray<16>{1}, intel.pki.ppid};
    EXPECT_EQ(intel.failed(), Codes{});
  }
}

TEST(GuestPins, RefuseEachOtherMeasurementUnderItsOwnCode) {
  using Pin = std::optional<crypto::Hash384>& (*)(tdx::GuestPins&);
  const std::vector<std::pair<std::string, Pin>> pins{
      {"tdx_mrtd", [](tdx::GuestPins& p) -> auto& { return p.mrtd; }},
      {"tdx_rtmr0", [](tdx::GuestPins& p) -> auto& { return p.rtmr[0]; }},
      {"tdx_rtmr1", [](tdx::GuestPins& p) -> auto& { return p.rtmr[1]; }},
      {"tdx_rtmr2", [](tdx::GuestPins& p) -> auto& { return p.rtmr[2]; }},
      {"tdx_rtmr3", [](tdx::GuestPins& p) -> auto& { return p.rtmr[3]; }},
      {"tdx_mrconfigid", [](tdx::GuestPins& p) -> auto& { return p.mrconfigid; }},
      {"tdx_mrowner", [](tdx::GuestPins& p) -> auto& { return p.mrowner; }},
      {"tdx_mrownerconfig", [](tdx::GuestPins& p) -> auto& { return p.mrownerconfig; }},
      {"tdx_mrservicetd", [](tdx::GuestPins& p) -> auto& { return p.mrservicetd; }}};
  for (const auto& [code, pin] : pins) {
    TestIntel intel;
    crypto::Hash384 other{};
    other.back() = 1;
    pin(intel.guest_pins) = other;
    EXPECT_EQ(intel.failed(), Codes{code});
    // A pin always decides.
    intel.modes = attest::RuleModes::chain();
    EXPECT_EQ(intel.failed(), Codes{code});
  }
}

TEST(GuestPins, CompareAllOfTheReportData) {
  for (const std::size_t at : {0U, 31U, 32U, 63U}) {
    TestIntel intel;
    intel.guest_pins.report_data = ByteArray<64>{};
    intel.guest.report_data.at(at) = 1;
    EXPECT_EQ(intel.failed(), Codes{"tdx_report_data"}) << at;
  }
}

TEST(GuestPins, AllowTheServiceTdThatTheyName) {
  TestIntel intel;
  intel.guest.form = QuoteForm::v5_td15;
  intel.guest.mrservicetd.fill(7);
  EXPECT_EQ(intel.failed(), Codes{"tdx_mrservicetd"});
  intel.guest_pins.mrservicetd = intel.guest.mrservicetd;
  EXPECT_EQ(intel.failed(), Codes{});
}

TEST(GuestPins, ListModules) {
  TestIntel intel;
  intel.guest_pins.mrseams = {crypto::Hash384{9}};
  EXPECT_EQ(intel.failed(), Codes{"tdx_mrseam"});
}

TEST(GuestPins, CompareTheTcbSvnComponentByComponent) {
  for (std::size_t i = 0; i < 16; ++i) {
    TestIntel intel;
    intel.guest_pins.minimum_tee_tcb_svn = intel.guest.tee_tcb_svn;
    ++intel.guest_pins.minimum_tee_tcb_svn->at(i);
    EXPECT_EQ(intel.failed(), Codes{"tdx_tee_tcb_svn"}) << i;
  }
}

TEST(GuestPins, NarrowTheBitsThatMayBeSet) {
  TestIntel intel;
  intel.guest_pins.allowed_attributes = intel.guest.td_attributes;
  intel.guest_pins.allowed_xfam = intel.guest.xfam;
  EXPECT_EQ(intel.failed(), Codes{});
  intel.guest_pins.allowed_attributes = 0;
  EXPECT_EQ(intel.failed(), Codes{"tdx_attributes_allowed"});
  intel.guest_pins.allowed_attributes = ~std::uint64_t{0};
  intel.guest_pins.allowed_xfam = 0x2e7;
  EXPECT_EQ(intel.failed(), Codes{"tdx_xfam_allowed"});
  intel.modes = attest::RuleModes::chain();
  EXPECT_EQ(intel.failed(), Codes{"tdx_xfam_allowed"}) << "a pin always decides";
}

// What the rules refuse anyway stays refused.
TEST(GuestPins, AllowNoBitThatARuleRefuses) {
  TestIntel intel;
  intel.guest_pins.allowed_attributes = intel.guest_pins.allowed_xfam = ~std::uint64_t{0};
  intel.guest.td_attributes |= 1;
  EXPECT_EQ(intel.failed(), Codes{"tdx_debug"});
}

TEST(GuestPins, SayWhatTheyComparedWhenBroken) {
  TestIntel intel;
  crypto::Hash384 other{};
  other.back() = 1;
  intel.guest_pins.mrtd = other;
  EXPECT_EQ(intel.failed(), Codes{"tdx_mrtd"});
  for (const attest::Finding& each : intel.verdict.findings) {
    const bool broken = each.code == Literal("tdx_mrtd");
    EXPECT_EQ(each.compared.expected, broken ? std::string(94, '0') + "01" : "") << each.code.view();
    EXPECT_EQ(each.compared.actual, broken ? std::string(96, '0') : "") << each.code.view();
  }
}

TEST(GuestPins, ListMachinesAndPlatformInstances) {
  TestIntel intel;
  intel.guest_pins.platforms.ppids = {ByteArray<16>{1}};
  EXPECT_EQ(intel.failed(), Codes{"tdx_ppid"});
  intel.guest_pins.platforms = {.ppids = {}, .platform_instances = {ByteArray<16>{1}}};
  EXPECT_EQ(intel.failed(), Codes{"tdx_platform_instance"});
  const Bytes quote = intel.quote();
  attest::Rules rules(intel.verdict, "cpu", attest::RuleModes::strict());
  const auto verified = tdx::verify_quote(quote, intel.roots, intel.now, rules);
  ASSERT_TRUE(verified);
  intel.guest_pins.platforms.platform_instances.push_back(*verified->platform().platform_instance);
  EXPECT_EQ(intel.failed(), Codes{});
}

// --- the platform's certificate ----------------------------------------------------

// The same key under a certificate without Intel's extension: nothing would say which platform it is.
TEST(PckCertificate, IsRefusedWithoutIntelsExtension) {
  TestIntel intel;
  crypto::CertificateTemplate leaf;
  leaf.subject_cn = std::string(kPckName);
  leaf.serial = {3};
  leaf.not_before = intel.now - std::chrono::hours(1);
  leaf.not_after = intel.now + std::chrono::hours(1);
  leaf.key_usage = 0b11;
  intel.pki.pck_chain[0] = crypto::issue_certificate(leaf, intel.pki.pck_key.public_key(), std::string(kPlatformCaName),
                                                     intel.pki.intel.platform_ca);
  EXPECT_EQ(intel.failed(), Codes{"pck_extension"});
  const auto found = std::ranges::find(intel.verdict.findings, attest::Severity::failed, &attest::Finding::severity);
  EXPECT_EQ(found->detail, "absent");
}

TEST(VerifiedQuote, ShowsWhatTheCollateralIsHeldAgainst) {
  const TestIntel intel;
  const Bytes quote = intel.quote();
  attest::Verdict verdict;
  attest::Rules rules(verdict, "cpu", attest::RuleModes::strict());
  const auto verified = tdx::verify_quote(quote, intel.roots, intel.now, rules);
  ASSERT_TRUE(verified);
  ASSERT_EQ(verified->chain().size(), 3U);
  EXPECT_TRUE(equal(verified->leaf().der(), intel.pki.pck_chain[0]));
  EXPECT_TRUE(equal(verified->ca().der(), intel.pki.pck_chain[1]));
  EXPECT_TRUE(equal(verified->root().der(), intel.pki.pck_chain[2]));
  EXPECT_EQ(verified->qe_report().isv_svn, 4);
  EXPECT_EQ(verified->tee(), tdx::Tee::tdx);
}

}  // namespace
}  // namespace aipg::tee
