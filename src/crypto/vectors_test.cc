// SPDX-License-Identifier: Apache-2.0
// The public vector files: every file is read, every vector is counted, and
// what does not apply to us is counted under its own reason.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/files_for_tests.h"
#include "crypto/aead.h"
#include "crypto/certificate.h"
#include "crypto/signature.h"
#include "crypto/vector_file_for_tests.h"
#include "crypto/x25519.h"
#include "crypto/xwing_recipient.h"

namespace aipg::crypto {
namespace {

using codec::json::Value;
using Counts = std::map<std::string, std::size_t>;

class Vectors : public testing::Test {
 protected:
  void SetUp() override {
    if (!file_exists(kVectors)) GTEST_SKIP() << "NOT RUN: no vector files in " << kVectors;
  }

  // One Wycheproof file: `check` says under which reason a test counts and looks at its result.
  template <typename Check>
  Counts wycheproof(const std::string& name, Check check) {
    VectorFile file(name);
    Counts counts;
    std::size_t total = 0;
    for (Value group : member(file.root(), "testGroups")) {
      for (Value test : member(group, "tests")) {
        SCOPED_TRACE(name + " tcId " + std::to_string(number(test, "tcId")));
        ++counts[check(group, test)];
        ++total;
      }
    }
    EXPECT_EQ(total, number(file.root(), "numberOfTests")) << name;
    return counts;
  }

  // For verifying: the result decides, and nothing is left to taste.
  static std::string expect_verdict(const Value& test, bool accepted) {
    std::string result = text(test, "result");
    EXPECT_TRUE(result == "valid" || result == "invalid") << result;
    EXPECT_EQ(accepted, result == "valid") << text(test, "comment");
    return result;
  }
};

TEST_F(Vectors, EveryFileIsReadByATest) {
  const std::set<std::string> read{
      "SOURCES.tsv",
      "hpke_rfc9180_x25519_sha256_base.json",  // hpke_vectors_test.cc
      "hpke_xwing.json",
      "json_parsing.jsonl",  // codec's tests
      "wycheproof_aes_gcm.json",
      "wycheproof_ecdsa_secp256r1_sha256_p1363.json",
      "wycheproof_ecdsa_secp384r1_sha384_p1363.json",
      "wycheproof_ed25519.json",
      "wycheproof_rsa_pss_4096_sha384_mgf1_48.json",
      "wycheproof_x25519.json",
      "xwing.json",
  };
  std::set<std::string> present;
  for (const std::string& path : files_below(kVectors)) present.insert(path.substr(path.rfind('/') + 1));
  EXPECT_EQ(present, read);
}

std::string check_aes_gcm(const Value& group, const Value& test) {
  if (number(group, "keySize") != 256) return "other key size";
  if (number(group, "ivSize") != 96) return "other nonce size";
  EXPECT_EQ(number(group, "tagSize"), 128u);
  Secret32 key(hex(test, "key"));
  SecretArray<kAeadNonceBytes> nonce(hex(test, "iv"));
  Bytes aad = hex(test, "aad"), message = hex(test, "msg"), sealed = hex(test, "ct");
  append(sealed, hex(test, "tag"));

  Bytes opened(sealed.size() - kAeadTagBytes);
  bool ok = AeadOpener(key, nonce).open(aad, sealed, opened).has_value();
  std::string result = text(test, "result");
  EXPECT_EQ(ok, result == "valid");
  if (!ok) return result;
  EXPECT_EQ(opened, message);
  Bytes ours(sealed.size());
  AeadSealer(key, nonce).seal(aad, message, ours);
  EXPECT_EQ(ours, sealed);
  return result;
}

TEST_F(Vectors, WycheproofAesGcmWithOurKeyAndNonceSizes) {
  EXPECT_EQ(wycheproof("wycheproof_aes_gcm.json", check_aes_gcm),
            (Counts{{"valid", 39}, {"invalid", 27}, {"other key size", 211}, {"other nonce size", 39}}));
}

TEST_F(Vectors, WycheproofEcdsaP256) {
  auto check = [](const Value& group, const Value& test) {
    Bytes point = hex(member(group, "publicKey"), "uncompressed");
    auto key = EcPublicKey::from_xy(Curve::p256, ByteView(point).subspan(1));
    EXPECT_TRUE(key);
    return expect_verdict(test, key && key->verify(hex(test, "msg"), hex(test, "sig")));
  };
  EXPECT_EQ(wycheproof("wycheproof_ecdsa_secp256r1_sha256_p1363.json", check),
            (Counts{{"valid", 173}, {"invalid", 89}}));
}

TEST_F(Vectors, WycheproofEcdsaP384) {
  auto check = [](const Value& group, const Value& test) {
    Bytes point = hex(member(group, "publicKey"), "uncompressed");
    auto key = EcPublicKey::from_xy(Curve::p384, ByteView(point).subspan(1));
    EXPECT_TRUE(key);
    return expect_verdict(test, key && key->verify(hex(test, "msg"), hex(test, "sig")));
  };
  EXPECT_EQ(wycheproof("wycheproof_ecdsa_secp384r1_sha384_p1363.json", check),
            (Counts{{"valid", 193}, {"invalid", 87}}));
}

TEST_F(Vectors, WycheproofEd25519) {
  auto check = [](const Value& group, const Value& test) {
    Bytes key = hex(member(group, "publicKey"), "pk");
    return expect_verdict(test, ed25519_verify(key, hex(test, "msg"), hex(test, "sig")));
  };
  EXPECT_EQ(wycheproof("wycheproof_ed25519.json", check), (Counts{{"valid", 88}, {"invalid", 63}}));
}

TEST_F(Vectors, WycheproofRsaPss) {
  auto check = [](const Value& group, const Value& test) {
    EXPECT_EQ(number(group, "sLen"), 48u);
    auto key = RsaPublicKey::from_der(hex(group, "publicKeyAsn"));
    EXPECT_TRUE(key);
    EXPECT_EQ(key->bits(), 4096u);
    return expect_verdict(test, key && key->verify_pss_sha384(hex(test, "msg"), hex(test, "sig")));
  };
  EXPECT_EQ(wycheproof("wycheproof_rsa_pss_4096_sha384_mgf1_48.json", check), (Counts{{"valid", 95}, {"invalid", 46}}));
}

// "acceptable" are points on the twist, of low order and not reduced: X25519 computes with all of
// them, and only a shared secret of zero is refused.
TEST_F(Vectors, WycheproofX25519) {
  auto check = [](const Value&, const Value& test) -> std::string {
    Bytes expected = hex(test, "shared");
    auto shared = x25519(Secret32(hex(test, "private")), hex(test, "public"));
    EXPECT_EQ(shared.has_value(), !all_zero(expected));
    if (!shared) return "zero, refused";
    EXPECT_TRUE(equal(shared->reveal(), expected));
    return text(test, "result");
  };
  EXPECT_EQ(wycheproof("wycheproof_x25519.json", check),
            (Counts{{"valid", 264}, {"acceptable", 223}, {"zero, refused", 31}}));
}

TEST_F(Vectors, XWingDraft) {
  VectorFile file("xwing.json");
  std::size_t count = 0;
  for (Value vector : file.root()) {
    ++count;
    EXPECT_EQ(vector.size(), 6u);
    EXPECT_EQ(hex(vector, "seed"), hex(vector, "sk"));
    const xwing::DecapsulationKey key{Secret32(hex(vector, "seed"))};
    EXPECT_EQ(to_bytes(key.public_key()), hex(vector, "pk"));

    ScriptedRng eseed(hex(vector, "eseed"));
    auto sent = xwing::encapsulate(hex(vector, "pk"), eseed);
    ASSERT_TRUE(sent);
    EXPECT_TRUE(eseed.exhausted());
    EXPECT_EQ(sent->ciphertext, hex(vector, "ct"));
    EXPECT_TRUE(equal(sent->shared_secret.reveal(), hex(vector, "ss")));
    auto received = key.decapsulate(sent->ciphertext);
    ASSERT_TRUE(received);
    EXPECT_TRUE(equal(received->reveal(), hex(vector, "ss")));
  }
  EXPECT_EQ(count, 3u);
}

}  // namespace
}  // namespace aipg::crypto
