// SPDX-License-Identifier: Apache-2.0
#include "collateral/issuer_chain.h"

#include <gtest/gtest.h>

#include "attest/roots.h"
#include "codec/pem.h"

namespace aipg::collateral {
namespace {

std::string two_certificates() {
  const std::string pem = codec::to_pem_certificate(attest::VendorRoots::builtin().set().intel.front());
  return pem + pem;
}

std::string refusal(std::string_view header) {
  const auto read = read_issuer_chain(header);
  return read ? "accepted" : std::string(read.error().code.view());
}

TEST(IssuerChain, IsReadFromItsEscapes) {
  const std::string pem = two_certificates();
  EXPECT_EQ(*read_issuer_chain(write_issuer_chain(pem)), pem);
}

TEST(IssuerChain, IsReadWithBase64sCharactersLeftAsTheyAre) {
  std::string header;
  for (const char c : two_certificates()) {
    if (c == ' ') {
      header += "%20";
    } else if (c == '\n') {
      header += "%0A";
    } else {
      header += c;
    }
  }
  EXPECT_EQ(*read_issuer_chain(header), two_certificates());
}

TEST(IssuerChain, RefusesEscapesThatAreNone) {
  const std::string good = write_issuer_chain(two_certificates());
  EXPECT_EQ(refusal(good + "%"), "issuer_chain_encoding");
  EXPECT_EQ(refusal(good + "%0"), "issuer_chain_encoding");
  EXPECT_EQ(refusal(good + "%0g"), "issuer_chain_encoding");
  EXPECT_EQ(refusal(good + " "), "issuer_chain_encoding");
}

TEST(IssuerChain, RefusesMoreOrLessThanTwoCertificates) {
  const std::string two = two_certificates(), one = two.substr(0, two.size() / 2);
  EXPECT_EQ(refusal(write_issuer_chain(one)), "issuer_chain_length");
  EXPECT_EQ(refusal(write_issuer_chain(two + one)), "pem_too_many");
  EXPECT_EQ(refusal(""), "pem_invalid");
}

TEST(IssuerChain, RefusesWhatIsLongerThanAnyChain) {
  EXPECT_EQ(refusal(std::string(kMaxIssuerChainBytes + 1, 'A')), "issuer_chain_encoding");
}

TEST(IssuerChain, RefusesTextAroundTheCertificates) {
  EXPECT_EQ(refusal(write_issuer_chain("x" + two_certificates())), "pem_invalid");
}

}  // namespace
}  // namespace aipg::collateral
