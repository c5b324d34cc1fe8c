// SPDX-License-Identifier: Apache-2.0
// The parsers of quotes and reports against the simulator's bytes: one field
// changed, one code; every truncation refused.
#include <gtest/gtest.h>

#include "attest/nvidia/fwid.h"
#include "attest/nvidia/report.h"
#include "attest/tdx/quote.h"
#include "codec/der.h"
#include "crypto/certificate_writer.h"
#include "tee/test_machine.h"

namespace aipg::tee {
namespace {

namespace nvidia = attest::nvidia;
namespace tdx = attest::tdx;

// --- quotes ----------------------------------------------------------------------

class QuoteFormat : public testing::Test {
 protected:
  Bytes quote(QuoteForm form = QuoteForm::v4) const {
    QuoteContent content;
    content.form = form;
    content.mrtd = simulated_measurement("MRTD");
    content.report_data.fill(0x77);
    return make_quote(content, machine_.pki, machine_.attestation_key);
  }

  static std::string_view refusal(ByteView bytes) {
    const auto result = tdx::parse_quote(bytes);
    return result ? "accepted" : result.error().code.view();
  }

  // Byte `at` of a good quote set to `value`.
  std::string_view with(std::size_t at, std::uint8_t value, QuoteForm form = QuoteForm::v4) const {
    Bytes bytes = quote(form);
    bytes.at(at) = value;
    return refusal(bytes);
  }

  TestMachine machine_;
};

constexpr std::size_t kSectionV4 = 48 + 584, kSectionV5 = 54 + 648;
constexpr std::size_t kCertificationV4 = kSectionV4 + 4 + 128;  // type, then size
constexpr std::size_t kAuthSizeV4 = kCertificationV4 + 6 + 384 + 64;
constexpr std::size_t kChainTypeV4 = kAuthSizeV4 + 2 + 32;

TEST_F(QuoteFormat, ReadsTheFieldsWhereTheyWereWritten) {
  for (QuoteForm form : {QuoteForm::v4, QuoteForm::v5_td15}) {
    const Bytes bytes = quote(form);
    const auto view = tdx::parse_quote(bytes);
    ASSERT_TRUE(view);
    EXPECT_TRUE(equal(view->report.mrtd, simulated_measurement("MRTD")));
    EXPECT_EQ(view->report.report_data[63], 0x77);
    EXPECT_EQ(view->report.td_attributes, 1ULL << 28);
    EXPECT_EQ(view->report.xfam, 0x602e7U);
    EXPECT_EQ(view->signed_part.size(), form == QuoteForm::v4 ? kSectionV4 : kSectionV5);
    EXPECT_TRUE(equal(view->attestation_key, machine_.attestation_key.public_key().xy()));
    EXPECT_EQ(view->auth_data.size(), 32U);
    EXPECT_EQ(view->report.mrservicetd.size(), form == QuoteForm::v4 ? 0U : 48U);
  }
}

TEST_F(QuoteFormat, RefusesEveryTruncation) {
  for (QuoteForm form : {QuoteForm::v4, QuoteForm::v5_td15}) {
    const Bytes bytes = quote(form);
    for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_NE(refusal(ByteView(bytes).first(n)), "accepted") << n;
  }
}

TEST_F(QuoteFormat, AllowsZeroPaddingAndNothingElseBehind) {
  Bytes bytes = quote();
  bytes.resize(bytes.size() + 70);
  EXPECT_EQ(refusal(bytes), "accepted");
  bytes.back() = 1;
  EXPECT_EQ(refusal(bytes), "quote_trailing_bytes");
}

TEST_F(QuoteFormat, RefusesEachBadFieldUnderItsOwnCode) {
  EXPECT_EQ(with(0, 3), "quote_unknown_version");
  EXPECT_EQ(with(0, 6), "quote_unknown_version");
  EXPECT_EQ(with(1, 1), "quote_unknown_version");
  EXPECT_EQ(with(2, 3), "quote_key_type");
  EXPECT_EQ(with(4, 0), "quote_tee_type");
  EXPECT_EQ(with(7, 1), "quote_tee_type");
  EXPECT_EQ(with(48, 1, QuoteForm::v5_td15), "quote_body_type");
  EXPECT_EQ(with(48, 4, QuoteForm::v5_td15), "quote_body_type");
  EXPECT_EQ(with(48, 2, QuoteForm::v5_td15), "quote_lengths");
  EXPECT_EQ(with(50, 0x87, QuoteForm::v5_td15), "quote_lengths");
  EXPECT_EQ(with(kCertificationV4, 5), "quote_certification_type");
  EXPECT_EQ(with(kChainTypeV4, 6), "quote_certification_type");
}

TEST_F(QuoteFormat, RefusesLengthsThatDoNotAddUp) {
  const Bytes good = quote();
  for (std::size_t at : {kCertificationV4 + 2, kChainTypeV4 + 2}) {
    for (int change : {-1, 1}) {
      EXPECT_EQ(with(at, static_cast<std::uint8_t>(good.at(at) + change)), "quote_lengths") << at << " " << change;
    }
  }
  EXPECT_EQ(with(kSectionV4, static_cast<std::uint8_t>(good.at(kSectionV4) - 1)), "quote_lengths");
  EXPECT_EQ(with(kSectionV4, static_cast<std::uint8_t>(good.at(kSectionV4) + 1)), "quote_truncated");
  EXPECT_EQ(with(kSectionV4 + 3, 0xff), "quote_truncated");
  EXPECT_EQ(with(kAuthSizeV4 + 1, 0xff), "quote_truncated");
}

TEST_F(QuoteFormat, RefusesMoreThanAnyQuoteIs) {
  Bytes bytes = quote();
  bytes.resize(tdx::kMaxQuoteBytes);
  EXPECT_EQ(refusal(bytes), "accepted");
  bytes.resize(tdx::kMaxQuoteBytes + 1);
  EXPECT_EQ(refusal(bytes), "quote_too_large");
}

// --- reports ---------------------------------------------------------------------

class ReportFormat : public testing::Test {
 protected:
  Bytes report(const ReportContent& content = {}) const { return make_report(content, key_); }

  static std::string_view refusal(ByteView bytes) {
    const auto result = nvidia::parse_report(bytes);
    return result ? "accepted" : result.error().code.view();
  }

  std::string_view with(std::size_t at, std::uint8_t value) const {
    Bytes bytes = report();
    bytes.at(at) = value;
    return refusal(bytes);
  }

  crypto::EcPrivateKey key_ = crypto::EcPrivateKey::generate(crypto::Curve::p384);
};

constexpr std::size_t kResponse = 37, kRecord = kResponse + 8, kOpaqueSize = kRecord + 64 * 55 + 32;

TEST_F(ReportFormat, ReadsTheFieldsWhereTheyWereWritten) {
  ReportContent content;
  content.nonce.fill(0x42);
  content.fwid = simulated_measurement("GPU FWID");
  const Bytes bytes = report(content);
  const auto view = nvidia::parse_report(bytes);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->kind, nvidia::DeviceKind::gpu);
  EXPECT_TRUE(equal(view->nonce, content.nonce));
  EXPECT_EQ(view->driver_version, "570.124.06");
  EXPECT_EQ(view->vbios_version, "96.00.9F.00.01");
  EXPECT_EQ(view->project, "1010");
  EXPECT_EQ(view->project_sku, "0200");
  EXPECT_EQ(view->chip_sku, "882");
  EXPECT_EQ(view->mode, nvidia::GpuMode::spt);
  EXPECT_TRUE(equal(*view->fwid, *content.fwid));
  ASSERT_EQ(view->measurements.size(), 64U);
  EXPECT_TRUE(equal(view->measurements[63], simulated_measurement("GPU 63")));
}

TEST_F(ReportFormat, RefusesEveryTruncationAndOneByteMore) {
  Bytes bytes = report();
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_NE(refusal(ByteView(bytes).first(n)), "accepted") << n;
  bytes.push_back(0);
  EXPECT_EQ(refusal(bytes), "report_trailing_bytes");
}

TEST_F(ReportFormat, RefusesAnotherRequestThanOurs) {
  EXPECT_EQ(with(0, 0x12), "report_request");
  EXPECT_EQ(with(1, 0x60), "report_request");
  EXPECT_EQ(with(2, 0), "report_request");
  EXPECT_EQ(with(3, 1), "report_request");
  EXPECT_EQ(with(36, 1), "report_request");
}

TEST_F(ReportFormat, RefusesAnotherResponseThanMeasurements) {
  EXPECT_EQ(with(kResponse, 0x12), "report_response");
  EXPECT_EQ(with(kResponse + 1, 0xE0), "report_response");
  EXPECT_EQ(with(kResponse + 2, 1), "report_response");
  EXPECT_EQ(with(kResponse + 3, 1), "report_response");
}

TEST_F(ReportFormat, RefusesMeasurementsThatAreNotAsCounted) {
  EXPECT_EQ(with(kResponse + 4, 63), "report_measurements");
  EXPECT_EQ(with(kResponse + 4, 31), "report_measurements");
  EXPECT_EQ(with(kRecord, 2), "report_measurements");        // index
  EXPECT_EQ(with(kRecord + 1, 2), "report_measurements");    // specification
  EXPECT_EQ(with(kRecord + 2, 50), "report_measurements");   // size
  EXPECT_EQ(with(kRecord + 4, 0), "report_measurements");    // type
  EXPECT_EQ(with(kRecord + 5, 47), "report_measurements");   // value size
  EXPECT_EQ(with(kRecord + 55, 1), "report_measurements");   // index twice
  EXPECT_EQ(with(kResponse + 7, 0xff), "report_truncated");  // record length
}

TEST_F(ReportFormat, RefusesOpaqueDataThatDoesNotFillItsLength) {
  const std::uint8_t size = report().at(kOpaqueSize);
  EXPECT_EQ(with(kOpaqueSize, static_cast<std::uint8_t>(size - 1)), "report_opaque");
  EXPECT_EQ(with(kOpaqueSize, static_cast<std::uint8_t>(size + 1)), "report_opaque");
  EXPECT_EQ(with(kOpaqueSize + 1, 0xff), "report_truncated");
}

TEST_F(ReportFormat, RefusesAGpuWithoutItsDriverVersion) {
  // The field's id becomes that of one nobody reads: the version is then missing.
  Bytes bytes = report();
  const Bytes field{3, 0, 11, 0, '5', '7', '0'};
  const auto at = std::ranges::search(bytes, field).begin();
  ASSERT_NE(at, bytes.end());
  *at = 1;
  EXPECT_EQ(refusal(bytes), "report_opaque_missing");
}

TEST_F(ReportFormat, RefusesMoreThanAnyReportIs) {
  EXPECT_EQ(refusal(Bytes(nvidia::kMaxReportBytes + 1)), "report_too_large");
}

TEST(DriverBranch, IsTheFirstNumberOfAVersion) {
  EXPECT_EQ(nvidia::driver_branch("570.124.06"), 570U);
  EXPECT_EQ(nvidia::driver_branch("0570.1"), 570U);
  for (const char* version : {"", "570", ".1", "x570.1", "1234567.1", "570-1"}) {
    EXPECT_EQ(nvidia::driver_branch(version), std::nullopt) << version;
  }
}

// --- firmware ids in certificates --------------------------------------------------

class LeafFwid : public testing::Test {
 protected:
  // A leaf with this one extension.
  crypto::Certificate leaf(std::string_view oid, ByteView value) const { return leaf({{oid, value}}); }
  crypto::Certificate leaf(std::initializer_list<std::pair<std::string_view, ByteView>> extensions) const {
    crypto::CertificateTemplate what;
    what.subject_cn = "leaf";
    what.not_before = {0};
    what.not_after = {1'000};
    for (const auto& [oid, value] : extensions) {
      what.extra.push_back({codec::der::oid_content(oid), false, to_bytes(value)});
    }
    return *crypto::Certificate::parse(crypto::issue_certificate(what, key_.public_key(), "leaf", key_));
  }

  static std::string_view refusal(const crypto::Certificate& certificate) {
    const auto result = nvidia::leaf_fwid(certificate);
    return result ? "accepted" : result.error().code.view();
  }

  crypto::EcPrivateKey key_ = crypto::EcPrivateKey::generate(crypto::Curve::p384);
};

constexpr std::string_view kComposite = "2.23.133.5.4.1", kDice = "2.23.133.5.4.1.1";

Bytes fwid_entry(std::string_view algorithm = "2.16.840.1.101.3.4.2.2", std::size_t size = 48) {
  namespace der = codec::der;
  return der::sequence({der::oid(algorithm), der::octet_string(Bytes(size, 0x5f))});
}

Bytes composite(std::uint64_t version, ByteView entry) {
  namespace der = codec::der;
  return der::sequence({der::integer(version), der::sequence({der::integer(0)}), entry});
}

// Vendor, model, version, the list of firmware ids, type: in rising order.
Bytes dice(std::initializer_list<ByteView> fwids) {
  namespace der = codec::der;
  return der::sequence({der::element(der::context(0), as_bytes("NVIDIA")),
                        der::constructed(der::context_constructed(6), fwids), der::element(der::context(9), Bytes{0})});
}

TEST_F(LeafFwid, ReadsBothForms) {
  const auto hopper = nvidia::leaf_fwid(leaf(kComposite, composite(1, fwid_entry())));
  ASSERT_TRUE(hopper);
  EXPECT_EQ(hopper->form, nvidia::FwidForm::composite_device_id);
  EXPECT_EQ(hopper->digest[47], 0x5f);
  const auto blackwell = nvidia::leaf_fwid(leaf(kDice, dice({fwid_entry(), fwid_entry()})));
  ASSERT_TRUE(blackwell);
  EXPECT_EQ(blackwell->form, nvidia::FwidForm::dice_tcb_info);
  EXPECT_EQ(blackwell->digest[0], 0x5f);
}

TEST_F(LeafFwid, RefusesALeafWithNoneOrBoth) {
  EXPECT_EQ(refusal(leaf({})), "fwid_missing");
  const Bytes one = composite(1, fwid_entry()), other = dice({fwid_entry()});
  EXPECT_EQ(refusal(leaf({{kComposite, one}, {kDice, other}})), "fwid_invalid");
}

TEST_F(LeafFwid, RefusesBadContent) {
  namespace der = codec::der;
  EXPECT_EQ(refusal(leaf(kComposite, composite(2, fwid_entry()))), "fwid_invalid");
  EXPECT_EQ(refusal(leaf(kComposite, composite(1, fwid_entry("2.16.840.1.101.3.4.2.1")))), "fwid_invalid");
  EXPECT_EQ(refusal(leaf(kComposite, composite(1, fwid_entry("2.16.840.1.101.3.4.2.2", 47)))), "fwid_invalid");
  EXPECT_EQ(refusal(leaf(kComposite, Bytes{0x30, 0x00})), "der_invalid");
  EXPECT_EQ(refusal(leaf(kDice, der::sequence({der::element(der::context(0), as_bytes("NVIDIA"))}))), "fwid_missing");
  EXPECT_EQ(refusal(leaf(kDice, dice({}))), "der_invalid");
  EXPECT_EQ(refusal(leaf(kDice, der::sequence({der::element(der::context(6), Bytes{0})}))), "fwid_invalid");
  EXPECT_EQ(refusal(leaf(kDice, der::sequence({der::element(der::context(9), Bytes{0}),
                                               der::constructed(der::context_constructed(6), {fwid_entry()})}))),
            "fwid_invalid");
}

}  // namespace
}  // namespace aipg::tee
