// SPDX-License-Identifier: Apache-2.0
// Chains with one rule broken each, from a valid one of four.
#include <gtest/gtest.h>

#include "codec/der.h"
#include "crypto/certificate.h"
#include "crypto/certificate_writer.h"

namespace aipg::crypto {
namespace {

constexpr unsigned kDigitalSignature = 1U << 0;
constexpr unsigned kCertSign = 1U << 5;

class Chain : public testing::Test {
 protected:
  static constexpr std::size_t kLength = 4;

  Chain() {
    for (std::size_t i = 0; i < kLength; ++i) {
      keys.push_back(EcPrivateKey::generate(Curve::p384));
      CertificateTemplate& what = templates.emplace_back();
      what.subject_cn = "certificate " + std::to_string(i);
      what.not_before = *parse_instant("2026-01-01T00:00:00Z");
      what.not_after = *parse_instant("9999-12-31T23:59:59Z");
      what.ca = i > 0;
      what.key_usage = i > 0 ? kCertSign : kDigitalSignature;
      issuers.push_back("certificate " + std::to_string(std::min(i + 1, kLength - 1)));
    }
  }

  Bytes issue(std::size_t i) const {
    return issue_certificate(templates[i], keys[i].public_key(), issuers[i], keys[std::min(i + 1, kLength - 1)]);
  }
  void issue_all() {
    ders.clear();
    for (std::size_t i = 0; i < kLength; ++i) ders.push_back(issue(i));
    roots = {ders.back()};
  }
  Result<void> verify() const {
    std::vector<Certificate> chain;
    for (const Bytes& one : ders) {
      auto parsed = Certificate::parse(one);
      if (!parsed) return std::unexpected(parsed.error());
      chain.push_back(*std::move(parsed));
    }
    return verify_chain(chain, roots, profile, at);
  }
  Result<void> issue_and_verify() {
    issue_all();
    return verify();
  }
  static void expect(const Result<void>& got, Literal code, Literal where, std::size_t offset) {
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code.view(), code.view());
    EXPECT_EQ(got.error().where.view(), where.view());
    EXPECT_EQ(got.error().offset, offset);
  }

  std::vector<EcPrivateKey> keys;
  std::vector<CertificateTemplate> templates;
  std::vector<std::string> issuers;
  std::vector<Bytes> ders, roots;
  ChainProfile profile{.length = kLength, .algorithm = SignatureAlgorithm::ecdsa_sha384};
  Instant at = *parse_instant("2026-11-22T12:00:00Z");
};

TEST_F(Chain, AcceptsAValidOne) { EXPECT_TRUE(issue_and_verify()); }

TEST_F(Chain, AcceptsALeafWithoutBasicConstraints) {
  templates[0].with_basic_constraints = false;
  EXPECT_TRUE(issue_and_verify());
}

TEST_F(Chain, AcceptsPathLengthsThatAreJustEnough) {
  for (unsigned i = 1; i < kLength; ++i) templates[i].path_length = i - 1;
  EXPECT_TRUE(issue_and_verify());
}

TEST_F(Chain, AcceptsAnyOfSeveralRoots) {
  issue_all();
  roots.insert(roots.begin(), Bytes{1, 2, 3});
  EXPECT_TRUE(verify());
}

TEST_F(Chain, RefusesAnotherLength) {
  issue_all();
  profile.length = kLength + 1;
  expect(verify(), "chain_length", "", kLength);
  profile.length = kLength;
  ders.pop_back();
  expect(verify(), "chain_length", "", kLength - 1);
  ders.clear();
  profile.length = 0;
  expect(verify(), "chain_length", "", 0);
}

TEST_F(Chain, RefusesARootThatIsNotPinnedByteForByte) {
  issue_all();
  ders.back() = issue(kLength - 1);  // the same key and fields, another signature
  expect(verify(), "chain_root", "", kLength - 1);
  roots.clear();
  expect(verify(), "chain_root", "", kLength - 1);
}

TEST_F(Chain, RefusesReorderedCertificates) {
  issue_all();
  std::swap(ders[0], ders[1]);
  expect(verify(), "chain_issuer", "", 0);
}

TEST_F(Chain, RefusesAnotherIssuersName) {
  issuers[1] = "somebody else";
  expect(issue_and_verify(), "chain_issuer", "", 1);
}

TEST_F(Chain, RefusesAChainMadeLongerByRepeatingTheRoot) {
  issue_all();
  ders.push_back(ders.back());
  profile.length = kLength + 1;
  expect(verify(), "chain_issuer", "self_issued", kLength - 1);
}

TEST_F(Chain, RefusesAKeyIdThatIsNotTheIssuers) {
  issue_all();
  ders[1] = issue_certificate(templates[1], keys[1].public_key(), issuers[1], keys[0]);
  expect(verify(), "chain_key_id", "", 1);
}

TEST_F(Chain, RefusesAnotherAlgorithm) {
  issue_all();
  profile.algorithm = SignatureAlgorithm::ecdsa_sha256;
  expect(verify(), "chain_algorithm", "", 0);
}

TEST_F(Chain, RefusesOneCertificateSignedWithAnotherAlgorithm) {
  keys[2] = EcPrivateKey::generate(Curve::p256);
  expect(issue_and_verify(), "chain_algorithm", "", 1);
}

TEST_F(Chain, RefusesALeafThatIsACa) {
  templates[0].ca = true;
  expect(issue_and_verify(), "chain_ca", "", 0);
}

TEST_F(Chain, RefusesAnIssuerThatIsNoCa) {
  templates[2].ca = false;
  expect(issue_and_verify(), "chain_ca", "", 2);
}

TEST_F(Chain, RefusesAnIssuerWithoutBasicConstraints) {
  templates[1].with_basic_constraints = false;
  expect(issue_and_verify(), "chain_ca", "", 1);
}

TEST_F(Chain, RefusesAChainLongerThanItsPathLength) {
  templates[2].path_length = 0;
  expect(issue_and_verify(), "chain_ca", "path_length", 2);
}

TEST_F(Chain, RefusesAnIssuerThatMayNotSignCertificates) {
  templates[1].key_usage = kDigitalSignature;
  expect(issue_and_verify(), "chain_key_usage", "", 1);
}

TEST_F(Chain, RefusesAnIssuerWithoutKeyUsage) {
  templates[1].key_usage = 0;
  profile.leaf_has_key_usage = false;
  expect(issue_and_verify(), "chain_key_usage", "missing", 1);
}

TEST_F(Chain, RefusesALeafThatMayNotSign) {
  templates[0].key_usage = kCertSign;
  expect(issue_and_verify(), "chain_key_usage", "", 0);
}

TEST_F(Chain, RefusesALeafWithoutKeyUsageUnlessTheProfileSaysSo) {
  templates[0].key_usage = 0;
  expect(issue_and_verify(), "chain_key_usage", "missing", 0);
  profile.leaf_has_key_usage = false;
  EXPECT_TRUE(verify());
}

TEST_F(Chain, RefusesUnknownCriticalExtensionsAnywhere) {
  for (std::size_t i = 0; i < kLength; ++i) {
    templates[i].extra = {{codec::der::oid_content("1.2.3.4"), true, {5, 0}}};
    expect(issue_and_verify(), "chain_critical_extension", "", i);
    templates[i].extra[0].critical = false;
    EXPECT_TRUE(issue_and_verify());
  }
}

TEST_F(Chain, RefusesAnyCertificateThatIsNotYetValid) {
  for (std::size_t i = 0; i < kLength; ++i) {
    auto before = std::exchange(templates[i].not_before, at + milliseconds(1000));
    expect(issue_and_verify(), "chain_not_yet_valid", "", i);
    templates[i].not_before = before;
  }
}

TEST_F(Chain, RefusesAnyCertificateThatExpired) {
  for (std::size_t i = 0; i < kLength; ++i) {
    auto before = std::exchange(templates[i].not_after, at - milliseconds(1000));
    expect(issue_and_verify(), "chain_expired", "", i);
    templates[i].not_after = before;
  }
}

// The last byte of a certificate is the end of its signature's s.
TEST_F(Chain, RefusesAnySignatureThatIsNotTheIssuers) {
  for (std::size_t i = 0; i + 1 < kLength; ++i) {
    issue_all();
    ders[i].back() ^= 1;
    expect(verify(), "chain_signature", "", i);
  }
}

TEST_F(Chain, TheRootIsSettledByItsBytes) {
  issue_all();
  ders.back().back() ^= 1;
  expect(verify(), "chain_root", "", kLength - 1);
  roots = {ders.back()};
  EXPECT_TRUE(verify()) << "what a pinned root says about itself is not asked";
}

}  // namespace
}  // namespace aipg::crypto
