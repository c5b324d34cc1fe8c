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

// Reads frames and puts messages together.
class FrameReader {
 public:
  struct Event {
    Opcode kind = Opcode::binary;  // text, binary, close, ping or pong
    Bytes bytes;                   // a whole message, or a control frame's payload
  };
  struct Step {
    std::size_t consumed = 0;
    std::optional<Event> event;  // none: everything was consumed, feed more
  };
  // `masked`: frames come from a client.
  FrameReader(bool masked, std::size_t max_message_bytes) : masked_(masked), max_bytes_(max_message_bytes) {}

  // Takes bytes up to the end of one event. Errors: ws_protocol, ws_too_large, ws_text.
  [[nodiscard]] Result<Step> feed(ByteView in);

 private:
  [[nodiscard]] Result<void> header_byte(std::uint8_t byte);
  [[nodiscard]] Result<void> header_done();
  [[nodiscard]] std::size_t take_payload(ByteView in);
  [[nodiscard]] Result<std::optional<Event>> frame_done();
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
  std::size_t mask_at_ = 0;

  std::optional<Opcode> message_kind_;  // of the message being put together
  Bytes message_, control_;
};

// What stands before a payload. `mask`: null for a server.
[[nodiscard]] Bytes frame_header(Opcode opcode, std::size_t payload_bytes, const ByteArray<4>* mask);
void apply_mask(MutableByteView payload, const ByteArray<4>& mask, std::size_t at = 0);
[[nodiscard]] bool is_utf8(ByteView text);

}  // namespace aipg::net
