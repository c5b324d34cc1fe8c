// SPDX-License-Identifier: Apache-2.0
#include "net/chunked.h"

#include <gtest/gtest.h>

#include <optional>

namespace aipg::net {
namespace {

// The decoded body when it is whole and nothing failed.
std::optional<std::string> decode(std::string_view text, std::size_t piece = 1 << 20) {
  ChunkedDecoder decoder;
  std::string out;
  while (!text.empty() && !decoder.done()) {
    ByteView in = as_bytes(text.substr(0, piece));
    text.remove_prefix(in.size());
    while (!in.empty() && !decoder.done()) {
      const auto step = decoder.feed(in);
      if (!step) {
        EXPECT_EQ(step.error().code, Literal("http_chunk"));
        EXPECT_FALSE(decoder.feed(as_bytes("0\r\n\r\n")).has_value()) << "came back to life";
        return std::nullopt;
      }
      out += as_text(step->data);
      in = in.subspan(step->consumed);
    }
  }
  if (!decoder.done()) return std::nullopt;
  return out;
}

TEST(Chunked, ReadsChunksWholeAndByteByByte) {
  for (const std::size_t piece : {1UL, 2UL, 3UL, 7UL, 1000UL}) {
    EXPECT_EQ(decode("3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", piece), "abc0123456789");
    EXPECT_EQ(decode("0\r\n\r\n", piece), "");
    EXPECT_EQ(decode("00000003\r\nabc\r\n000\r\n\r\n", piece), "abc");
  }
}

TEST(Chunked, LeavesWhatFollowsTheEnd) {
  ChunkedDecoder decoder;
  const auto step = decoder.feed(as_bytes("0\r\n\r\nGET /"));
  ASSERT_TRUE(step.has_value());
  EXPECT_TRUE(decoder.done());
  EXPECT_EQ(step->consumed, 5U);
}

TEST(Chunked, RefusesEverythingThatTwoReadersReadDifferently) {
  for (const std::string_view text : {
           "3;ext=1\r\nabc\r\n0\r\n\r\n",
           "3 \r\nabc\r\n0\r\n\r\n",
           " 3\r\nabc\r\n0\r\n\r\n",
           "+3\r\nabc\r\n0\r\n\r\n",
           "-3\r\nabc\r\n0\r\n\r\n",
           "0x3\r\nabc\r\n0\r\n\r\n",
           "3\nabc\r\n0\r\n\r\n",
           "3\rabc\r\n0\r\n\r\n",
           "3\r\nabc0\r\n\r\n",
           "3\r\nabcd\r\n0\r\n\r\n",
           "3\r\nabc\n0\r\n\r\n",
           "\r\n0\r\n\r\n",
           "g\r\n\r\n",
           "100000003\r\nabc\r\n",
           "000000003\r\nabc\r\n",
           "0\r\nTrailer: x\r\n\r\n",
           "0\r\n\n",
           "0\n\n",
           "3\r\nabc\r\r\n",
           "0;a\r\n\r\n",
       }) {
    EXPECT_EQ(decode(text), std::nullopt) << text;
    EXPECT_EQ(decode(text, 1), std::nullopt) << text;
  }
}

TEST(Chunked, WritesWhatItReads) {
  const std::string body(70000, 'x');
  EXPECT_EQ(decode(chunk_prefix(body.size()) + body + std::string(kChunkSuffix) + std::string(kLastChunk)), body);
}

}  // namespace
}  // namespace aipg::net
