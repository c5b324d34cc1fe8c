// SPDX-License-Identifier: Apache-2.0
#include "link/frame.h"

#include <gtest/gtest.h>

namespace aipg::link {
namespace {

Bytes frame(std::uint32_t stream, FrameType type, std::size_t size) {
  Bytes out;
  write_frame(out, stream, type, Bytes(size, 0xEE));
  return out;
}

Error error_of(ByteView message) {
  ByteReader in(message);
  const auto read = read_frame(in);
  return read ? Error{} : read.error();
}

TEST(LinkFrame, IsNineBytesOfHeaderThenThePayload) {
  Bytes out;
  write_frame(out, 0x01020304, FrameType::data, Bytes{0xAA, 0xBB});
  EXPECT_EQ(out, (Bytes{1, 2, 3, 4, 2, 0, 0, 0, 2, 0xAA, 0xBB}));
}

TEST(LinkFrame, ReadsManyFramesOfOneMessage) {
  Bytes message = frame(7, FrameType::open, kOpenBytes);
  append(message, frame(7, FrameType::data, kMaxDataBytes));
  append(message, frame(7, FrameType::end, 0));
  ByteReader in(message);
  for (const FrameType type : {FrameType::open, FrameType::data, FrameType::end}) {
    const auto read = read_frame(in);
    ASSERT_TRUE(read && *read);
    EXPECT_EQ((*read)->type, type);
    EXPECT_EQ((*read)->stream, 7U);
  }
  EXPECT_FALSE(read_frame(in)->has_value());
}

TEST(LinkFrame, RefusesEveryTruncation) {
  const Bytes whole = frame(1, FrameType::data, 3);
  for (std::size_t n = 1; n < whole.size(); ++n)
    EXPECT_EQ(error_of(ByteView(whole).first(n)).code.view(), "link_frame");
}

TEST(LinkFrame, RefusesUnknownTypes) {
  for (const std::uint8_t type : {0, 8, 255}) {
    Bytes message = frame(1, FrameType::ack, 0);
    message[4] = type;
    EXPECT_EQ(error_of(message), (Error{"link_frame", "type", 0}));
  }
}

TEST(LinkFrame, RefusesFlags) {
  Bytes message = frame(1, FrameType::ack, 0);
  message[5] = 1;
  EXPECT_EQ(error_of(message), (Error{"link_frame", "flags", 0}));
}

TEST(LinkFrame, RefusesPayloadSizesThatTheTypeDoesNotAllow) {
  const std::pair<FrameType, std::size_t> wrong[] = {
      {FrameType::open, kOpenBytes - 1},
      {FrameType::open, kOpenBytes + 1},
      {FrameType::data, 0},
      {FrameType::data, kMaxDataBytes + 1},
      {FrameType::end, kMaxEndBytes + 1},
      {FrameType::refuse, 0},
      {FrameType::refuse, kMaxRefuseBytes + 1},
      {FrameType::reset, 1},
      {FrameType::credit, 3},
      {FrameType::credit, 5},
      {FrameType::ack, 1},
  };
  for (const auto& [type, size] : wrong) {
    ByteWriter message;
    message.u32be(1).u8(static_cast<std::uint8_t>(type)).u8(0).u24be(static_cast<std::uint32_t>(size)).zeros(size);
    EXPECT_EQ(error_of(message.view()), (Error{"link_frame", "length", 0})) << static_cast<int>(type) << " " << size;
  }
}

}  // namespace
}  // namespace aipg::link
