// SPDX-License-Identifier: Apache-2.0
#include "base/byte_reader.h"

#include <gtest/gtest.h>

namespace aipg {
namespace {

TEST(ByteReader, ReadsWhatTheWriterWrote) {
  ByteWriter out;
  out.u8(1).u16be(0x0203).u24be(0x040506).u32be(0x0708090a).u64be(0x0b0c0d0e0f101112);
  out.u16le(0x1413).u24le(0x171615).u32le(0x1b1a1918).u64le(0x232221201f1e1d1c).text("end");
  ByteReader in(out.view());
  EXPECT_EQ(in.u8(), 1);
  EXPECT_EQ(in.u16be(), 0x0203);
  EXPECT_EQ(in.u24be(), 0x040506u);
  EXPECT_EQ(in.u32be(), 0x0708090au);
  EXPECT_EQ(in.u64be(), 0x0b0c0d0e0f101112u);
  EXPECT_EQ(in.u16le(), 0x1413);
  EXPECT_EQ(in.u24le(), 0x171615u);
  EXPECT_EQ(in.u32le(), 0x1b1a1918u);
  EXPECT_EQ(in.u64le(), 0x232221201f1e1d1cu);
  EXPECT_EQ(as_text(in.take(3)), "end");
  EXPECT_TRUE(in.finish());
}

TEST(ByteReader, StaysFailedAfterAShortRead) {
  const Bytes two = {1, 2};
  ByteReader in(two);
  EXPECT_EQ(in.u32be(), 0u);
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.u8(), 0) << "a failed reader must not hand out later bytes";
  EXPECT_FALSE(in.finish());
}

TEST(ByteReader, FinishRefusesLeftovers) {
  const Bytes two = {1, 2};
  ByteReader in(two);
  (void)in.u8();
  EXPECT_TRUE(in.ok());
  EXPECT_FALSE(in.finish());
}

TEST(ByteReader, RefusesALengthThatWouldWrap) {
  const Bytes two = {1, 2};
  ByteReader in(two);
  (void)in.u8();
  EXPECT_TRUE(in.take(SIZE_MAX).empty());
  EXPECT_FALSE(in.ok());
}

}  // namespace
}  // namespace aipg
