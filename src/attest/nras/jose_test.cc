// SPDX-License-Identifier: Apache-2.0
#include "attest/nras/jose.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "tee/simulated_nras.h"

namespace aipg::attest::nras {
namespace {

const crypto::EcPrivateKey kKey = crypto::EcPrivateKey::generate(crypto::Curve::p384);
constexpr std::string_view kHeader = R"({"kid":"k-1","alg":"ES384"})";

std::string refusal(std::string_view compact) {
  const auto jws = parse_jws(compact);
  return jws ? "accepted" : std::string(jws.error().code.view());
}
std::string with_header(std::string_view header) { return refusal(tee::sign_jws(header, "{}", kKey)); }

TEST(Jws, ReadsWhatWasSigned) {
  const std::string compact = tee::sign_jws(kHeader, R"({"a":1})", kKey);
  const auto jws = parse_jws(compact);
  ASSERT_TRUE(jws);
  EXPECT_EQ(jws->kid, "k-1");
  EXPECT_EQ(as_text(jws->claims), R"({"a":1})");
  EXPECT_EQ(jws->compact, compact);
  EXPECT_TRUE(jws->signed_by(kKey.public_key()));
  EXPECT_FALSE(jws->signed_by(crypto::EcPrivateKey::generate(crypto::Curve::p384).public_key()));
}

TEST(Jws, TakesTheHeadersTwoMembersInEitherOrder) {
  EXPECT_EQ(with_header(R"({"alg":"ES384","kid":"k-1"})"), "accepted");
}

TEST(Jws, RefusesEveryOtherAlgorithm) {
  for (const char* algorithm : {"none", "None", "HS256", "ES256", "RS256", "es384", "EdDSA", ""}) {
    EXPECT_EQ(with_header(R"({"kid":"k-1","alg":")" + std::string(algorithm) + "\"}"), "jws_algorithm") << algorithm;
  }
  EXPECT_EQ(with_header(R"({"kid":"k-1"})"), "jws_algorithm");
  EXPECT_EQ(with_header(R"({"kid":"k-1","alg":null})"), "jws_algorithm");
  EXPECT_EQ(with_header("{\"kid\":\"k-1\",\"alg\":\"ES\\u0033\\u0038\\u0034\"}"), "jws_algorithm");
}

TEST(Jws, RefusesAnUnsignedTokenAsItsMakersWriteIt) {
  const std::string header = codec::to_base64url(as_bytes(R"({"alg":"none","typ":"JWT"})"));
  EXPECT_EQ(refusal(header + ".e30."), "jws_algorithm");
}

TEST(Jws, RefusesAnyFurtherHeaderMember) {
  for (const char* member : {R"("jku":"https://example.org")", R"("jwk":{})", R"("x5c":[])", R"("crit":["exp"])",
                             R"("typ":"JWT")", R"("x5u":"https://example.org")", R"("b64":false)", R"("ext":1)"}) {
    const std::string got = with_header(R"({"kid":"k-1","alg":"ES384",)" + std::string(member) + "}");
    EXPECT_EQ(got, "jws_header") << member;
  }
}

TEST(Jws, RefusesAHeaderWithoutOrWithAStrangeKid) {
  EXPECT_EQ(with_header(R"({"alg":"ES384","aud":"x"})"), "jws_header");
  EXPECT_EQ(with_header(R"({"alg":"ES384","kid":1})"), "jws_header");
  EXPECT_EQ(with_header(R"({"alg":"ES384","kid":""})"), "jws_header");
  EXPECT_EQ(with_header(R"({"alg":"ES384","kid":"a b"})"), "jws_header");
  EXPECT_EQ(with_header("{\"alg\":\"ES384\",\"kid\":\"k\\u002d1\"}"), "jws_header");
}

TEST(Jws, RefusesAHeaderThatIsNoObjectOrSaysThingsTwice) {
  EXPECT_EQ(with_header("[]"), "jws_invalid");
  EXPECT_EQ(with_header(R"({"kid":"a","kid":"b","alg":"ES384"})"), "jws_invalid");
  EXPECT_EQ(with_header(R"({"kid":"a","alg":"ES384"} )"), "accepted");  // white space is JSON's
  EXPECT_EQ(with_header(R"({"kid":"a","alg":"ES384"}x)"), "jws_invalid");
}

TEST(Jws, RefusesPartsTooFewOrTooMany) {
  const std::string compact = tee::sign_jws(kHeader, "{}", kKey);
  EXPECT_EQ(refusal(""), "jws_invalid");
  EXPECT_EQ(refusal(compact.substr(0, compact.rfind('.'))), "jws_invalid");
  EXPECT_EQ(refusal(compact + ".AAAA"), "jws_invalid");
}

TEST(Jws, RefusesBase64urlThatIsNotCanonical) {
  const std::string compact = tee::sign_jws(kHeader, "{}", kKey);
  EXPECT_EQ(refusal(compact + "="), "jws_invalid");
  EXPECT_EQ(refusal(" " + compact), "jws_invalid");
  EXPECT_EQ(refusal(compact + "\n"), "jws_invalid");
  // "e30" is {} and leaves two bits of its last character unused.
  std::string spare = compact;
  spare.replace(spare.find(".e30."), 5, ".e31.");
  EXPECT_EQ(refusal(spare), "jws_invalid");
}

TEST(Jws, RefusesASignatureOfAnotherSize) {
  const std::string compact = tee::sign_jws(kHeader, "{}", kKey);
  const std::string input = compact.substr(0, compact.rfind('.') + 1);
  for (std::size_t size : {0U, 64U, 95U, 97U, 132U}) {
    EXPECT_EQ(refusal(input + codec::to_base64url(Bytes(size, 1))), "jws_invalid") << size;
  }
}

TEST(Jws, RefusesMoreThan256KiB) {
  EXPECT_EQ(refusal(tee::sign_jws(kHeader, std::string(kMaxJwsBytes, ' '), kKey)), "jws_invalid");
}

}  // namespace
}  // namespace aipg::attest::nras
