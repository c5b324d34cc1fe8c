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

TEST(Padding, NamesTheClassesItKnows) {
  EXPECT_EQ(parse_padding(to_text(Padding::p0)), Padding::p0);
  EXPECT_EQ(parse_padding(to_text(Padding::p1)), Padding::p1);
  for (const char* text : {"", "P1", "p2", "p2:2", "p1 "}) {
    ASSERT_FALSE(parse_padding(text)) << text;
    EXPECT_EQ(parse_padding(text).error().code.view(), "unsupported_padding");
  }
}

TEST(Pacer, FlushesP0AtOnce) {
  EXPECT_EQ(Pacer(Padding::p0, milliseconds(1000)).until_flush(milliseconds(1003)).count(), 0);
}

TEST(Pacer, WaitsForTheNextTickOfP1) {
  const Pacer pacer(Padding::p1, milliseconds(1000));
  EXPECT_EQ(pacer.until_flush(milliseconds(1000)).count(), 50);
  EXPECT_EQ(pacer.until_flush(milliseconds(1001)).count(), 49);
  EXPECT_EQ(pacer.until_flush(milliseconds(1050)).count(), 0);
  EXPECT_EQ(pacer.until_flush(milliseconds(1051)).count(), 49);
  EXPECT_EQ(pacer.until_flush(milliseconds(1100)).count(), 0);
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
