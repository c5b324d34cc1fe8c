// SPDX-License-Identifier: Apache-2.0
#include "crypto/rsa_private_key.h"

#include <gtest/gtest.h>

#include "crypto/certificate_writer.h"
#include "crypto/crl.h"

namespace aipg::crypto {
namespace {

class RsaPrivateKeyTest : public testing::Test {
 protected:
  static const RsaPrivateKey& key() {
    static const RsaPrivateKey made = RsaPrivateKey::generate(2048);
    return made;
  }
  static CertificateTemplate authority() {
    CertificateTemplate out;
    out.subject_cn = "authority";
    out.not_before = *parse_instant("2026-01-01T00:00:00Z");
    out.not_after = *parse_instant("2027-01-01T00:00:00Z");
    out.ca = true;
    out.key_usage = 1U << 5 | 1U << 6;
    return out;
  }
};

TEST_F(RsaPrivateKeyTest, SignsWhatItsPublicHalfVerifies) {
  const auto public_key = RsaPublicKey::from_der(key().public_der());
  ASSERT_TRUE(public_key);
  EXPECT_EQ(public_key->bits(), 2048U);
  const Bytes message{1, 2, 3};
  Bytes signature = key().sign_pss_sha384(message);
  EXPECT_TRUE(public_key->verify_pss_sha384(message, signature));
  EXPECT_FALSE(public_key->verify_pss_sha384(Bytes{1, 2, 4}, signature));
  signature[0] ^= 1;
  EXPECT_FALSE(public_key->verify_pss_sha384(message, signature));
}

TEST_F(RsaPrivateKeyTest, IsReadBackFromItsDer) {
  const auto again = RsaPrivateKey::from_der(key().private_der().reveal());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->public_der(), key().public_der());
}

TEST_F(RsaPrivateKeyTest, RefusesWhatIsNoKey) {
  EXPECT_EQ(RsaPrivateKey::from_der(Bytes{0x30, 0}).error().code, Literal("invalid_private_key"));
  EXPECT_EQ(RsaPrivateKey::from_der({}).error().code, Literal("invalid_private_key"));
}

TEST_F(RsaPrivateKeyTest, IssuesCertificatesAndListsThatVerify) {
  const auto root = Certificate::parse(issue_certificate(authority(), key(), "authority", key()));
  ASSERT_TRUE(root) << root.error().where.view();
  EXPECT_EQ(root->signature_algorithm(), SignatureAlgorithm::rsa_pss_sha384);
  EXPECT_TRUE(root->signed_by(*root));
  CertificateTemplate leaf = authority();
  leaf.subject_cn = "leaf";
  leaf.with_key_ids = false;
  const auto leaf_key = EcPrivateKey::generate(Curve::p384);
  const auto issued = Certificate::parse(issue_certificate(leaf, leaf_key.public_key(), "authority", key()));
  ASSERT_TRUE(issued);
  EXPECT_TRUE(issued->signed_by(*root));
  EXPECT_FALSE(issued->authority_key_id() || issued->subject_key_id());
  const CrlTemplate what{
      .this_update = authority().not_before, .next_update = authority().not_after, .revoked = {}, .extra = {}};
  const auto crl = Crl::parse(issue_crl(what, "authority", key()));
  ASSERT_TRUE(crl) << crl.error().where.view();
  EXPECT_TRUE(verify_crl(*crl, *root, authority().not_before));
}

}  // namespace
}  // namespace aipg::crypto
