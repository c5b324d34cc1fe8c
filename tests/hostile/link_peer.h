// SPDX-License-Identifier: Apache-2.0
// Either end of a worker link that obeys no rule of it: says what it is told to
// say, byte for byte, and keeps all that it hears. What it reads it reads by
// our own parsers, so the other side's words are judged too.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "link/control.h"
#include "link/mux.h"
#include "net/websocket_frame.h"
#include "wire.h"

namespace aipg::hostile {

// One frame of the link, whether it may be written so or not.
[[nodiscard]] Bytes frame(std::uint32_t stream, unsigned type, ByteView payload, unsigned flags = 0);
[[nodiscard]] inline Bytes frame(std::uint32_t stream, link::FrameType type, ByteView payload = {}) {
  return frame(stream, static_cast<unsigned>(type), payload);
}
[[nodiscard]] Bytes credit(std::uint32_t stream, std::uint32_t bytes);
[[nodiscard]] Bytes operator+(Bytes a, const Bytes& b);

class LinkPeer {
 public:
  struct Frame {
    std::uint32_t stream = 0;
    link::FrameType type{};
    Bytes payload;
  };

  // As a worker: up to the gateway's 101.
  [[nodiscard]] static LinkPeer dial(std::uint16_t port);
  // As a gateway: up to the answer to a worker that has just connected.
  [[nodiscard]] static LinkPeer answer(Wire wire);
  // The same, and says nothing yet.
  [[nodiscard]] static LinkPeer silent(Wire wire) { return {std::move(wire), false}; }

  // --- saying ---
  void control(const link::Control& message) { text(link::write_control(message)); }
  void text(std::string_view message) { websocket(0x81, as_bytes(message)); }
  void frames(ByteView message) { websocket(0x82, message); }
  // A WebSocket frame with this first byte.
  void websocket(unsigned first, ByteView payload) { raw(websocket_bytes(first, payload)); }
  [[nodiscard]] Bytes websocket_bytes(unsigned first, ByteView payload) const;
  // False when the other side has gone or takes nothing.
  bool raw(ByteView bytes, milliseconds patience = kPatience) { return wire_.send(bytes, patience); }

  // --- hearing ---
  // Reads until it holds, or the link ended, or for `patience`. True when it holds.
  bool hear(const std::function<bool()>& condition, milliseconds patience = kPatience);
  // The next control message of that kind that was not taken yet.
  template <typename T>
  [[nodiscard]] std::optional<T> take(milliseconds patience = kPatience) {
    (void)hear(
        [this] { return std::ranges::any_of(controls, [](const auto& c) { return std::holds_alternative<T>(c); }); },
        patience);
    const auto found = std::ranges::find_if(controls, [](const auto& c) { return std::holds_alternative<T>(c); });
    if (found == controls.end()) return std::nullopt;
    T out = std::get<T>(*found);
    controls.erase(found);
    return out;
  }
  // The first frame of this stream and type.
  [[nodiscard]] const Frame* find(std::uint32_t stream, link::FrameType type) const;
  bool hear(std::uint32_t stream, link::FrameType type, milliseconds patience = kPatience) {
    return hear([&] { return find(stream, type) != nullptr; }, patience);
  }
  bool hear_end(milliseconds patience = kPatience) {
    return hear([this] { return ended; }, patience);
  }
  // All the DATA of a stream.
  [[nodiscard]] Bytes data(std::uint32_t stream) const;

  std::vector<link::Control> controls;
  std::vector<Frame> heard;
  std::optional<unsigned> close_code;
  bool ended = false;
  bool answers_pings = true, answers_close = true;
  std::size_t pings = 0, pongs = 0;
  std::string broke;  // a rule that the other side broke
  Wire wire_;

 private:
  LinkPeer(Wire wire, bool worker) : wire_(std::move(wire)), worker_(worker), reader_(!worker, 8U << 20) {}
  void take_event(const net::FrameReader::Event& event);
  void take_frames(ByteView message);

  bool worker_;
  net::FrameReader reader_;
  Bytes binary_;
};

}  // namespace aipg::hostile
