// SPDX-License-Identifier: Apache-2.0
#include "link_peer.h"

#include <algorithm>
#include <chrono>

#include "api/names.h"
#include "base/byte_reader.h"
#include "net/http.h"
#include "net/websocket_handshake.h"

namespace aipg::hostile {
namespace {

constexpr ByteArray<4> kMask{0x11, 0x22, 0x33, 0x44};

// A head, up to its empty line. Nobody speaks on before the other has answered.
std::string read_head(Wire& wire) {
  Bytes in;
  while (!as_text(in).contains("\r\n\r\n")) {
    if (wire.read(in) != Wire::Came::bytes) break;
  }
  return to_text(in);
}

}  // namespace

Bytes frame(std::uint32_t stream, unsigned type, ByteView payload, unsigned flags) {
  ByteWriter out;
  const auto size = static_cast<std::uint32_t>(payload.size());
  out.u32be(stream).u8(static_cast<std::uint8_t>(type)).u8(static_cast<std::uint8_t>(flags));
  out.u8(static_cast<std::uint8_t>(size >> 16)).u16be(static_cast<std::uint16_t>(size)).bytes(payload);
  return std::move(out).take();
}

Bytes credit(std::uint32_t stream, std::uint32_t bytes) {
  return frame(stream, link::FrameType::credit, ByteWriter().u32be(bytes).view());
}

Bytes operator+(Bytes a, const Bytes& b) {
  append(a, b);
  return a;
}

LinkPeer LinkPeer::dial(std::uint16_t port) {
  LinkPeer out(Wire::connect(port), true);
  net::Address address;
  address.host = "127.0.0.1";
  address.port = port;
  const auto request = net::websocket_request(address, api::kWorkerLinkPath, {}, net::make_websocket_key());
  out.wire_.send(*request);
  // The hello may come with the 101.
  std::string head = read_head(out.wire_);
  const std::size_t end = head.find("\r\n\r\n");
  if (!head.starts_with("HTTP/1.1 101") || end == std::string::npos) {
    out.ended = true;
    out.broke = "no 101: " + head;
    return out;
  }
  Bytes early = to_bytes(as_bytes(head).subspan(end + 4));
  MutableByteView in = early;
  while (true) {
    const auto step = out.reader_.feed(in);
    if (!step || !step->event) return out;
    in = in.subspan(step->consumed);
    out.take_event(*step->event);
  }
}

LinkPeer LinkPeer::answer(Wire wire) {
  LinkPeer out(std::move(wire), false);
  const std::string head = out.wire_.open() ? read_head(out.wire_) : std::string();
  const auto parsed = net::parse_request_head(head);
  const auto answer = parsed ? net::websocket_answer(parsed->head) : Result<std::string>(fail("no_upgrade"));
  out.ended = !answer;
  if (answer) out.wire_.send(*answer);
  return out;
}

Bytes LinkPeer::websocket_bytes(unsigned first, ByteView payload) const {
  Bytes out = to_bytes(net::FrameHeader(net::Opcode::binary, payload.size(), worker_ ? &kMask : nullptr).view());
  out[0] = static_cast<std::uint8_t>(first);
  const std::size_t at = out.size();
  append(out, payload);
  if (worker_) net::apply_mask(MutableByteView(out).subspan(at), kMask);
  return out;
}

bool LinkPeer::hear(const std::function<bool()>& condition, milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    const auto left = std::chrono::duration_cast<milliseconds>(end - std::chrono::steady_clock::now());
    if (ended || left < milliseconds(0)) return false;
    Bytes came;
    const auto outcome = wire_.read(came, left);
    if (outcome == Wire::Came::end) ended = true;
    MutableByteView in = came;
    while (!in.empty()) {
      const auto step = reader_.feed(in);
      if (!step) {
        broke = "websocket";
        ended = true;
        break;
      }
      in = in.subspan(step->consumed);
      if (step->event) take_event(*step->event);
    }
  }
  return true;
}

const LinkPeer::Frame* LinkPeer::find(std::uint32_t stream, link::FrameType type) const {
  const auto found =
      std::ranges::find_if(heard, [&](const Frame& each) { return each.stream == stream && each.type == type; });
  return found == heard.end() ? nullptr : &*found;
}

Bytes LinkPeer::data(std::uint32_t stream) const {
  Bytes out;
  for (const Frame& each : heard) {
    if (each.stream == stream && each.type == link::FrameType::data) append(out, each.payload);
  }
  return out;
}

void LinkPeer::take_event(const net::FrameReader::Event& event) {
  switch (event.kind) {
    case net::Opcode::text:
      if (auto message = link::parse_control(as_text(event.bytes))) {
        controls.push_back(*std::move(message));
      } else {
        broke = "control: " + to_text(event.bytes);
      }
      return;
    case net::Opcode::ping:
      ++pings;
      if (answers_pings) websocket(0x8a, event.bytes);
      return;
    case net::Opcode::pong:
      ++pongs;
      return;
    case net::Opcode::close:
      close_code = event.bytes.size() >= 2 ? event.bytes[0] << 8 | event.bytes[1] : 1005;
      if (answers_close) websocket(0x88, event.bytes);
      return;
    default:
      append(binary_, event.bytes);
      if (event.last) take_frames(std::exchange(binary_, {}));
  }
}

void LinkPeer::take_frames(ByteView message) {
  ByteReader in(message);
  while (true) {
    const auto next = link::read_frame(in);
    if (!next) broke = "frame";
    if (!next || !*next) return;
    heard.push_back({(*next)->stream, (*next)->type, to_bytes((*next)->payload)});
  }
}

}  // namespace aipg::hostile
