// SPDX-License-Identifier: Apache-2.0
// The worker link's streams and credits, sans-I/O, both ends. One job is one
// stream: OPEN and request DATA from the gateway, response DATA and END (the
// receipt) from the worker, REFUSE instead of any DATA, RESET from either side
// to cancel, ACK once the receipt is committed.
//
// How a stream ends: each side sends one final frame and nothing after it: END,
// REFUSE or RESET the worker, ACK or RESET the gateway. Whoever receives a
// final frame but END without having sent its own answers with RESET. So both
// know when an id is dead. Between its own final frame and the peer's, a side
// checks what still arrives by the same rules, and drops it.
//
// A violation by the peer is a connection error: receive() fails and stays
// failed; the owner drops the link. Output gathers until take_output(), so an
// owner writes once per loop turn. Not for concurrent use.
// Errors: link_frame, link_stream (unknown, reused, out of order id), link_credit, link_state, link_limit.
#pragma once

#include <memory>
#include <string_view>

#include "link/frame.h"

namespace aipg::link {

enum class Role : std::uint8_t { gateway, worker };

inline constexpr std::uint32_t kInitialCredit = 256 * 1024;  // bytes of DATA each way per stream before any CREDIT
inline constexpr std::uint32_t kMaxCredit = 4U << 20;        // outstanding credit may not exceed this
inline constexpr std::size_t kMaxStreams = 1024;             // open at once
inline constexpr std::size_t kMaxMessageBytes = 1U << 20;    // that take_output() makes
inline constexpr std::size_t kMaxEvidenceBytes = 2U << 20;   // on stream 0, after its announcement

class MuxEvents {
 public:
  virtual ~MuxEvents() = default;
  // Worker only: a job begins.
  virtual void on_open(std::uint32_t stream, const ByteArray<16>& job_id) = 0;
  // Payload views are valid until Mux::heard(), as far as the piece is. Call Mux::consumed() when done with the bytes,
  // then or later.
  virtual void on_data(std::uint32_t stream, ByteView bytes) = 0;
  // Gateway: the answer is complete, with its receipt. Worker: the request is complete (payload empty).
  virtual void on_end(std::uint32_t stream, ByteView payload) = 0;
  virtual void on_refuse(std::uint32_t stream, std::string_view code) = 0;  // gateway only
  virtual void on_reset(std::uint32_t stream) = 0;
  virtual void on_credit(std::uint32_t stream) = 0;  // more may be sent
  virtual void on_ack(std::uint32_t stream) = 0;     // worker only; the stream is gone
  // Evidence bytes on stream 0, gateway only.
  virtual void on_evidence(ByteView bytes) = 0;
};

class Mux {
 public:
  explicit Mux(Role role);
  ~Mux();
  Mux(Mux&&) noexcept;

  // A piece of a message; the message ends with `last`, and may not end inside a frame. Payloads are told whole.
  [[nodiscard]] Result<void> receive(ByteView piece, bool last, MuxEvents& events);
  [[nodiscard]] Result<void> receive(ByteView message, MuxEvents& events) { return receive(message, true, events); }

  // Nobody looks at payloads any more that were told.
  void heard();

  // Sending on a stream that is gone, or that this side has ended, does
  // nothing: it may have been reset a moment ago.

  // Gateway: begins a job on a fresh stream id. 0 unless can_open().
  [[nodiscard]] std::uint32_t open(const ByteArray<16>& job_id);
  // Sends as much as credit allows and returns how much that was.
  [[nodiscard]] std::size_t send_data(std::uint32_t stream, ByteView bytes);
  [[nodiscard]] std::size_t send_credit(std::uint32_t stream) const;  // DATA bytes that may be sent now
  // Gateway: end of the request, empty payload. Worker: end of the answer, the receipt.
  void send_end(std::uint32_t stream, ByteView payload);
  // Worker; the stream is gone. After DATA it is too late to refuse: RESET goes out instead.
  void send_refuse(std::uint32_t stream, std::string_view code);
  void send_reset(std::uint32_t stream);  // the stream is gone
  void send_ack(std::uint32_t stream);    // gateway, after END; the stream is gone
  void send_evidence(ByteView bytes);     // worker, stream 0; at most 2 MiB
  // Gateway: so many bytes of evidence were announced, and may come. Error: link_state when the last ones are due
  // still.
  [[nodiscard]] Result<void> expect_evidence(std::size_t n);
  // The receiver has dealt with n bytes of this stream: credit returns to the sender, half a window at a time.
  void consumed(std::uint32_t stream, std::size_t n);

  [[nodiscard]] bool is_open(std::uint32_t stream) const;
  [[nodiscard]] std::size_t open_streams() const;
  // False when kMaxStreams are taken, those included that the peer has still to let go of, and when ids have run out.
  [[nodiscard]] bool can_open() const;
  [[nodiscard]] bool has_output() const { return output_bytes() != 0; }
  [[nodiscard]] std::size_t output_bytes() const;
  // Whole frames in order, at most kMaxMessageBytes, as one message. Call while has_output().
  [[nodiscard]] Bytes take_output();
  // Its memory, to be used again, here or by another.
  static void recycle(Bytes message);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace aipg::link
