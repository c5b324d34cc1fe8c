// SPDX-License-Identifier: Apache-2.0
#include "attest/nras/jwks.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "codec/pem.h"
#include "crypto/certificate_writer.h"
#include "tee/simulated_nras.h"

namespace aipg::attest::nras {
namespace {

const Instant kNow = *parse_instant("2026-11-27T12:00:00Z");

// NVIDIA certifies its token keys with RSA, which our certificate writer does not do: a key of ours, under an
// authority of ours.
constexpr std::string_view kRsaChain =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIDezCCAmOgAwIBAgIUGPawcOn7zpXQ7AXeDN6yRPoEpaIwDQYJKoZIhvcNAQEL\n"
    "BQAwRDFCMEAGA1UEAww5U0lNVUxBVEVEIE5WSURJQSBBdHRlc3RhdGlvbiBTZXJ2\n"
    "aWNlIEdQVSBJbnRlcm1lZGlhdGUgUlNBMCAXDTI2MTEyNjIwNDQxMloYDzIxMjYx\n"
    "MTAyMjA0NDEyWjBEMUIwQAYDVQQDDDlTSU1VTEFURUQgTlZJRElBIEF0dGVzdGF0\n"
    "aW9uIFNlcnZpY2UgR1BVIEludGVybWVkaWF0ZSBSU0EwggEiMA0GCSqGSIb3DQEB\n"
    "AQUAA4IBDwAwggEKAoIBAQC0b8QrOqJ7RbPQbkbRoxjJMw6W1RMCJf4tlJ/vNYSv\n"
    "qiyJz2+Cb7mWK6qSfn0O1L2ZQGGMepuepZs+W116mrKevhrze37y8ug70wyPmMoS\n"
    "HWJM/R3KLAGZjR4LzPKsN8NWagSV118A05/J3XJQkdpixGUGWLzhl1CsT4/pp3Fp\n"
    "vFw2lsgMq0VtTnjpSKZmqwLQvCG8imtoph3Mq/k+ocPzlYHUkMGFinTMJ1+IBbGP\n"
    "59mTGT8TBxh1566NIsPxZn6stcKkVr7HY3FWOLcM7qp9suq0GZTvIz3qXWWrfGTM\n"
    "urVkPqs/QV1lR46SI8eXNPt6EAYUuUbGV3JB27YS0mMLAgMBAAGjYzBhMB0GA1Ud\n"
    "DgQWBBSpsMI9Hb2VM79dR1Y8lgaUKp+M1DAfBgNVHSMEGDAWgBSpsMI9Hb2VM79d\n"
    "R1Y8lgaUKp+M1DAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIBBjANBgkq\n"
    "hkiG9w0BAQsFAAOCAQEAo7HuG/y5El+mUBQS6QhSTJ93wl9YJVQ9swBUs3lPCuju\n"
    "tszzrpsSrvZm7qeXydtaiV2wbvPqUH1r742dg7rWck72PH3SPKIqQwjttNMH3m/r\n"
    "EeWtxOuKGIjbAV7+m9JGlrEiB5XyFeSxDlDy1S/xLUOikTWvFz6Hqu4LoNv+y5Sj\n"
    "zTqAghefdBaP4SAq87wscH3z3aCc/ADkyUjxtiqC6s8+1SkeMiWg0n+jiOtrIca6\n"
    "w3wnfnsGAf9HM46ZcNpwPVVYINYFvnE7xs3PvIhvhL1mH/McE8ZdhYaupfbTWpNc\n"
    "6pFWniv+ZCPQ5IGoi0M9aKnxoWBoWPBaJVvZLN9Pwg==\n"
    "-----END CERTIFICATE-----\n"
    "-----BEGIN CERTIFICATE-----\n"
    "MIIC0DCCAbigAwIBAgIUXCZy4HdabSbyBAfXduWiw7PO/xMwDQYJKoZIhvcNAQEL\n"
    "BQAwRDFCMEAGA1UEAww5U0lNVUxBVEVEIE5WSURJQSBBdHRlc3RhdGlvbiBTZXJ2\n"
    "aWNlIEdQVSBJbnRlcm1lZGlhdGUgUlNBMCAXDTI2MTEyNjIwNDQxMloYDzIxMjYx\n"
    "MTAyMjA0NDEyWjA5MTcwNQYDVQQDDC5TSU1VTEFURUQgTlZJRElBIEF0dGVzdGF0\n"
    "aW9uIFNlcnZpY2UgR1BVIEdIMTAwMHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEP7oK\n"
    "m+1ky65tuGeTYsfP4ZTwyzl/v+jcvDS1dC81J51Tak1sy41POU5yRMjbqF+rI2sE\n"
    "UfejpUdy4B0nRNdRjWtmvUaPbY2vvs6o8Gg4DCZ6zr3jJJQUdlG3KQ7EiWOWo3Ew\n"
    "bzAOBgNVHQ8BAf8EBAMCA6gwHQYDVR0lBBYwFAYIKwYBBQUHAwEGCCsGAQUFBwMC\n"
    "MB0GA1UdDgQWBBT/o8uVi4HlFvFHyF9OXe4HUF7pVTAfBgNVHSMEGDAWgBSpsMI9\n"
    "Hb2VM79dR1Y8lgaUKp+M1DANBgkqhkiG9w0BAQsFAAOCAQEAfw9Q6Ad4zy6Fi/Nm\n"
    "y38/SUHqOuelrRhqFD+R2ZQnpa83JLofz1aVw3LFmyg91U12fcEoqp6kgrLDHh5v\n"
    "VuAHFlks0q3oqioe6z8qlqkzMbeCySmh7HrbKz6yv+Nqq1REi4zWOlY6NGHG8W/S\n"
    "S05eMOBZ+di9YYezmJ5c0jrVmbe9iGWxLIoZ2z+qPr/gmDx4LyiWfNhG8UxY5urd\n"
    "/OI9ufraQXTLbxINaxvmtgaL38i2YiSVb+din2GT8u2Z6Cpt+rTC3WaXPSMPBK0l\n"
    "F1KYZTkvDgwVB7ciWTydLe62ea+FrpS9jM0sGz8BYvLaCUSE1OKVQHfPq/9eKxMt\n"
    "0e9cIg==\n"
    "-----END CERTIFICATE-----\n";

std::string refusal(std::string_view document) {
  const auto jwks = Jwks::parse(as_bytes(document));
  return jwks ? "accepted" : std::string(jwks.error().code.view());
}

class JwksDocument : public testing::Test {
 protected:
  tee::SimulatedNras nras = tee::make_nras(kNow);
  std::string with(std::string_view before, std::string_view after) const {
    std::string text = nras.jwks();
    const std::size_t at = text.find(before);
    EXPECT_NE(at, std::string::npos) << before;
    return text.replace(at, before.size(), after);
  }
  std::string coordinate(std::size_t at) const {
    return codec::to_base64url(nras.key.public_key().xy().subspan(at, 48));
  }
};

TEST_F(JwksDocument, FindsAKeyByItsKid) {
  const auto jwks = Jwks::parse(as_bytes(nras.jwks()));
  ASSERT_TRUE(jwks) << jwks.error().code.view() << jwks.error().where.view();
  ASSERT_NE(jwks->find(nras.kid), nullptr);
  EXPECT_TRUE(equal(jwks->find(nras.kid)->key.xy(), nras.key.public_key().xy()));
  EXPECT_EQ(jwks->find("another"), nullptr);
}

TEST_F(JwksDocument, RefusesAKidTwice) {
  EXPECT_EQ(refusal(R"({"keys":[)" + nras.jwk() + "," + nras.jwk() + "]}"), "jwks_repeated");
}

TEST_F(JwksDocument, RefusesAPointThatIsNotItsCertificates) {
  const tee::SimulatedNras other = tee::make_nras(kNow);
  EXPECT_EQ(refusal(with(codec::to_base64(nras.certificate), codec::to_base64(other.certificate))), "jwks_key");
}

TEST_F(JwksDocument, RefusesAPointOffTheCurve) { EXPECT_EQ(refusal(with(coordinate(0), coordinate(48))), "jwks_key"); }

TEST_F(JwksDocument, RefusesACoordinateOfAnotherSize) {
  EXPECT_EQ(refusal(with(coordinate(0), coordinate(0).substr(0, 60))), "jwks_key");
}

TEST_F(JwksDocument, RefusesOtherKindsOfKeys) {
  EXPECT_EQ(refusal(with(R"("kty":"EC")", R"("kty":"RSA")")), "jwks_key");
  EXPECT_EQ(refusal(with("P-384", "P-256")), "jwks_key");
  EXPECT_EQ(refusal(with(R"("kty":"EC")", R"("kty":"EC","use":"enc")")), "jwks_key");
  EXPECT_EQ(refusal(with(R"("kty":"EC")", R"("kty":"EC","alg":"ES256")")), "jwks_key");
  EXPECT_EQ(refusal(with(R"("kty":"EC")", R"("kty":"EC","alg":"ES384","use":"sig")")), "accepted");
}

TEST_F(JwksDocument, RefusesPrivateAndUnknownMembers) {
  for (const char* member : {R"("d":"AAAA")", R"("k":"AAAA")", R"("x5u":"https://example.org")"}) {
    EXPECT_EQ(refusal(with(R"("kty":"EC")", R"("kty":"EC",)" + std::string(member))), "json_unknown_field") << member;
  }
  EXPECT_EQ(refusal(R"({"keys":[)" + nras.jwk() + R"(],"more":1})"), "json_unknown_field");
}

TEST_F(JwksDocument, RefusesAKeyWithoutAKidOrACertificate) {
  EXPECT_EQ(refusal(with(R"("kid":")" + nras.kid + R"(",)", "")), "json_missing_field");
  EXPECT_EQ(refusal(with("\"" + nras.kid + "\"", "\"\"")), "jwks_key");
  EXPECT_EQ(refusal(with(R"("x5c":[")", R"("x5c":[],"x5d":[")")), "json_unknown_field");
  EXPECT_EQ(refusal(with(codec::to_base64(nras.certificate), "AAAA")), "certificate_invalid");
  EXPECT_EQ(refusal(with(codec::to_base64(nras.certificate), "!")), "jwks_key");
}

TEST_F(JwksDocument, RefusesAListWithoutKeysOrWithTooMany) {
  EXPECT_EQ(refusal(R"({"keys":[]})"), "jwks_invalid");
  std::string many = R"({"keys":[0)";
  for (int i = 0; i < 256; ++i) many += ",0";
  EXPECT_EQ(refusal(many + "]}"), "jwks_invalid");
  EXPECT_EQ(refusal("[]"), "json_wrong_type");
}

TEST_F(JwksDocument, RefusesMoreThanOneMiB) {
  EXPECT_EQ(refusal(nras.jwks() + std::string(1 << 20, ' ')), "json_too_large");
}

// --- whose key it is ---------------------------------------------------------------

class KeyChain : public JwksDocument {
 protected:
  static Jwk only_key(std::string_view document) { return Jwks::parse(as_bytes(document))->keys().front(); }
  static std::string judge(const Jwk& key, const std::vector<Bytes>& pinned, Instant at) {
    const auto result = check_key_chain(key, pinned, at);
    return result ? "good" : std::string(result.error().where.view());
  }
  std::string judge(Instant at = kNow) const { return judge(only_key(nras.jwks()), {nras.intermediate}, at); }
  // The key under another certificate, issued by an authority that is pinned.
  std::string judge_leaf(const std::function<void(crypto::CertificateTemplate&)>& edit,
                         const std::function<void(crypto::CertificateTemplate&)>& edit_issuer = {}) {
    const crypto::EcPrivateKey authority = crypto::EcPrivateKey::generate(crypto::Curve::p384);
    crypto::CertificateTemplate issuer;
    issuer.subject_cn = "SIMULATED authority";
    issuer.not_before = kNow - std::chrono::hours(1);
    issuer.not_after = kNow + std::chrono::hours(1);
    issuer.ca = true;
    issuer.key_usage = 1U << 5;
    crypto::CertificateTemplate leaf = issuer;
    leaf.subject_cn = "SIMULATED leaf";
    leaf.ca = false;
    leaf.key_usage = 1;
    if (edit) edit(leaf);
    if (edit_issuer) edit_issuer(issuer);
    nras.certificate = crypto::issue_certificate(leaf, nras.key.public_key(), "SIMULATED authority", authority);
    nras.intermediate = crypto::issue_certificate(issuer, authority.public_key(), "SIMULATED authority", authority);
    return judge();
  }
};

TEST_F(KeyChain, AcceptsAKeyUnderAPinnedIntermediate) { EXPECT_EQ(judge(), "good"); }

TEST_F(KeyChain, RefusesAnIntermediateThatIsNotPinned) {
  const tee::SimulatedNras other = tee::make_nras(kNow);
  EXPECT_EQ(judge(only_key(nras.jwks()), {other.intermediate}, kNow), "not_pinned");
}

TEST_F(KeyChain, RefusesACertificateThatThePinnedOneDidNotIssue) {
  const tee::SimulatedNras other = tee::make_nras(kNow);
  nras.intermediate = other.intermediate;
  EXPECT_EQ(judge(), "key_id");
}

TEST_F(KeyChain, RefusesAChainOfAnotherLength) {
  EXPECT_EQ(judge(only_key(with("\"" + codec::to_base64(nras.intermediate) + "\"",
                                "\"" + codec::to_base64(nras.intermediate) + R"(","AAAA")")),
                  {nras.intermediate}, kNow),
            "length");
  EXPECT_EQ(judge(only_key(with(",\"" + codec::to_base64(nras.intermediate) + "\"", "")), {nras.intermediate}, kNow),
            "length");
}

TEST_F(KeyChain, RefusesACertificateOutsideItsTime) {
  EXPECT_EQ(judge(kNow - std::chrono::seconds(1)), "validity");
  EXPECT_EQ(judge(kNow + std::chrono::hours(49)), "validity");
  EXPECT_EQ(judge(kNow + std::chrono::hours(24 * 366 * 15)), "issuer_validity");
}

TEST_F(KeyChain, RefusesCertificatesThatMayNotDoThis) {
  EXPECT_EQ(judge_leaf({}), "good");
  EXPECT_EQ(judge_leaf([](auto& leaf) { leaf.ca = true; }), "ca");
  EXPECT_EQ(judge_leaf([](auto& leaf) { leaf.key_usage = 1U << 5; }), "key_usage");
  EXPECT_EQ(judge_leaf([](auto& leaf) { leaf.extra = {{Bytes{0x2a, 0x03}, true, {}}}; }), "critical_extension");
  EXPECT_EQ(judge_leaf({}, [](auto& issuer) { issuer.ca = false; }), "issuer_ca");
  EXPECT_EQ(judge_leaf({}, [](auto& issuer) { issuer.key_usage = 1; }), "issuer_key_usage");
  EXPECT_EQ(judge_leaf({}, [](auto& issuer) { issuer.subject_cn = "SIMULATED other"; }), "name");
}

TEST_F(KeyChain, RefusesASignatureThatIsNotTheIssuers) {
  nras.certificate.back() ^= 1;
  EXPECT_EQ(judge(), "signature");
}

TEST_F(KeyChain, KnowsTheRsaSignaturesThatNvidiaMakes) {
  const std::vector<Bytes> ders = *codec::parse_pem_certificates(kRsaChain, 2);
  const auto issuer = crypto::Certificate::parse(ders[0]), leaf = crypto::Certificate::parse(ders[1]);
  ASSERT_TRUE(issuer && leaf);
  EXPECT_EQ(leaf->signature_algorithm(), crypto::SignatureAlgorithm::rsa_pkcs1_sha256);
  EXPECT_TRUE(issuer->signed_by(*issuer));
  const Jwk key{"k", *leaf->ec_key(), *leaf, {ders[0]}};
  EXPECT_EQ(judge(key, {ders[0]}, kNow), "good");
  Bytes forged = ders[1];
  forged.back() ^= 1;
  const Jwk other{"k", *leaf->ec_key(), *crypto::Certificate::parse(forged), {ders[0]}};
  EXPECT_EQ(judge(other, {ders[0]}, kNow), "signature");
  EXPECT_FALSE(leaf->signed_by(*leaf));  // an EC key makes no such signature
}

}  // namespace
}  // namespace aipg::attest::nras
