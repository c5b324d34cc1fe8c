// SPDX-License-Identifier: Apache-2.0
#include "crypto/aead.h"

#include <gtest/gtest.h>

#include <optional>

#include "base/hex.h"

namespace aipg::crypto {
namespace {

using BaseNonce = SecretArray<kAeadNonceBytes>;

Secret32 some_key() { return Secret32(Bytes(32, 0x42)); }
BaseNonce some_base() { return BaseNonce(*from_hex("0102030405060708090a0b0c")); }

Bytes seal(AeadSealer& sealer, std::string_view aad, std::string_view plaintext) {
  Bytes out(plaintext.size() + kAeadTagBytes);
  sealer.seal(as_bytes(aad), as_bytes(plaintext), out);
  return out;
}

std::optional<std::string> open(AeadOpener& opener, std::string_view aad, ByteView ciphertext) {
  Bytes out(ciphertext.size() - kAeadTagBytes, 0xee);
  auto opened = opener.open(as_bytes(aad), ciphertext, out);
  if (opened) return to_text(out);
  EXPECT_EQ(opened.error().code, Literal("aead_open_failed"));
  EXPECT_TRUE(all_zero(out));
  return std::nullopt;
}

TEST(Aead, OpensWhatWasSealedMessageByMessage) {
  AeadSealer sealer(some_key(), some_base());
  AeadOpener opener(some_key(), some_base());
  for (std::string_view text : {"first", "", "third"}) EXPECT_EQ(open(opener, "aad", seal(sealer, "aad", text)), text);
  EXPECT_EQ(sealer.count(), 3u);
  EXPECT_EQ(opener.count(), 3u);
}

TEST(Aead, XorsTheMessageNumberIntoTheNoncesLastBytes) {
  AeadSealer sealer(some_key(), some_base());
  for (int i = 0; i < 0x0105; ++i) (void)seal(sealer, "", "");
  Bytes sealed = seal(sealer, "", "here");
  AeadOpener opener(some_key(), BaseNonce(*from_hex("0102030405060708090a0a09")));
  EXPECT_EQ(open(opener, "", sealed), "here");
}

TEST(Aead, WorksInPlace) {
  Bytes buffer = to_bytes("in place");
  std::size_t size = buffer.size();
  buffer.resize(size + kAeadTagBytes);
  AeadSealer(some_key(), some_base()).seal({}, ByteView(buffer).first(size), buffer);
  EXPECT_NE(as_text(ByteView(buffer).first(size)), "in place");
  AeadOpener opener(some_key(), some_base());
  ASSERT_TRUE(opener.open({}, buffer, MutableByteView(buffer).first(size)));
  EXPECT_EQ(as_text(ByteView(buffer).first(size)), "in place");
}

TEST(Aead, SealsPiecesAsTheirConcatenation) {
  const std::string_view text = "sixteen bytes or so, and then some more of them";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    AeadSealer whole(some_key(), some_base()), pieces(some_key(), some_base());
    Bytes out(text.size() + kAeadTagBytes);
    pieces.seal(as_bytes("aad"), {as_bytes(text.substr(0, cut)), {}, as_bytes(text.substr(cut))}, out);
    EXPECT_EQ(out, seal(whole, "aad", text)) << cut;
  }
}

TEST(Aead, RefusesAnyFlippedBit) {
  AeadSealer sealer(some_key(), some_base());
  Bytes sealed = seal(sealer, "aad", "text");
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes damaged = sealed;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1 << (bit % 8));
    AeadOpener opener(some_key(), some_base());
    EXPECT_EQ(open(opener, "aad", damaged), std::nullopt) << bit;
  }
}

TEST(Aead, RefusesOtherAssociatedData) {
  AeadSealer sealer(some_key(), some_base());
  AeadOpener opener(some_key(), some_base());
  EXPECT_EQ(open(opener, "aae", seal(sealer, "aad", "text")), std::nullopt);
}

TEST(Aead, RefusesAMessageOutOfOrder) {
  AeadSealer sealer(some_key(), some_base());
  (void)seal(sealer, "", "first");
  AeadOpener opener(some_key(), some_base());
  EXPECT_EQ(open(opener, "", seal(sealer, "", "second")), std::nullopt);
}

TEST(Aead, StaysFailedOnceFailed) {
  AeadSealer sealer(some_key(), some_base());
  Bytes sealed = seal(sealer, "", "text");
  AeadOpener opener(some_key(), some_base());
  EXPECT_EQ(open(opener, "wrong", sealed), std::nullopt);
  EXPECT_EQ(open(opener, "", sealed), std::nullopt);
  EXPECT_EQ(opener.count(), 0u);
}

TEST(Aead, RefusesWhatIsShorterThanATag) {
  AeadOpener opener(some_key(), some_base());
  Bytes out;
  auto opened = opener.open({}, Bytes(kAeadTagBytes - 1), out);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Literal("aead_open_failed"));
}

TEST(AeadDeathTest, StopsTheProgramOnABufferOfTheWrongSize) {
  AeadSealer sealer(some_key(), some_base());
  Bytes out(19);
  EXPECT_DEATH(sealer.seal({}, as_bytes("text"), out), "");
}

}  // namespace
}  // namespace aipg::crypto
