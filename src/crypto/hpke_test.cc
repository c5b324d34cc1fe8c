// SPDX-License-Identifier: Apache-2.0
#include "crypto/hpke.h"

#include <gtest/gtest.h>
#include <openssl/hpke.h>

#include "crypto/hpke_recipient.h"

namespace aipg::crypto::hpke {
namespace {

constexpr std::string_view kInfo = "what this is for";

class Hpke : public testing::TestWithParam<Suite> {
 protected:
  SystemRng rng;
  KeyPair key = KeyPair::generate(GetParam(), rng);
};
INSTANTIATE_TEST_SUITE_P(BothSuites, Hpke, testing::Values(Suite::x25519, Suite::xwing),
                         [](const auto& of) { return of.param == Suite::x25519 ? "X25519" : "XWing"; });

TEST(HpkeSuite, KnowsTheProtocolsTwoNumbers) {
  EXPECT_EQ(suite_from(1), Suite::x25519);
  EXPECT_EQ(suite_from(2), Suite::xwing);
  EXPECT_EQ(suite_from(0), std::nullopt);
  EXPECT_EQ(suite_from(3), std::nullopt);
}

TEST_P(Hpke, RecipientOpensInOrderAndExportsTheSame) {
  EXPECT_EQ(key.public_key().size(), public_key_bytes(GetParam()));
  auto sender = setup_base_sender(GetParam(), key.public_key(), as_bytes(kInfo), rng);
  ASSERT_TRUE(sender);
  EXPECT_EQ(sender->enc.size(), enc_bytes(GetParam()));
  auto recipient = setup_base_recipient(key, sender->enc, as_bytes(kInfo));
  ASSERT_TRUE(recipient);
  for (std::string_view text : {"one", "", "three"}) {
    auto opened = recipient->open(as_bytes("aad"), sender->context.seal(as_bytes("aad"), as_bytes(text)));
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->reveal_text(), text);
  }
  Secret32 here = sender->context.export_secret(as_bytes("label"));
  EXPECT_TRUE(equal_ct(here.reveal(), recipient->export_secret(as_bytes("label")).reveal()));
  EXPECT_FALSE(equal_ct(here.reveal(), recipient->export_secret(as_bytes("other")).reveal()));
}

TEST_P(Hpke, AKeyPairIsItsSeed) {
  auto again = KeyPair::from_seed(GetParam(), key.seed().clone());
  EXPECT_TRUE(equal(again.public_key(), key.public_key()));
  EXPECT_EQ(again.suite(), GetParam());
}

TEST_P(Hpke, RefusesWhatWasSealedUnderOtherInfoOrForAnotherKey) {
  auto sender = setup_base_sender(GetParam(), key.public_key(), as_bytes(kInfo), rng);
  Bytes sealed = sender->context.seal({}, as_bytes("text"));
  auto other_info = setup_base_recipient(key, sender->enc, as_bytes("something else"));
  auto other_key = setup_base_recipient(KeyPair::generate(GetParam(), rng), sender->enc, as_bytes(kInfo));
  EXPECT_EQ(other_info->open({}, sealed).error().code, Literal("hpke_open_failed"));
  EXPECT_EQ(other_key->open({}, sealed).error().code, Literal("hpke_open_failed"));
}

TEST_P(Hpke, AFailedOpenDoesNotAdvanceTheSequence) {
  auto sender = setup_base_sender(GetParam(), key.public_key(), as_bytes(kInfo), rng);
  auto recipient = setup_base_recipient(key, sender->enc, as_bytes(kInfo));
  Bytes sealed = sender->context.seal({}, as_bytes("text"));
  EXPECT_EQ(recipient->open(as_bytes("aad"), sealed).error().code, Literal("hpke_open_failed"));
  EXPECT_EQ(recipient->open({}, Bytes(15)).error().code, Literal("hpke_open_failed"));
  EXPECT_TRUE(recipient->open({}, sealed));
}

TEST_P(Hpke, RefusesKeysAndEncapsulationsOfOtherSizes) {
  Bytes longer = to_bytes(key.public_key());
  longer.push_back(0);
  EXPECT_EQ(setup_base_sender(GetParam(), longer, {}, rng).error().code, Literal("hpke_public_key"));
  EXPECT_EQ(setup_base_sender(GetParam(), {}, {}, rng).error().code, Literal("hpke_public_key"));
  EXPECT_EQ(setup_base_recipient(key, {}, {}).error(), (Error{"hpke_enc", "size"}));
  EXPECT_EQ(setup_base_recipient(key, Bytes(enc_bytes(GetParam()) + 1), {}).error().code, Literal("hpke_enc"));
}

TEST_P(Hpke, RefusesLowOrderPointsOnBothSides) {
  Bytes low_key = to_bytes(key.public_key());
  std::fill(low_key.end() - 32, low_key.end(), 0);
  EXPECT_EQ(setup_base_sender(GetParam(), low_key, {}, rng).error(), (Error{"hpke_public_key", "x25519"}));
  EXPECT_EQ(setup_base_recipient(key, Bytes(enc_bytes(GetParam())), {}).error(), (Error{"hpke_enc", "x25519"}));
}

// The library's own HPKE is a second implementation of suite 1.
class LibraryRecipient {
 public:
  explicit LibraryRecipient(const KeyPair& key) {
    ByteView seed = key.seed().reveal();
    EXPECT_EQ(EVP_HPKE_KEY_init(key_.get(), EVP_hpke_x25519_hkdf_sha256(), seed.data(), seed.size()), 1);
  }
  std::string open(ByteView enc, ByteView aad, ByteView sealed) {
    EXPECT_EQ(EVP_HPKE_CTX_setup_recipient(context_.get(), key_.get(), EVP_hpke_hkdf_sha256(), EVP_hpke_aes_256_gcm(),
                                           enc.data(), enc.size(), as_bytes(kInfo).data(), kInfo.size()),
              1);
    Bytes out(sealed.size());
    std::size_t size = 0;
    EXPECT_EQ(EVP_HPKE_CTX_open(context_.get(), out.data(), &size, out.size(), sealed.data(), sealed.size(), aad.data(),
                                aad.size()),
              1);
    out.resize(size);
    return to_text(out);
  }
  Bytes export_secret(std::string_view label) {
    Bytes out(32);
    EXPECT_EQ(EVP_HPKE_CTX_export(context_.get(), out.data(), out.size(), as_bytes(label).data(), label.size()), 1);
    return out;
  }

 private:
  bssl::ScopedEVP_HPKE_KEY key_;
  bssl::ScopedEVP_HPKE_CTX context_;
};

TEST(HpkeX25519, TheLibrarysRecipientOpensOurs) {
  SystemRng rng;
  auto key = KeyPair::generate(Suite::x25519, rng);
  auto sender = setup_base_sender(Suite::x25519, key.public_key(), as_bytes(kInfo), rng);
  Bytes sealed = sender->context.seal(as_bytes("aad"), as_bytes("hello"));
  LibraryRecipient library(key);
  EXPECT_EQ(library.open(sender->enc, as_bytes("aad"), sealed), "hello");
  EXPECT_TRUE(equal(library.export_secret("label"), sender->context.export_secret(as_bytes("label")).reveal()));
}

TEST(HpkeX25519, WeOpenTheLibrarysSender) {
  SystemRng rng;
  auto key = KeyPair::generate(Suite::x25519, rng);
  bssl::ScopedEVP_HPKE_CTX context;
  Bytes enc(32), sealed(5 + 16), exported(32);
  std::size_t size = 0;
  ASSERT_EQ(EVP_HPKE_CTX_setup_sender(context.get(), enc.data(), &size, enc.size(), EVP_hpke_x25519_hkdf_sha256(),
                                      EVP_hpke_hkdf_sha256(), EVP_hpke_aes_256_gcm(), key.public_key().data(),
                                      key.public_key().size(), as_bytes(kInfo).data(), kInfo.size()),
            1);
  ASSERT_EQ(EVP_HPKE_CTX_seal(context.get(), sealed.data(), &size, sealed.size(), as_bytes("hello").data(), 5,
                              as_bytes("aad").data(), 3),
            1);
  ASSERT_EQ(EVP_HPKE_CTX_export(context.get(), exported.data(), exported.size(), as_bytes("label").data(), 5), 1);
  auto recipient = setup_base_recipient(key, enc, as_bytes(kInfo));
  ASSERT_TRUE(recipient);
  EXPECT_EQ(recipient->open(as_bytes("aad"), sealed)->reveal_text(), "hello");
  EXPECT_TRUE(equal(exported, recipient->export_secret(as_bytes("label")).reveal()));
}

}  // namespace
}  // namespace aipg::crypto::hpke
