// SPDX-License-Identifier: Apache-2.0
#include "codec/pem.h"

#include <gtest/gtest.h>

namespace aipg::codec {
namespace {

const Bytes kFirst(100, 0x5a), kSecond(48, 0xa5);

void expect_refused(std::string_view in, Literal code, PemTail tail = PemTail::none) {
  const auto certificates = parse_pem_certificates(in, 4, tail);
  ASSERT_FALSE(certificates.has_value()) << in;
  EXPECT_EQ(certificates.error().code, code) << in;
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += with.size())
    text.replace(at, what.size(), with);
  return text;
}

TEST(Pem, ReadsABundleInOrder) {
  const std::string bundle = "\n " + to_pem_certificate(kFirst) + "\n\t" + to_pem_certificate(kSecond) + "\r\n";
  EXPECT_EQ(parse_pem_certificates(bundle, 2).value(), (std::vector<Bytes>{kFirst, kSecond}));
}

TEST(Pem, WritesLinesOfSixtyFour) {
  EXPECT_EQ(to_pem_certificate(kSecond),
            "-----BEGIN CERTIFICATE-----\n"
            "paWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWl\n"
            "-----END CERTIFICATE-----\n");
}

TEST(Pem, ReadsCarriageReturnsAndAMissingLastLineEnd) {
  std::string text = replaced(to_pem_certificate(kFirst), "\n", "\r\n");
  EXPECT_EQ(parse_pem_certificates(text, 1).value(), std::vector<Bytes>{kFirst});
  text.resize(text.size() - 2);
  EXPECT_EQ(parse_pem_certificates(text, 1).value(), std::vector<Bytes>{kFirst});
}

TEST(Pem, TakesOneNulAtTheEndOnlyWhereAllowed) {
  using namespace std::string_literals;
  const std::string text = to_pem_certificate(kFirst);
  EXPECT_TRUE(parse_pem_certificates(text + "\0"s, 1, PemTail::one_nul_allowed).has_value());
  EXPECT_TRUE(parse_pem_certificates(text, 1, PemTail::one_nul_allowed).has_value());
  expect_refused(text + "\0"s, "pem_invalid");
  expect_refused(text + "\0\0"s, "pem_invalid", PemTail::one_nul_allowed);
  expect_refused(text + "\0\n"s, "pem_invalid", PemTail::one_nul_allowed);
  expect_refused("\0"s + text, "pem_invalid", PemTail::one_nul_allowed);
}

TEST(Pem, RefusesTooManyCertificates) {
  const std::string text = to_pem_certificate(kSecond);
  EXPECT_EQ(parse_pem_certificates(text + text, 1).error().code, Literal("pem_too_many"));
  EXPECT_EQ(parse_pem_certificates(text + text, 1).error().offset, text.size());
}

TEST(Pem, RefusesNoCertificateAtAll) {
  expect_refused("", "pem_invalid");
  expect_refused(" \n", "pem_invalid");
  expect_refused("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "pem_invalid");
}

TEST(Pem, RefusesTextAroundBlocks) {
  const std::string text = to_pem_certificate(kFirst);
  expect_refused("subject=x\n" + text, "pem_invalid");
  expect_refused(text + "x", "pem_invalid");
  expect_refused(text + "# next\n" + text, "pem_invalid");
}

TEST(Pem, RefusesOtherLabelsAndBrokenFrames) {
  const std::string text = to_pem_certificate(kFirst);
  expect_refused(replaced(text, "CERTIFICATE", "PRIVATE KEY"), "pem_invalid");
  expect_refused(replaced(text, "END CERTIFICATE", "END X509 CRL"), "pem_invalid");
  expect_refused(replaced(text, "-----BEGIN", "----BEGIN"), "pem_invalid");
  expect_refused(replaced(text, "E-----\n", "E----- \n"), "pem_invalid");
  expect_refused(text.substr(0, text.find("-----END")), "pem_invalid");
}

TEST(Pem, RefusesLinesOfAnotherShape) {
  const std::string text = to_pem_certificate(kFirst);
  const std::size_t second_line = text.find('\n', 30) + 1;
  std::string joined = text;
  joined.erase(second_line - 1, 1);
  expect_refused(joined, "pem_invalid");
  std::string split = text;
  split.insert(40, "\n");
  expect_refused(split, "pem_invalid");
  std::string blank = text;
  blank.insert(second_line, "\n");
  expect_refused(blank, "pem_invalid");
  std::string spaced = text;
  spaced.insert(second_line - 1, " ");
  expect_refused(spaced, "pem_invalid");
}

TEST(Pem, RefusesBase64ThatIsNotCanonical) {
  const std::string text = to_pem_certificate(Bytes{1});
  EXPECT_TRUE(parse_pem_certificates(text, 1).has_value());
  expect_refused(replaced(text, "AQ==", "AR=="), "pem_invalid");
  expect_refused(replaced(text, "AQ==", "AQ"), "pem_invalid");
  expect_refused(replaced(text, "AQ==", "A*=="), "pem_invalid");
}

TEST(PemCrl, ReadsExactlyOneBlock) {
  const std::string block = "-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n";
  EXPECT_EQ(parse_pem_crl(" \n" + block).value(), (Bytes{0x30, 0x00}));
  EXPECT_EQ(parse_pem_crl(block + block).error().code, Literal("pem_too_many"));
  EXPECT_EQ(parse_pem_crl("").error().code, Literal("pem_invalid"));
  EXPECT_EQ(parse_pem_crl(block + "x").error().code, Literal("pem_too_many"));
  EXPECT_EQ(parse_pem_crl(to_pem_certificate(Bytes{0x30, 0x00})).error().code, Literal("pem_invalid"));
}

}  // namespace
}  // namespace aipg::codec
