// SPDX-License-Identifier: Apache-2.0
// WebSocket frames (RFC 6455, section 5). Strict: no reserved bits, no unknown
// opcodes, shortest lengths, masks exactly from the client, UTF-8 in texts.
// Sans-I/O; stays failed once failed. Private to net/.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace aipg::net {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

// Reads frames. Texts and control frames are put together; a binary message is told in the pieces it comes in.
class FrameReader {
 public:
  struct Event {
    Opcode kind = Opcode::binary;  // text, binary, close, ping or pong
    ByteView bytes;                // valid until the next feed(); a binary piece lies in what was fed
    bool last = true;              // of a binary message; everything else is whole
  };
  struct Step {
    std::size_t consumed = 0;
    std::optional<Event> event;  // none: everything was consumed, feed more
  };
  // `masked`: frames come from a client.
  FrameReader(bool masked, std::size_t max_message_bytes) : masked_(masked), max_bytes_(max_message_bytes) {}

  // Takes bytes up to the end of one event, and unmasks payloads where they lie.
  // Errors: ws_protocol, ws_too_large, ws_text.
  [[nodiscard]] Result<Step> feed(MutableByteView in);

 private:
  [[nodiscard]] Result<void> header_byte(std::uint8_t byte);
  [[nodiscard]] Result<void> header_done();
  [[nodiscard]] MutableByteView take_payload(MutableByteView in);
  [[nodiscard]] Result<std::optional<Event>> frame_done();
  [[nodiscard]] Result<Event> control_done();
  [[nodiscard]] std::size_t header_size() const;
  [[nodiscard]] bool control() const { return (static_cast<unsigned>(opcode_) & 8U) != 0; }
  [[nodiscard]] std::unexpected<Error> failed(Literal code, Literal where);

  bool masked_;
  std::size_t max_bytes_;
  bool failed_ = false;

  ByteArray<14> header_{};
  std::size_t header_have_ = 0;
  bool in_payload_ = false;
  Opcode opcode_ = Opcode::binary;
  bool final_ = false;
  std::uint64_t left_ = 0;
  ByteArray<4> mask_{};
  std::size_t mask_at_ = 0;

  std::optional<Opcode> message_kind_;  // of the message that has begun
  std::uint64_t message_bytes_ = 0;     // its frames' payloads, the one being read included
  Bytes text_, control_;                // being put together
  Bytes* told_ = nullptr;               // of these, what was told and is not needed any more
};

// What stands before a payload.
class FrameHeader {
 public:
  // `mask`: null for a server.
  FrameHeader(Opcode opcode, std::size_t payload_bytes, const ByteArray<4>* mask);
  [[nodiscard]] ByteView view() const { return ByteView(bytes_).first(size_); }

 private:
  static constexpr std::size_t kMostBytes = 14;
  ByteArray<kMostBytes> bytes_;
  std::size_t size_ = 0;
};
void apply_mask(MutableByteView payload, const ByteArray<4>& mask, std::size_t at = 0);
[[nodiscard]] bool is_utf8(ByteView text);

}  // namespace aipg::net
