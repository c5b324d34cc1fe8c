// SPDX-License-Identifier: Apache-2.0
#include "seal/padding.h"

#include <gtest/gtest.h>

#include "seal/pacer.h"

namespace aipg::seal {
namespace {

TEST(Padding, FillsEveryRequestChunkButTheLast) {
  EXPECT_EQ(request_chunk_plaintext(kMaxChunkContent, false), 65'536U);
}

TEST(Padding, PadsTheLastRequestChunkToAPowerOfTwoFromOneKiB) {
  EXPECT_EQ(request_chunk_plaintext(1, true), 1024U);
  EXPECT_EQ(request_chunk_plaintext(1020, true), 1024U);
  EXPECT_EQ(request_chunk_plaintext(1021, true), 2048U);
  EXPECT_EQ(request_chunk_plaintext(32'764, true), 32'768U);
  EXPECT_EQ(request_chunk_plaintext(kMaxChunkContent, true), 65'536U);
}

TEST(Padding, PadsP1AnswersToAPowerOfTwoFrom512Bytes) {
  EXPECT_EQ(response_chunk_plaintext(Padding::p1, 0), 512U);
  EXPECT_EQ(response_chunk_plaintext(Padding::p1, 508), 512U);
  EXPECT_EQ(response_chunk_plaintext(Padding::p1, 509), 1024U);
  EXPECT_EQ(response_chunk_plaintext(Padding::p1, kMaxChunkContent), 65'536U);
}

TEST(Padding, PadsP0AnswersToMultiplesOf256Bytes) {
  EXPECT_EQ(response_chunk_plaintext(Padding::p0, 1), 256U);
  EXPECT_EQ(response_chunk_plaintext(Padding::p0, 252), 256U);
  EXPECT_EQ(response_chunk_plaintext(Padding::p0, 253), 512U);
  EXPECT_EQ(response_chunk_plaintext(Padding::p0, kMaxChunkContent), 65'536U);
}

TEST(Padding, FillsEveryP2AnswerChunk) {
  for (const unsigned kib : {1U, 2U, 4U, 8U, 16U, 32U, 64U}) {
    const Padding padding = Padding::p2(kib);
    EXPECT_EQ(most_response_content(padding), kib * 1024U - 4);
    EXPECT_EQ(response_chunk_plaintext(padding, 0), kib * 1024U);
    EXPECT_EQ(response_chunk_plaintext(padding, kib * 1024U - 4), kib * 1024U);
  }
}

TEST(Padding, KnowsTheSizesOfEachClass) {
  const std::tuple<Padding, std::vector<std::size_t>, std::vector<std::size_t>> cases[] = {
      {Padding::p0, {256, 512, 768, 65'536}, {0, 4, 255, 257, 65'792}},
      {Padding::p1, {512, 1024, 65'536}, {0, 4, 256, 511, 768, 131'072}},
      {Padding::p2(1), {1024}, {0, 512, 1023, 2048}},
      {Padding::p2(64), {65'536}, {0, 1024, 32'768, 131'072}},
  };
  for (const auto& [padding, good, bad] : cases) {
    for (const std::size_t bytes : good) EXPECT_TRUE(is_response_chunk_plaintext(padding, bytes)) << bytes;
    for (const std::size_t bytes : bad) EXPECT_FALSE(is_response_chunk_plaintext(padding, bytes)) << bytes;
  }
}

TEST(Padding, NamesTheClassesItKnows) {
  for (const char* text : {"p0", "p1", "p2:1", "p2:2", "p2:4", "p2:8", "p2:16", "p2:32", "p2:64"}) {
    ASSERT_TRUE(parse_padding(text)) << text;
    EXPECT_EQ(to_text(*parse_padding(text)), text);
  }
  EXPECT_EQ(parse_padding("p0"), Padding::p0);
  EXPECT_EQ(parse_padding("p1"), Padding::p1);
  EXPECT_EQ(parse_padding("p2:16"), Padding::p2(16));
}

TEST(Padding, TakesTwoKiBForP2WithoutANumber) { EXPECT_EQ(parse_padding("p2"), Padding::p2(2)); }

TEST(Padding, RefusesEveryOtherSpelling) {
  for (const char* text :
       {"",     "p",      "p3",    "P1",    "P2",    "p1 ",   "p1:2",   "p2:",    "p2:0",          "p2:02",
        "p2:3", "p2:128", "p2:-2", "p2:+2", "p2: 2", "p2:2 ", "p2:2:2", "p2:0x2", "p2:4294967298", "p2;2"}) {
    ASSERT_FALSE(parse_padding(text)) << text;
    EXPECT_EQ(parse_padding(text).error().code.view(), "unsupported_padding");
  }
  EXPECT_FALSE(parse_padding(std::string_view("p2\0", 3)));
}

TEST(PaddingDeathTest, StopsAtAChunkThatHoldsMoreThanItsRate) {
  EXPECT_DEATH((void)response_chunk_plaintext(Padding::p2(2), 2045), "");
  EXPECT_DEATH((void)Padding::p2(3), "");
  EXPECT_DEATH((void)Padding::p2(128), "");
}

TEST(Pacer, FlushesP0AtOnce) {
  EXPECT_EQ(Pacer(Padding::p0, milliseconds(1000)).until_flush(milliseconds(1003)).count(), 0);
}

TEST(Pacer, WaitsForTheNextTickOfP1AndP2) {
  for (const Padding padding : {Padding::p1, Padding::p2(2)}) {
    const Pacer pacer(padding, milliseconds(1000));
    EXPECT_EQ(pacer.until_flush(milliseconds(1000)).count(), 50);
    EXPECT_EQ(pacer.until_flush(milliseconds(1001)).count(), 49);
    EXPECT_EQ(pacer.until_flush(milliseconds(1050)).count(), 0);
    EXPECT_EQ(pacer.until_flush(milliseconds(1051)).count(), 49);
    EXPECT_EQ(pacer.until_flush(milliseconds(1100)).count(), 0);
  }
}

TEST(Pacer, DoesNotMakeUpForTicksThatPassed) {
  Pacer pacer(Padding::p2(2), milliseconds(1000));
  pacer.flushed(milliseconds(1230));
  EXPECT_EQ(pacer.until_flush(milliseconds(1230)).count(), 20);
  pacer.flushed(milliseconds(1250));
  EXPECT_EQ(pacer.until_flush(milliseconds(1250)).count(), 50);
}

TEST(Pacer, FlushesOnceATick) {
  Pacer pacer(Padding::p1, milliseconds(1000));
  pacer.flushed(milliseconds(1050));
  EXPECT_EQ(pacer.until_flush(milliseconds(1050)).count(), 50);
  EXPECT_EQ(pacer.until_flush(milliseconds(1051)).count(), 49);
  EXPECT_EQ(pacer.until_flush(milliseconds(1100)).count(), 0);
}

}  // namespace
}  // namespace aipg::seal
