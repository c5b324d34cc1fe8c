// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.h"

#include <gtest/gtest.h>

#include "base/hex.h"

namespace aipg::crypto {
namespace {

// FIPS 180-4's examples.
constexpr std::string_view kAbc256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr std::string_view kAbc384 =
    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7";
constexpr std::string_view kAbc512 =
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e"
    "2a9ac94fa54ca49f";

TEST(Digest, AgreesWithTheStandardsExamples) {
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))), kAbc256);
  EXPECT_EQ(to_hex(sha384(as_bytes("abc"))), kAbc384);
  EXPECT_EQ(to_hex(sha512({as_bytes("abc")})), kAbc512);
}

TEST(Digest, HashesPartsAsTheirConcatenation) {
  EXPECT_EQ(to_hex(sha256({as_bytes("a"), {}, as_bytes("bc")})), kAbc256);
  EXPECT_EQ(to_hex(sha384({as_bytes("a"), {}, as_bytes("bc")})), kAbc384);
  EXPECT_EQ(to_hex(sha512({as_bytes("a"), {}, as_bytes("bc")})), kAbc512);
}

TEST(Sha256, SnapshotLeavesItAbleToGoOn) {
  Sha256 hash;
  hash.update(as_bytes("a"));
  EXPECT_EQ(hash.snapshot(), sha256(as_bytes("a")));
  Sha256 fork = hash;
  hash.update(as_bytes("bc"));
  fork.update(as_bytes("x"));
  EXPECT_EQ(to_hex(hash.snapshot()), kAbc256);
  EXPECT_EQ(fork.snapshot(), sha256(as_bytes("ax")));
  fork = hash;
  EXPECT_EQ(to_hex(fork.snapshot()), kAbc256);
}

TEST(Sha384, HashesIncrementally) {
  Sha384 hash;
  for (std::string_view part : {"a", "b", "c"}) hash.update(as_bytes(part));
  EXPECT_EQ(to_hex(hash.finish()), kAbc384);
}

TEST(HmacSha256, AgreesWithRfc4231Case2) {
  constexpr std::string_view kMac = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
  EXPECT_EQ(to_hex(hmac_sha256(as_bytes("Jefe"), {as_bytes("what do ya want "), as_bytes("for nothing?")})), kMac);
  HmacSha256 mac(as_bytes("Jefe"));
  mac.update(as_bytes("what do ya want for "));
  HmacSha256 moved = std::move(mac);
  moved.update(as_bytes("nothing?"));
  EXPECT_EQ(to_hex(moved.finish()), kMac);
}

TEST(HmacSha256, TakesAnEmptyKey) {
  EXPECT_EQ(to_hex(hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

// RFC 5869, A.1.
TEST(Hkdf, AgreesWithRfc5869) {
  Bytes ikm(22, 0x0b);
  Bytes salt = *from_hex("000102030405060708090a0b0c");
  Bytes info = *from_hex("f0f1f2f3f4f5f6f7f8f9");
  Secret32 prk = hkdf_extract(salt, ikm);
  EXPECT_EQ(to_hex(prk.reveal()), "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
  constexpr std::string_view kOkm =
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865";
  EXPECT_EQ(to_hex(hkdf_expand<42>(prk.reveal(), {info}).reveal()), kOkm);
  EXPECT_EQ(to_hex(hkdf_expand<42>(prk.reveal(), {ByteView(info).first(3), ByteView(info).subspan(3)}).reveal()), kOkm);
}

TEST(HkdfDeathTest, ExpandsAtMost255Blocks) {
  Secret32 prk;
  Bytes most(8160), more(8161);
  hkdf_expand(prk.reveal(), {}, most);
  EXPECT_DEATH(hkdf_expand(prk.reveal(), {}, more), "");
}

}  // namespace
}  // namespace aipg::crypto
