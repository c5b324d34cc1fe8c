// SPDX-License-Identifier: Apache-2.0
#include "net/websocket_stream.h"

#include <openssl/rand.h>

#include "net/read_buffer.h"
#include "net/tls.h"
#include "net/websocket_frame.h"
#include "net/websocket_handshake.h"

namespace aipg::net {
namespace {

constexpr std::size_t kRead = 32 * 1024;
// How long the peer may take to answer a close.
constexpr milliseconds kGoodbye{2000};

class StreamWebSocket final : public WebSocket {
 public:
  StreamWebSocket(Runtime& runtime, std::shared_ptr<Stream> stream, ByteView early, WebSocketRole role,
                  const WebSocketOptions& options)
      : stream_(std::move(stream)),
        role_(role),
        idle_(options.idle),
        frames_(role == WebSocketRole::server, options.max_message_bytes),
        write_free_(runtime),
        silence_(runtime, [this] { silent(); }) {
    stream_->write_limit(idle_);
    in_.append(early);
  }
  ~StreamWebSocket() override { stream_->detach(); }
  StreamWebSocket(const StreamWebSocket&) = delete;
  StreamWebSocket& operator=(const StreamWebSocket&) = delete;

  [[nodiscard]] Task<Result<Message>> receive() override;
  [[nodiscard]] Task<Result<void>> send(bool text, ByteView bytes) override;
  [[nodiscard]] Task<void> close() override;
  void abort() override {
    failed_ = true;
    stream_->close();
  }
  [[nodiscard]] ByteArray<32> channel_binding() const override { return stream_->channel_binding(); }

 private:
  struct Frame {
    Bytes header, masked;  // `masked` is the payload of a client's frame
  };
  [[nodiscard]] Frame make_frame(Opcode opcode, ByteView payload) const;
  [[nodiscard]] Task<bool> fill();
  [[nodiscard]] std::optional<Result<Message>> take(FrameReader::Event event);
  [[nodiscard]] std::unexpected<Error> ended();
  [[nodiscard]] std::unexpected<Error> refuse(const Error& error);
  void queue_control(Opcode opcode, ByteView payload);
  void queue_close(std::uint16_t code);
  void flush_control();
  void write_ended(bool ok);
  void silent();

  std::shared_ptr<Stream> stream_;  // shared with the server's connection
  WebSocketRole role_;
  milliseconds idle_;
  FrameReader frames_;
  ReadBuffer in_;

  // One write at a time; control frames wait for its end and go first then.
  bool writing_ = false;
  Bytes control_, control_writing_;
  Event write_free_;

  Timer silence_;
  bool receiving_ = false;
  bool pinged_ = false;
  bool failed_ = false;
  bool close_sent_ = false;
  bool close_received_ = false;
};

// --- receiving ---

Task<Result<WebSocket::Message>> StreamWebSocket::receive() {
  for (;;) {
    if (failed_ || close_received_) co_return ended();
    auto step = frames_.feed(in_.view());
    if (!step) co_return refuse(step.error());
    in_.consume(step->consumed);
    if (step->event) {
      if (auto message = take(*std::move(step->event))) co_return *std::move(message);
    } else if (!co_await fill()) {
      co_return ended();
    }
  }
}

Task<bool> StreamWebSocket::fill() {
  pinged_ = false;
  receiving_ = true;
  silence_.expire_after(close_sent_ ? kGoodbye : idle_ / 2);
  const auto transfer = co_await stream_->read_some(in_.prepare(kRead));
  silence_.cancel();
  receiving_ = false;
  if (transfer.outcome == Stream::Outcome::done) {
    in_.commit(transfer.bytes);
    co_return true;
  }
  failed_ = true;
  co_return false;
}

// Half of the time passed in silence: ask. All of it: the peer is dead.
void StreamWebSocket::silent() {
  if (pinged_ || close_sent_) {
    failed_ = true;
    return stream_->close();
  }
  pinged_ = true;
  silence_.expire_after(idle_ - idle_ / 2);
  queue_control(Opcode::ping, {});
}

std::optional<Result<WebSocket::Message>> StreamWebSocket::take(FrameReader::Event event) {
  switch (event.kind) {
    case Opcode::ping:
      queue_control(Opcode::pong, event.bytes);
      return std::nullopt;
    case Opcode::pong:
      return std::nullopt;
    case Opcode::close:
      close_received_ = true;
      queue_close(1000);
      return ended();
    default:
      return Message{event.kind == Opcode::text, std::move(event.bytes)};
  }
}

std::unexpected<Error> StreamWebSocket::ended() {
  if (close_received_ || close_sent_) return fail("ws_closed");
  return fail("ws_failed");
}

std::unexpected<Error> StreamWebSocket::refuse(const Error& error) {
  queue_close(error.code == Literal("ws_too_large") ? 1009 : error.code == Literal("ws_text") ? 1007 : 1002);
  abort();
  return fail("ws_failed", error.code);
}

// --- sending ---

StreamWebSocket::Frame StreamWebSocket::make_frame(Opcode opcode, ByteView payload) const {
  if (role_ == WebSocketRole::server) return {frame_header(opcode, payload.size(), nullptr), {}};
  ByteArray<4> mask;
  if (RAND_bytes(mask.data(), mask.size()) != 1) __builtin_trap();
  Frame out{frame_header(opcode, payload.size(), &mask), to_bytes(payload)};
  apply_mask(out.masked, mask);
  return out;
}

Task<Result<void>> StreamWebSocket::send(bool text, ByteView bytes) {
  while (writing_) co_await write_free_.wait();
  if (failed_ || close_sent_ || close_received_) co_return ended();
  const Frame frame = make_frame(text ? Opcode::text : Opcode::binary, bytes);
  const ByteView payload = role_ == WebSocketRole::client ? ByteView(frame.masked) : bytes;
  writing_ = true;
  const auto transfer = co_await stream_->write({frame.header, payload});
  write_ended(transfer.outcome == Stream::Outcome::done);
  if (failed_) co_return fail("ws_failed");
  co_return {};
}

void StreamWebSocket::write_ended(bool ok) {
  writing_ = false;
  // A peer that does not take our bytes is gone; whoever reads must learn it.
  if (!ok) abort();
  flush_control();
  if (!writing_) write_free_.notify_all();
}

void StreamWebSocket::queue_control(Opcode opcode, ByteView payload) {
  // A peer that pings faster than it reads gets no more answers than fit here.
  static constexpr std::size_t kMaxQueued = 4096;
  if (failed_ || close_sent_ || control_.size() > kMaxQueued) return;
  const Frame frame = make_frame(opcode, payload);
  append(control_, frame.header);
  append(control_, role_ == WebSocketRole::client ? ByteView(frame.masked) : payload);
  flush_control();
}

void StreamWebSocket::queue_close(std::uint16_t code) {
  const std::uint8_t payload[] = {static_cast<std::uint8_t>(code >> 8), static_cast<std::uint8_t>(code)};
  queue_control(Opcode::close, payload);
  close_sent_ = true;
}

void StreamWebSocket::flush_control() {
  if (writing_ || control_.empty() || failed_) return;
  writing_ = true;
  control_writing_ = std::exchange(control_, {});
  stream_->start_write({control_writing_},
                       [this](Stream::Transfer t) { write_ended(t.outcome == Stream::Outcome::done); });
}

Task<void> StreamWebSocket::close() {
  if (failed_ || close_sent_) co_return;
  queue_close(1000);
  // The reader, if there is one, waits for the peer's answer that long at most.
  if (receiving_) silence_.expire_after(kGoodbye);
  while (writing_ && !failed_) co_await write_free_.wait();
}

}  // namespace

std::unique_ptr<WebSocket> make_websocket(Runtime& runtime, std::shared_ptr<Stream> stream, ByteView early,
                                          WebSocketRole role, const WebSocketOptions& options) {
  return std::make_unique<StreamWebSocket>(runtime, std::move(stream), early, role, options);
}

// --- connecting ---

namespace {

// The answer's head and what came behind it. Error: ws_handshake.
Task<Result<void>> shake_hands(Stream& stream, std::string_view request, std::string_view key, ReadBuffer& in) {
  const auto written = co_await stream.write({as_bytes(request)});
  if (written.outcome != Stream::Outcome::done) co_return fail("ws_handshake", "connection lost");
  for (;;) {
    const auto parsed = parse_response_head(as_text(in.view()));
    if (parsed) {
      in.consume(parsed->consumed);
      co_return check_websocket_answer(parsed->head, key);
    }
    if (parsed.error().code != Literal("http_head_incomplete")) co_return fail("ws_handshake", "answer");
    const auto transfer = co_await stream.read_some(in.prepare(kMaxHeadBytes));
    if (transfer.outcome != Stream::Outcome::done) co_return fail("ws_handshake", "connection lost");
    in.commit(transfer.bytes);
  }
}

Task<Result<std::unique_ptr<WebSocket>>> connect_on(Runtime& runtime, Address address, std::string target,
                                                    Headers headers, WebSocketOptions options) {
  const std::string key = make_websocket_key();
  AIPG_CO_TRY(const std::string request, websocket_request(address, target, headers, key));
  std::shared_ptr<TlsContext> tls;
  if (address.tls) {
    auto context = TlsContext::client(options.ca_file);
    if (!context) co_return fail("http_tls", "ca_file");
    tls = *std::move(context);
  }
  Cancellation nobody_cancels;
  std::string why;
  AIPG_CO_TRY(auto stream, co_await connect_stream(runtime, address, tls, options.connect, nobody_cancels, why));
  ReadBuffer in;
  Timer patience(runtime, [&stream] { stream->close(); });
  patience.expire_after(options.connect);
  AIPG_CO_CHECK(co_await shake_hands(*stream, request, key, in));
  co_return make_websocket(runtime, std::move(stream), in.view(), WebSocketRole::client, options);
}

}  // namespace

Task<Result<std::unique_ptr<WebSocket>>> connect_websocket(Runtime& runtime, Address address, std::string target,
                                                           Headers headers, WebSocketOptions options) {
  return connect_on(runtime, std::move(address), std::move(target), std::move(headers), std::move(options));
}

}  // namespace aipg::net
