// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "codec/der.h"
#include "crypto/certificate_fields.h"
#include "crypto/certificate_writer.h"

namespace aipg::crypto {
namespace {

namespace der = codec::der;

class CertificateTest : public testing::Test {
 protected:
  CertificateTest() {
    what.subject_cn = "leaf";
    what.serial = {0x81, 0x02};
    what.not_before = *parse_instant("2026-01-02T03:04:05Z");
    what.not_after = *parse_instant("2049-12-31T23:59:59Z");
    what.key_usage = 1;
  }
  Bytes issue() const { return issue_certificate(what, key.public_key(), "issuer", issuer_key); }
  // The certificate with one place of it edited; both strings are hexadecimal and of one length.
  Bytes edited(std::string_view from, std::string_view to) const {
    std::string hex = to_hex(issue());
    std::size_t at = hex.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    EXPECT_EQ(from.size(), to.size());
    return *from_hex(hex.replace(at, from.size(), to));
  }
  static Error refusal(ByteView in) {
    auto parsed = Certificate::parse(in);
    EXPECT_FALSE(parsed);
    return parsed ? Error{} : Error{parsed.error().code, parsed.error().where, 0};
  }
  static Error invalid(Literal where) { return {"certificate_invalid", where, 0}; }
  static Extension extension(std::string_view oid, Bytes value, bool critical = false) {
    return {der::oid_content(oid), critical, std::move(value)};
  }
  Error refusal_with(std::string_view oid, Bytes value) {
    what.with_basic_constraints = false;
    what.key_usage = 0;
    what.extra = {extension(oid, std::move(value))};
    return refusal(issue());
  }

  CertificateTemplate what;
  EcPrivateKey key = EcPrivateKey::generate(Curve::p384);
  EcPrivateKey issuer_key = EcPrivateKey::generate(Curve::p384);
};

TEST_F(CertificateTest, ReadsBackWhatTheWriterIssued) {
  what.ca = true;
  what.path_length = 2;
  what.key_usage = 1U << 5 | 1U << 6 | 1U << 8;
  what.extra = {extension("1.2.3.4", {5, 0}, true)};
  Bytes issued = issue();
  auto certificate = Certificate::parse(issued);
  ASSERT_TRUE(certificate) << certificate.error().where.view();
  EXPECT_TRUE(equal(certificate->der(), issued));
  EXPECT_EQ(certificate->serial(), (Bytes{0x00, 0x81, 0x02}));
  EXPECT_EQ(certificate->subject_common_name(), "leaf");
  EXPECT_NE(certificate->subject(), certificate->issuer());
  EXPECT_EQ(certificate->not_before(), what.not_before);
  EXPECT_EQ(certificate->not_after(), what.not_after);
  EXPECT_EQ(certificate->signature_algorithm(), SignatureAlgorithm::ecdsa_sha384);
  ASSERT_NE(certificate->ec_key(), nullptr);
  EXPECT_EQ(certificate->rsa_key(), nullptr);
  EXPECT_TRUE(equal(certificate->ec_key()->xy(), key.public_key().xy()));
  EXPECT_EQ(certificate->is_ca(), true);
  EXPECT_EQ(certificate->path_length(), 2u);
  EXPECT_EQ(certificate->key_usage(), what.key_usage);
  EXPECT_EQ(certificate->subject_key_id()->size(), 20u);
  EXPECT_NE(certificate->authority_key_id(), certificate->subject_key_id());
  ASSERT_NE(certificate->find_extension("1.2.3.4"), nullptr);
  EXPECT_TRUE(certificate->find_extension("1.2.3.4")->critical);
  EXPECT_EQ(certificate->find_extension("1.2.3.5"), nullptr);
}

TEST_F(CertificateTest, IsSignedByItsIssuerOnly) {
  for (Curve curve : {Curve::p256, Curve::p384}) {
    issuer_key = EcPrivateKey::generate(curve);
    auto issuer = Certificate::parse(issue_certificate(what, issuer_key.public_key(), "issuer", issuer_key));
    auto certificate = Certificate::parse(issue());
    ASSERT_TRUE(issuer && certificate);
    EXPECT_TRUE(certificate->signed_by(*issuer));
    EXPECT_TRUE(issuer->signed_by(*issuer));
    EXPECT_FALSE(certificate->signed_by(*certificate));
  }
}

TEST_F(CertificateTest, ValidFromTheFirstToTheLastInstant) {
  auto certificate = Certificate::parse(issue());
  EXPECT_FALSE(certificate->valid_at(what.not_before - milliseconds(1)));
  EXPECT_TRUE(certificate->valid_at(what.not_before));
  EXPECT_TRUE(certificate->valid_at(what.not_after));
  EXPECT_FALSE(certificate->valid_at(what.not_after + milliseconds(1)));
}

TEST_F(CertificateTest, HoldsDatesUpToTheYear9999) {
  what.not_before = *parse_instant("2050-01-01T00:00:00Z");
  what.not_after = *parse_instant("9999-12-31T23:59:59Z");
  auto certificate = Certificate::parse(issue());
  ASSERT_TRUE(certificate);
  EXPECT_EQ(certificate->not_before(), what.not_before);
  EXPECT_EQ(certificate->not_after(), what.not_after);
}

TEST_F(CertificateTest, LeavesAbsentExtensionsAbsent) {
  what.with_basic_constraints = false;
  what.key_usage = 0;
  auto certificate = Certificate::parse(issue());
  ASSERT_TRUE(certificate);
  EXPECT_EQ(certificate->is_ca(), std::nullopt);
  EXPECT_EQ(certificate->path_length(), std::nullopt);
  EXPECT_EQ(certificate->key_usage(), std::nullopt);
}

TEST_F(CertificateTest, ShowsOnlyPrintableCharactersOfACommonName) {
  what.subject_cn = "evil\x1b[31m\xc3\xa9";
  EXPECT_EQ(Certificate::parse(issue())->subject_common_name(), "evil?[31m??");
}

TEST_F(CertificateTest, RefusesTrailingAndMissingBytes) {
  Bytes issued = issue();
  EXPECT_EQ(refusal({}), invalid("der"));
  EXPECT_EQ(refusal(ByteView(issued).first(issued.size() - 1)), invalid("der"));
  issued.push_back(0);
  EXPECT_EQ(refusal(issued), invalid("der"));
  EXPECT_EQ(refusal(Bytes(20000)), invalid("size"));
}

TEST_F(CertificateTest, RefusesVersionsOtherThan3) {
  EXPECT_EQ(refusal(edited("a003020102", "a003020101")), invalid("version"));
  EXPECT_EQ(refusal(edited("a003020102", "a003020103")), invalid("version"));
}

TEST_F(CertificateTest, RefusesANegativeSerial) {
  EXPECT_EQ(refusal(edited("0203008102", "0203ff0102")), invalid("serial"));
}

TEST_F(CertificateTest, RefusesALongSerial) {
  what.serial = Bytes(21, 0xff);
  EXPECT_EQ(refusal(issue()), invalid("serial"));
}

TEST_F(CertificateTest, TakesASerialOfZero) {
  what.serial = {0};
  EXPECT_TRUE(Certificate::parse(issue()));
}

// The first occurrence is the inner one.
TEST_F(CertificateTest, RefusesInnerAndOuterAlgorithmsThatDiffer) {
  EXPECT_EQ(refusal(edited("06082a8648ce3d040303", "06082a8648ce3d040302")), invalid("signature_algorithm"));
}

TEST_F(CertificateTest, RefusesUnknownKeyTypesAndCurves) {
  EXPECT_EQ(refusal(edited("06072a8648ce3d0201", "06072a8648ce3d0202")), (Error{"certificate_algorithm", "key", 0}));
  EXPECT_EQ(refusal(edited("06052b81040022", "06052b81040023")), (Error{"certificate_algorithm", "curve", 0}));
  EXPECT_EQ(refusal(edited("0362000"
                           "4",
                           "0362000"
                           "2")),
            (Error{"certificate_algorithm", "point", 0}));
}

TEST_F(CertificateTest, RefusesAKeyOffTheCurve) {
  std::string xy = to_hex(key.public_key().xy());
  std::string off = xy;
  off.back() = off.back() == '0' ? '1' : '0';
  EXPECT_EQ(refusal(edited(xy, off)), invalid("spki"));
}

TEST_F(CertificateTest, RefusesDatesNotWrittenToTheSecondInZ) {
  auto digits = [](std::string_view text) { return "170d" + to_hex(as_bytes(text)); };
  const std::string good = digits("260102030405Z");
  for (std::string_view bad : {"260102030405z", "26010203040 Z", "261302030405Z", "260230030405Z", "260102240405Z"}) {
    EXPECT_EQ(refusal(edited(good, digits(bad))), invalid("validity")) << bad;
  }
  EXPECT_EQ(refusal(edited(good, "180d" + good.substr(4))), invalid("validity"));
}

TEST_F(CertificateTest, RefusesRepeatedExtensions) {
  what.extra = {extension("1.2.3.4", {5, 0}), extension("1.2.3.4", {5, 0})};
  EXPECT_EQ(refusal(issue()), invalid("repeated_extension"));
}

TEST_F(CertificateTest, RefusesAnExplicitFalseForCritical) {
  what.extra = {extension("1.2.3.4", {5, 0}, true)};
  EXPECT_EQ(refusal(edited("06032a03040101ff", "06032a0304010100")), invalid("extensions"));
}

TEST_F(CertificateTest, RefusesBasicConstraintsThatAreNotDer) {
  for (std::string_view bad : {"", "0500", "3003010100", "30030101fe", "3003020100", "30060101ff0201ff",
                               "30070101ff02020100", "30030101ff00", "30050101ff0500"}) {
    EXPECT_EQ(refusal_with("2.5.29.19", *from_hex(bad)), invalid("basic_constraints")) << bad;
  }
}

TEST_F(CertificateTest, RefusesKeyUsageThatIsNotDer) {
  // Empty, no bits, none set, unused bits set, a tenth bit, three bytes, trailing byte, another type.
  for (std::string_view bad :
       {"", "030100", "03020700", "03020781", "030306c040", "030400800001", "0302078000", "04020780"}) {
    EXPECT_EQ(refusal_with("2.5.29.15", *from_hex(bad)), invalid("key_usage")) << bad;
  }
}

// As AMD writes it.
TEST(KeyUsage, TakesZerosAfterTheLastBit) {
  EXPECT_EQ(read_key_usage(*from_hex("03020204")), 1U << 5);
  EXPECT_EQ(read_key_usage(*from_hex("03020104")), 1U << 5);
  EXPECT_EQ(read_key_usage(*from_hex("0303070480")), 1U << 5 | 1U << 8);
}

TEST_F(CertificateTest, RefusesKeyIdsThatAreNotDer) {
  auto read = [](auto reader, std::string_view hex) { return reader(*from_hex(hex)).has_value(); };
  EXPECT_TRUE(read(read_subject_key_id, "04020102"));
  for (std::string_view bad : {"", "0400", "0402010203", "03020102"}) EXPECT_FALSE(read(read_subject_key_id, bad));
  EXPECT_TRUE(read(read_authority_key_id, "300480020102"));
  EXPECT_TRUE(read(read_authority_key_id, "3000"));
  for (std::string_view bad : {"", "30028000", "30048002010200", "3003820101", "3002a100", "300704020102800101"}) {
    EXPECT_FALSE(read(read_authority_key_id, bad)) << bad;
  }
}

TEST_F(CertificateTest, RefusesAnEcdsaSignatureThatIsNotDer) {
  auto good = *from_hex("3006020101020102");
  EXPECT_EQ(read_signature(SignatureAlgorithm::ecdsa_sha256, good)->size(), 64u);
  EXPECT_EQ(read_signature(SignatureAlgorithm::ecdsa_sha384, good)->size(), 96u);
  for (std::string_view bad : {"", "3003020101", "300602010102010200", "3009020101020102020103", "300702020001020102",
                               "3006020181020102", "308106020101020102"}) {
    EXPECT_FALSE(read_signature(SignatureAlgorithm::ecdsa_sha256, *from_hex(bad))) << bad;
  }
  Bytes too_wide = der::sequence({der::unsigned_integer(Bytes(33, 1)), der::integer(1)});
  EXPECT_FALSE(read_signature(SignatureAlgorithm::ecdsa_sha256, too_wide));
  EXPECT_TRUE(read_signature(SignatureAlgorithm::ecdsa_sha384, too_wide));
}

// Each field of the parameters in turn, against what AMD's certificates carry.
TEST(SignatureAlgorithmTest, TakesOnlyTheOneSetOfPssParameters) {
  const std::string good =
      "304606092a864886f70d01010a3039a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165"
      "0"
      "30402020500a203020130a303020101";
  auto read = [](const std::string& hex) {
    Bytes in = *from_hex(hex);
    return read_signature_algorithm(*der::parse_single(in, der::kSequence));
  };
  EXPECT_EQ(*read(good), SignatureAlgorithm::rsa_pss_sha384);
  for (auto [from, to] : {std::pair{"0402020500a1", "0402010500a1"},
                          {"0402020500a2", "0402010500a2"},
                          {"a203020130", "a203020120"},
                          {"a303020101", "a303020102"},
                          {"010108300d", "010109300d"}}) {
    std::string bad = good;
    bad.replace(bad.find(from), std::string_view(from).size(), to);
    EXPECT_EQ(read(bad).error().code, Literal("certificate_algorithm")) << to;
  }
  EXPECT_FALSE(read("300b06092a864886f70d01010a"));                                              // no parameters
  EXPECT_EQ(read("300b06092a864886f70d01010c").error().code, Literal("certificate_algorithm"));  // PKCS #1 v1.5
  EXPECT_FALSE(read("300c06082a8648ce3d0403030500"));                                            // ECDSA with NULL
}

}  // namespace
}  // namespace aipg::crypto
