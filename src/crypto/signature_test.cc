// SPDX-License-Identifier: Apache-2.0
#include "crypto/signature.h"

#include <gtest/gtest.h>

#include "base/hex.h"

namespace aipg::crypto {
namespace {

constexpr std::string_view kOrderP256 = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
constexpr std::string_view kOrderP384 =
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973";

std::size_t width(Curve curve) { return curve == Curve::p256 ? 32 : 48; }
Bytes order(Curve curve) { return *from_hex(curve == Curve::p256 ? kOrderP256 : kOrderP384); }

class Ecdsa : public testing::TestWithParam<Curve> {};
INSTANTIATE_TEST_SUITE_P(BothCurves, Ecdsa, testing::Values(Curve::p256, Curve::p384),
                         [](const auto& of) { return of.param == Curve::p256 ? "P256" : "P384"; });

TEST_P(Ecdsa, VerifiesWhatItSigned) {
  auto key = EcPrivateKey::generate(GetParam());
  Bytes signature = key.sign(as_bytes("message"));
  EXPECT_EQ(signature.size(), 2 * width(GetParam()));
  EXPECT_TRUE(key.public_key().verify(as_bytes("message"), signature));
  EXPECT_FALSE(key.public_key().verify(as_bytes("massage"), signature));
  EXPECT_FALSE(EcPrivateKey::generate(GetParam()).public_key().verify(as_bytes("message"), signature));
}

TEST_P(Ecdsa, RefusesAnyFlippedBit) {
  auto key = EcPrivateKey::generate(GetParam());
  Bytes signature = key.sign(as_bytes("message"));
  for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
    Bytes damaged = signature;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1 << (bit % 8));
    EXPECT_FALSE(key.public_key().verify(as_bytes("message"), damaged)) << bit;
  }
}

TEST_P(Ecdsa, RefusesZeroAndTheOrderAndMoreAsRAndAsS) {
  auto key = EcPrivateKey::generate(GetParam());
  Bytes signature = key.sign(as_bytes("message"));
  std::size_t n = width(GetParam());
  for (const Bytes& bad : {Bytes(n, 0), order(GetParam()), Bytes(n, 0xff)}) {
    for (std::size_t at : {std::size_t{0}, n}) {
      Bytes damaged = signature;
      std::ranges::copy(bad, damaged.begin() + static_cast<std::ptrdiff_t>(at));
      EXPECT_FALSE(key.public_key().verify(as_bytes("message"), damaged));
    }
  }
  EXPECT_FALSE(key.public_key().verify(as_bytes("message"), Bytes(2 * n, 0)));
}

TEST_P(Ecdsa, RefusesOtherSignatureSizes) {
  auto key = EcPrivateKey::generate(GetParam());
  Bytes signature = key.sign(as_bytes("message"));
  EXPECT_FALSE(key.public_key().verify(as_bytes("message"), {}));
  EXPECT_FALSE(key.public_key().verify(as_bytes("message"), ByteView(signature).first(signature.size() - 1)));
  signature.push_back(0);
  EXPECT_FALSE(key.public_key().verify(as_bytes("message"), signature));
}

TEST_P(Ecdsa, TakesHighSAndLowS) {
  auto key = EcPrivateKey::generate(GetParam());
  Bytes signature = key.sign(as_bytes("message"));
  std::size_t n = width(GetParam());
  Bytes top = order(GetParam());
  int borrow = 0;  // s becomes order − s
  for (std::size_t i = n; i-- > 0;) {
    int digit = top[i] - signature[n + i] - borrow;
    borrow = digit < 0;
    signature[n + i] = static_cast<std::uint8_t>(digit);
  }
  EXPECT_TRUE(key.public_key().verify(as_bytes("message"), signature));
}

TEST_P(Ecdsa, RestoresAKeyFromItsScalar) {
  auto key = EcPrivateKey::generate(GetParam());
  auto again = EcPrivateKey::from_scalar(GetParam(), key.scalar().reveal());
  ASSERT_TRUE(again);
  EXPECT_TRUE(equal(again->public_key().xy(), key.public_key().xy()));
  EXPECT_TRUE(key.public_key().verify(as_bytes("message"), again->sign(as_bytes("message"))));
}

TEST_P(Ecdsa, RefusesScalarsOutsideTheRange) {
  for (const Bytes& bad :
       {Bytes(width(GetParam()), 0), order(GetParam()), Bytes(width(GetParam()), 0xff), Bytes(1, 1)}) {
    auto key = EcPrivateKey::from_scalar(GetParam(), bad);
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code, Literal("invalid_private_key"));
  }
}

TEST_P(Ecdsa, RefusesPointsOffTheCurveAndCompressedAndAtInfinity) {
  Bytes xy = to_bytes(EcPrivateKey::generate(GetParam()).public_key().xy());
  Bytes off = xy;
  off.back() ^= 1;
  Bytes with_prefix = xy;
  with_prefix.insert(with_prefix.begin(), 0x04);
  Bytes compressed(1 + width(GetParam()), 0x02);
  for (const Bytes& bad :
       {off, with_prefix, compressed, Bytes(), Bytes(2 * width(GetParam()), 0), Bytes(2 * width(GetParam()), 0xff)}) {
    auto key = EcPublicKey::from_xy(GetParam(), bad);
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code, Literal("invalid_public_key"));
  }
  EXPECT_TRUE(EcPublicKey::from_xy(GetParam(), xy));
}

TEST(EcPublicKey, CopiesShareTheParsedKey) {
  auto key = EcPrivateKey::generate(Curve::p384);
  EcPublicKey copy = key.public_key();
  EXPECT_EQ(copy.curve(), Curve::p384);
  EXPECT_EQ(copy.xy().data(), key.public_key().xy().data());
}

// RFC 8032, 7.1, test 3.
TEST(Ed25519, AgreesWithRfc8032) {
  auto key = Ed25519PrivateKey::from_seed(
      Secret32(*from_hex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")));
  EXPECT_EQ(to_hex(key.public_key()), "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
  Bytes message = *from_hex("af82");
  EXPECT_EQ(to_hex(key.sign(message)),
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
  EXPECT_TRUE(ed25519_verify(key.public_key(), message, key.sign(message)));
}

TEST(Ed25519, RefusesOtherSizes) {
  SystemRng rng;
  auto key = Ed25519PrivateKey::generate(rng);
  auto signature = key.sign({});
  EXPECT_TRUE(ed25519_verify(key.public_key(), {}, signature));
  EXPECT_FALSE(ed25519_verify(ByteView(key.public_key()).first(31), {}, signature));
  EXPECT_FALSE(ed25519_verify(key.public_key(), {}, ByteView(signature).first(63)));
}

}  // namespace
}  // namespace aipg::crypto
