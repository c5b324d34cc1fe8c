// SPDX-License-Identifier: Apache-2.0
#include "net/websocket_frame.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "net/websocket_handshake.h"

namespace aipg::net {
namespace {

struct Message {
  Opcode kind;
  Bytes bytes;
};
struct Outcome {
  std::string_view code;        // empty: nothing failed
  std::vector<Message> events;  // binary messages put together
};

Outcome read(ByteView wire, bool masked, std::size_t max = 1 << 20, std::size_t piece = 1 << 20) {
  FrameReader reader(masked, max);
  Outcome out;
  Bytes copy = to_bytes(wire), binary;  // unmasked where they lie
  MutableByteView in = copy;
  while (!in.empty()) {
    MutableByteView part = in.first(std::min(piece, in.size()));
    in = in.subspan(part.size());
    for (;;) {
      auto step = reader.feed(part);
      if (!step) {
        EXPECT_FALSE(reader.feed({}).has_value()) << "came back to life";
        out.code = step.error().code.view();
        return out;
      }
      part = part.subspan(step->consumed);
      if (!step->event) break;
      const auto& [kind, bytes, last] = *step->event;
      if (kind != Opcode::binary) {
        out.events.push_back({kind, to_bytes(bytes)});
        continue;
      }
      append(binary, bytes);
      if (last) out.events.push_back({kind, std::exchange(binary, {})});
    }
  }
  return out;
}

TEST(WebSocketFrame, ReadsTheExamplesOfTheRfc) {
  // RFC 6455, section 5.7.
  const auto hello = read(*from_hex("810548656c6c6f"), false);
  ASSERT_EQ(hello.events.size(), 1U);
  EXPECT_EQ(hello.events[0].kind, Opcode::text);
  EXPECT_EQ(as_text(hello.events[0].bytes), "Hello");
  const auto masked = read(*from_hex("818537fa213d7f9f4d5158"), true);
  ASSERT_EQ(masked.events.size(), 1U);
  EXPECT_EQ(as_text(masked.events[0].bytes), "Hello");
  const auto pieces = read(*from_hex("010348656c80026c6f"), false);
  ASSERT_EQ(pieces.events.size(), 1U);
  EXPECT_EQ(as_text(pieces.events[0].bytes), "Hello");
  const auto ping = read(*from_hex("890548656c6c6f"), false);
  ASSERT_EQ(ping.events.size(), 1U);
  EXPECT_EQ(ping.events[0].kind, Opcode::ping);
  EXPECT_EQ(to_hex(FrameHeader(Opcode::binary, 256, nullptr).view()), "827e0100");
  EXPECT_EQ(to_hex(FrameHeader(Opcode::binary, 65536, nullptr).view()), "827f0000000000010000");
}

TEST(WebSocketFrame, ReadsControlFramesBetweenPieces) {
  const auto out = read(*from_hex("010348656c890170"
                                  "80026c6f"
                                  "8800"),
                        false);
  ASSERT_EQ(out.events.size(), 3U);
  EXPECT_EQ(out.events[0].kind, Opcode::ping);
  EXPECT_EQ(as_text(out.events[1].bytes), "Hello");
  EXPECT_EQ(out.events[2].kind, Opcode::close);
}

TEST(WebSocketFrame, ByteByByteEqualsAllAtOnce) {
  Bytes all;
  const ByteArray<4> mask = {1, 2, 3, 4};
  for (const std::size_t size : {0UL, 1UL, 125UL, 126UL, 1000UL, 65535UL, 65536UL}) {
    Bytes payload(size, 'x');
    append(all, FrameHeader(Opcode::binary, size, &mask).view());
    apply_mask(payload, mask);
    append(all, payload);
  }
  const auto whole = read(all, true);
  ASSERT_EQ(whole.events.size(), 7U);
  EXPECT_EQ(whole.events[6].bytes, Bytes(65536, 'x'));
  for (const std::size_t piece : {1UL, 1000UL}) {
    const auto parts = read(all, true, 1 << 20, piece);
    ASSERT_EQ(parts.events.size(), 7U);
    for (std::size_t i = 0; i < 7; ++i) EXPECT_TRUE(parts.events[i].bytes == whole.events[i].bytes);
  }
}

TEST(WebSocketFrame, RefusesWhatTheRfcForbids) {
  struct Case {
    const char* hex;
    std::string_view code;
  };
  const Case cases[] = {
      {"c100", "ws_protocol"},          // reserved bit: compression
      {"8300", "ws_protocol"},          // unknown opcode
      {"8b00", "ws_protocol"},          // unknown control opcode
      {"818037fa213d", "ws_protocol"},  // masked by a server
      {"8000", "ws_protocol"},          // continues nothing
      {"0101618101", "ws_protocol"},    // a message inside a message
      {"0900", "ws_protocol"},          // ping in pieces
      {"897e007e", "ws_protocol"},      // ping too long
      {"827e007d", "ws_protocol"},      // length not the shortest
      {"827f000000000000ffff", "ws_protocol"},
      {"880100", "ws_protocol"},    // half a close code
      {"880203e7", "ws_protocol"},  // 999
      {"880203ed", "ws_protocol"},  // 1005 is never sent
      {"8803"
       "03e8"
       "ff",
       "ws_text"},  // reason is no UTF-8
      {"8101ff", "ws_text"},
      {"8102c080", "ws_text"},      // overlong
      {"8103eda080", "ws_text"},    // surrogate
      {"8104f4908080", "ws_text"},  // beyond Unicode
      {"8101c3", "ws_text"},        // cut
      {"827e1001", "ws_too_large"},
      {"827fffffffffffffffff", "ws_too_large"},
      {"027e1000", ""},
  };
  for (const Case& c : cases) EXPECT_EQ(read(*from_hex(c.hex), false, 4096).code, c.code) << c.hex;
  EXPECT_EQ(read(*from_hex("8100"), true).code, "ws_protocol") << "a client must mask";
}

TEST(WebSocketFrame, CountsThePiecesOfAMessageTogether) {
  Bytes all = to_bytes(FrameHeader(Opcode::binary, 3000, nullptr).view());
  all[0] = 0x02;  // not the last
  append(all, Bytes(3000, 'x'));
  append(all, FrameHeader(Opcode::continuation, 1097, nullptr).view());
  EXPECT_EQ(read(all, false, 4096).code, "ws_too_large");
}

TEST(WebSocketHandshake, AnswersTheKeyOfTheRfc) {
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(WebSocketHandshake, RefusesRequestsThatAreNoUpgrade) {
  const std::string good =
      "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  const auto answers = [](const std::string& text) {
    const auto parsed = parse_request_head(text);
    return parsed && websocket_answer(parsed->head).has_value();
  };
  EXPECT_TRUE(answers(good));
  const auto edited = [&](std::string_view from, std::string_view to) {
    std::string out = good;
    out.replace(out.find(from), from.size(), to);
    return out;
  };
  EXPECT_FALSE(answers(edited("GET", "POST")));
  EXPECT_FALSE(answers(edited("Upgrade: WebSocket\r\n", "")));
  EXPECT_FALSE(answers(edited(", Upgrade", "")));
  EXPECT_FALSE(answers(edited("Version: 13", "Version: 8")));
  EXPECT_FALSE(answers(edited("Sec-WebSocket-Version: 13\r\n", "")));
  EXPECT_FALSE(answers(edited("dGhl", "")));
  EXPECT_FALSE(answers(edited("==", "=")));
  EXPECT_FALSE(answers(edited("dGhl", "dG~l")));
}

TEST(WebSocketHandshake, WritesNoRequestThatWouldSplit) {
  Headers headers;
  EXPECT_TRUE(websocket_request({}, "/ws", headers, "key").has_value());
  EXPECT_EQ(websocket_request({}, "/ws HTTP/1.1\r\nX: y", headers, "key").error().code, Literal("ws_handshake"));
  headers.add("X", "a\r\nY: b");
  EXPECT_EQ(websocket_request({}, "/ws", headers, "key").error().code, Literal("ws_handshake"));
}

TEST(WebSocketHandshake, RefusesAnswersThatProveNothing) {
  const std::string key = "dGhlIHNhbXBsZSBub25jZQ==";
  const std::string good =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
  const auto accepted = [&](const std::string& text) {
    const auto parsed = parse_response_head(text);
    return parsed && check_websocket_answer(parsed->head, key).has_value();
  };
  EXPECT_TRUE(accepted(good));
  const auto edited = [&](std::string_view from, std::string_view to) {
    std::string out = good;
    out.replace(out.find(from), from.size(), to);
    return out;
  };
  EXPECT_FALSE(accepted(edited("101", "200")));
  EXPECT_FALSE(accepted(edited("Upgrade: websocket\r\n", "")));
  EXPECT_FALSE(accepted(edited("Connection: Upgrade\r\n", "")));
  EXPECT_FALSE(accepted(edited("s3pP", "s3pQ")));
  EXPECT_FALSE(accepted(edited("\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n")));
}

}  // namespace
}  // namespace aipg::net
