// SPDX-License-Identifier: Apache-2.0
#include "attest/snp/report.h"

#include <gtest/gtest.h>

#include "tee/simulated_snp_report.h"

namespace aipg::attest::snp {
namespace {

class SnpReport : public testing::Test {
 protected:
  SnpReport() { content.report_id_ma.fill(0xff); }
  [[nodiscard]] Bytes make() const { return tee::make_snp_report(content, key); }
  static Error refusal(ByteView in) {
    const auto parsed = parse_report(in);
    EXPECT_FALSE(parsed);
    return parsed ? Error{"", "", 0} : parsed.error();
  }
  // The report of this version with one byte at this place.
  Error refusal_with(std::uint32_t version, std::size_t at, std::uint8_t value) {
    content.version = version;
    Bytes report = make();
    report[at] = value;
    return refusal(report);
  }

  tee::SnpReportContent content;
  crypto::EcPrivateKey key = crypto::EcPrivateKey::generate(crypto::Curve::p384);
};

TEST_F(SnpReport, ReadsEveryField) {
  content = {.version = 5,
             .guest_svn = 7,
             .policy = 0x3001f,
             .vmpl = 3,
             .platform_info = 0x27,
             .keys = 0b00111,
             .current_tcb = {1, 2, 3, 4, 0, 0, 0, 5},
             .reported_tcb = {6},
             .committed_tcb = {7},
             .cpuid = {0x1a, 0x02, 0x03},
             .launch_mitigations = 0x0102030405060708,
             .current_mitigations = 9};
  content.launch_tcb = {8};
  const ByteArray<13> marks{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
  content.family_id[15] = marks[0];
  content.image_id[15] = marks[1];
  content.report_data[63] = marks[2];
  content.measurement[47] = marks[3];
  content.host_data[31] = marks[4];
  content.id_key_digest[47] = marks[5];
  content.author_key_digest[47] = marks[6];
  content.report_id[31] = marks[7];
  content.report_id_ma[31] = marks[8];
  content.chip_id[63] = marks[9];
  content.current_version = {1, 2, 3};
  content.committed_version = {4, 5, 6};
  const Bytes report = make();
  const auto read = parse_report(report);
  ASSERT_TRUE(read) << read.error().code.view();
  EXPECT_EQ(read->version, 5U);
  EXPECT_EQ(read->guest_svn, 7U);
  EXPECT_EQ(read->policy, 0x3001fU);
  EXPECT_EQ(read->vmpl, 3U);
  EXPECT_EQ(read->platform_info, 0x27U);
  EXPECT_TRUE(read->author_key_enabled && read->chip_key_masked);
  EXPECT_EQ(read->signing_key, SigningKey::vlek);
  EXPECT_TRUE(equal(read->family_id, content.family_id) && equal(read->image_id, content.image_id));
  EXPECT_TRUE(equal(read->report_data, content.report_data) && equal(read->measurement, content.measurement));
  EXPECT_TRUE(equal(read->host_data, content.host_data) && equal(read->id_key_digest, content.id_key_digest));
  EXPECT_TRUE(equal(read->author_key_digest, content.author_key_digest));
  EXPECT_TRUE(equal(read->report_id, content.report_id) && equal(read->report_id_ma, content.report_id_ma));
  EXPECT_TRUE(equal(read->chip_id, content.chip_id));
  EXPECT_EQ(read->current_tcb, content.current_tcb);
  EXPECT_EQ(read->reported_tcb, content.reported_tcb);
  EXPECT_EQ(read->committed_tcb, content.committed_tcb);
  EXPECT_EQ(read->launch_tcb, content.launch_tcb);
  EXPECT_EQ(read->cpuid->family, 0x1a);
  EXPECT_EQ(read->cpuid->model, 2);
  EXPECT_EQ(read->cpuid->stepping, 3);
  EXPECT_EQ(read->current, (FirmwareVersion{.build = 1, .minor = 2, .major = 3}));
  EXPECT_EQ(read->committed, (FirmwareVersion{.build = 4, .minor = 5, .major = 6}));
  EXPECT_EQ(read->mitigations->at_launch, 0x0102030405060708U);
  EXPECT_EQ(read->mitigations->current, 9U);
  EXPECT_TRUE(equal(read->signed_part, ByteView(report).first(kSignedBytes)));
  EXPECT_TRUE(key.public_key().verify(read->signed_part, read->signature));
}

TEST_F(SnpReport, TakesTheKnownVersionsWithWhatEachHas) {
  for (std::uint32_t version = 2; version <= 5; ++version) {
    content.version = version;
    const Bytes report = make();
    const auto read = parse_report(report);
    ASSERT_TRUE(read) << version;
    EXPECT_EQ(read->cpuid.has_value(), version >= 3);
    EXPECT_EQ(read->mitigations.has_value(), version >= 5);
  }
}

TEST_F(SnpReport, RefusesUnknownVersions) {
  for (std::uint32_t version : {0U, 1U, 6U, 0x102U, 0xffffffffU}) {
    content.version = version;
    EXPECT_EQ(refusal(make()).code, Literal("snp_version")) << version;
  }
}

TEST_F(SnpReport, RefusesAnyOtherSize) {
  Bytes report = make();
  for (std::size_t n = 0; n < report.size(); ++n) {
    EXPECT_EQ(refusal(ByteView(report).first(n)).code, Literal("snp_size"));
  }
  report.push_back(0);
  EXPECT_EQ(refusal(report).code, Literal("snp_size"));
}

TEST_F(SnpReport, RefusesAnotherSignatureAlgorithm) {
  for (std::uint32_t algorithm : {0U, 2U, 0x101U}) {
    content.signature_algorithm = algorithm;
    EXPECT_EQ(refusal(make()).code, Literal("snp_signature_algorithm"));
  }
}

TEST_F(SnpReport, RefusesAReportThatNoKeySigned) {
  for (std::uint32_t signer : {2U, 3U, 6U, 7U}) {
    content.keys = signer << 2;
    EXPECT_EQ(refusal(make()).code, Literal("snp_signing_key"));
  }
}

TEST_F(SnpReport, RefusesReservedBitsBesideTheKeys) {
  for (unsigned bit = 5; bit < 32; ++bit) {
    content.keys = 1U << bit;
    EXPECT_EQ(refusal(make()), (Error{"snp_reserved", "key", 0x48})) << bit;
  }
}

TEST_F(SnpReport, RefusesAVmplThatDoesNotExist) {
  for (std::uint32_t vmpl : {4U, 0x100U, 0xfffffffeU}) {
    content.vmpl = vmpl;
    EXPECT_EQ(refusal(make()).code, Literal("snp_vmpl_value"));
  }
  content.vmpl = kHostRequested;
  EXPECT_TRUE(parse_report(make()));
}

struct ReservedField {
  std::size_t begin, end;
};

TEST_F(SnpReport, RefusesEveryByteThatItsVersionReserves) {
  const std::vector<ReservedField> always{{0x4c, 0x50}, {0x1eb, 0x1ec}, {0x1ef, 0x1f0}, {0x208, 0x2a0}};
  const std::vector<std::vector<ReservedField>> of_version{{{0x188, 0x1a0}, {0x1f8, 0x208}},
                                                           {{0x18b, 0x1a0}, {0x1f8, 0x208}},
                                                           {{0x18b, 0x1a0}, {0x1f8, 0x208}},
                                                           {{0x18b, 0x1a0}}};
  for (std::uint32_t version = 2; version <= 5; ++version) {
    std::vector<ReservedField> fields = always;
    for (const ReservedField& field : of_version[version - 2]) fields.push_back(field);
    for (const ReservedField& field : fields) {
      for (std::size_t at = field.begin; at < field.end; ++at) {
        content.cpuid = version == 2 ? ByteArray<3>{} : ByteArray<3>{0x19, 0x11, 1};
        EXPECT_EQ(refusal_with(version, at, 1).code, Literal("snp_reserved")) << version << " " << at;
      }
    }
  }
}

TEST_F(SnpReport, RefusesASignatureWiderThanItsNumbers) {
  for (std::size_t number : {0x2a0UL, 0x2e8UL}) {
    for (std::size_t at = number + 48; at < number + 72; ++at) {
      EXPECT_EQ(refusal_with(3, at, 1), (Error{"snp_signature_form", "number", number})) << at;
    }
  }
}

TEST_F(SnpReport, RefusesAnythingInTheTailThatNothingSigns) {
  for (std::size_t at = 0x330; at < kReportBytes; ++at) {
    EXPECT_EQ(refusal_with(3, at, 0x80), (Error{"snp_signature_form", "tail", 0x330})) << at;
  }
}

}  // namespace
}  // namespace aipg::attest::snp
