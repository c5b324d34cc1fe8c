// SPDX-License-Identifier: Apache-2.0
#include "seal/chunk_stream.h"

#include <gtest/gtest.h>

#include "base/byte_reader.h"

namespace aipg::seal {
namespace {

TrafficKeys keys() { return {Secret32(ByteArray<32>{1}), SecretArray<12>(ByteArray<12>{2})}; }

Bytes sealed(const std::vector<std::string>& contents, std::size_t plaintext_bytes = 512) {
  ChunkSealer sealer(keys());
  Bytes out;
  for (std::size_t i = 0; i < contents.size(); ++i) {
    sealer.seal(as_bytes(contents[i]), plaintext_bytes, i + 1 == contents.size(), out);
  }
  return out;
}

// One chunk whose plaintext the test writes itself.
Bytes sealed_plaintext(ByteView plaintext, bool last) {
  crypto::AeadSealer aead(keys().key, keys().base_nonce);
  const auto header = write_chunk_header({static_cast<std::uint32_t>(plaintext.size() + 16), last});
  Bytes out = to_bytes(header);
  out.resize(out.size() + plaintext.size() + 16);
  aead.seal(header, plaintext, MutableByteView(out).subspan(header.size()));
  return out;
}

struct Outcome {
  std::string content;
  std::optional<ChunkFault> fault;
  bool finished = false;
};

Outcome open_all(ByteView wire, EmptyChunks empty = EmptyChunks::refused, std::size_t step = SIZE_MAX) {
  ChunkOpener opener(keys(), empty);
  Outcome out;
  while (!wire.empty()) {
    ByteView piece = wire.first(std::min(step, wire.size()));
    wire = wire.subspan(piece.size());
    while (true) {
      const auto chunk = opener.next(piece);
      if (!chunk) {
        out.fault = chunk.error();
        return out;
      }
      if (!*chunk) break;
      out.content += as_text((*chunk)->content);
    }
  }
  out.finished = opener.finished();
  return out;
}

TEST(ChunkHeader, KeepsLengthAndLastBit) {
  for (const ChunkHeader header : {ChunkHeader{20, false}, ChunkHeader{65'552, true}}) {
    const auto read = parse_chunk_header(write_chunk_header(header));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->ciphertext_bytes, header.ciphertext_bytes);
    EXPECT_EQ(read->last, header.last);
  }
}

TEST(ChunkHeader, RefusesLengthsOutOfBounds) {
  for (const std::uint32_t n : {0U, 19U, 65'553U, 0x7FFFFFFFU}) {
    EXPECT_EQ(parse_chunk_header(write_chunk_header({n, true})).error().code.view(), "malformed_seal") << n;
  }
}

TEST(ChunkStream, OpensWhatWasSealedInAnyPieces) {
  const Bytes wire = sealed({"one", "two", std::string(300, 'x')});
  for (const std::size_t step :
       {std::size_t{1}, std::size_t{3}, std::size_t{4}, std::size_t{531}, std::size_t{SIZE_MAX}}) {
    const Outcome out = open_all(wire, EmptyChunks::refused, step);
    EXPECT_EQ(out.content, "onetwo" + std::string(300, 'x')) << step;
    EXPECT_TRUE(out.finished) << step;
  }
}

TEST(ChunkStream, RefusesEveryFlippedBit) {
  const Bytes wire = sealed({"one", "two"}, 64);
  for (std::size_t bit = 0; bit < wire.size() * 8; ++bit) {
    Bytes edited = wire;
    edited[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    const Outcome out = open_all(edited);
    EXPECT_FALSE(out.finished && !out.fault) << bit;
  }
}

TEST(ChunkStream, IsUnfinishedAtEveryCut) {
  const Bytes wire = sealed({"one", "two"}, 64);
  for (std::size_t n = 0; n < wire.size(); ++n) {
    const Outcome out = open_all(ByteView(wire).first(n));
    EXPECT_FALSE(out.fault) << n;
    EXPECT_FALSE(out.finished) << n;
  }
}

TEST(ChunkStream, RefusesALastBitThatSomebodyElseSet) {
  const Bytes wire = sealed({"one", "two"}, 64);
  Bytes cut = to_bytes(ByteView(wire).first(wire.size() / 2));
  cut[0] |= 0x80;
  EXPECT_EQ(open_all(cut).fault, ChunkFault::open);
}

TEST(ChunkStream, RefusesDroppedRepeatedAndSwappedChunks) {
  const Bytes wire = sealed({"one", "two", "end"}, 64);
  const std::size_t n = wire.size() / 3;
  const ByteView first = ByteView(wire).first(n), second = ByteView(wire).subspan(n, n);
  const ByteView third = ByteView(wire).subspan(2 * n);
  const std::vector<std::vector<ByteView>> orders = {
      {second, third}, {first, third}, {first, first, second, third}, {second, first, third}, {third, first, second}};
  for (const auto& order : orders) {
    Bytes edited;
    for (const ByteView part : order) append(edited, part);
    EXPECT_EQ(open_all(edited).fault, ChunkFault::open);
  }
}

TEST(ChunkStream, RefusesBytesAfterTheLastChunk) {
  Bytes wire = sealed({"end"});
  wire.push_back(0);
  EXPECT_EQ(open_all(wire).fault, ChunkFault::after_last);
  EXPECT_EQ(open_all(wire, EmptyChunks::refused, 1).fault, ChunkFault::after_last);
}

TEST(ChunkStream, RefusesPaddingThatIsNotZero) {
  EXPECT_EQ(open_all(sealed_plaintext(ByteArray<8>{0, 0, 0, 2, 'h', 'i', 0, 1}, true)).fault, ChunkFault::padding);
  EXPECT_EQ(open_all(sealed_plaintext(ByteArray<8>{0, 0, 0, 2, 'h', 'i', 0, 0}, true)).content, "hi");
}

TEST(ChunkStream, RefusesContentLongerThanThePlaintext) {
  EXPECT_EQ(open_all(sealed_plaintext(ByteArray<6>{0, 0, 0, 3, 'h', 'i'}, true)).fault, ChunkFault::padding);
  EXPECT_EQ(open_all(sealed_plaintext(ByteArray<6>{0xFF, 0xFF, 0xFF, 0xFF, 'h', 'i'}, true)).fault,
            ChunkFault::padding);
}

TEST(ChunkStream, RefusesEmptyChunksInRequestsOnly) {
  const Bytes wire = sealed({"a", "", "b"}, 64);
  EXPECT_EQ(open_all(wire).fault, ChunkFault::empty);
  EXPECT_EQ(open_all(wire, EmptyChunks::allowed).content, "ab");
}

TEST(ChunkStream, RefusesALengthAsSoonAsItIsRead) {
  EXPECT_EQ(open_all(ByteArray<4>{0x00, 0xFF, 0xFF, 0xFF}).fault, ChunkFault::length);
}

TEST(ChunkStream, StaysFailedOnceFailed) {
  const Bytes wire = sealed({"end"});
  Bytes broken = wire;
  broken.back() ^= 1;
  ChunkOpener opener(keys(), EmptyChunks::refused);
  ByteView in = broken;
  EXPECT_EQ(opener.next(in).error(), ChunkFault::open);
  in = wire;
  EXPECT_EQ(opener.next(in).error(), ChunkFault::open);
  EXPECT_FALSE(opener.finished());
}

TEST(ChunkStreamDeathTest, StopsRatherThanSealAfterTheLastChunk) {
  ChunkSealer sealer(keys());
  Bytes out;
  sealer.seal({}, 64, true, out);
  EXPECT_DEATH(sealer.seal({}, 64, true, out), "");
}

}  // namespace
}  // namespace aipg::seal
