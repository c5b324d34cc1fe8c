// SPDX-License-Identifier: Apache-2.0
#include "net/websocket_stream.h"

#include <openssl/rand.h>

#include "net/read_buffer.h"
#include "net/scratch.h"
#include "net/soon.h"
#include "net/tls.h"
#include "net/unsent.h"
#include "net/websocket_frame.h"
#include "net/websocket_handshake.h"

namespace aipg::net {
namespace {

// How long the peer may take to answer a close.
constexpr milliseconds kGoodbye{2000};
// A peer that pings faster than it reads gets no more answers than fit here.
constexpr std::size_t kMaxUnsentAnswers = 4096;
// What a connection is read of in one turn of the loop, as messages and as bytes: a peer that writes faster than its
// messages are dealt with would else be the only one that is read.
constexpr std::size_t kMessagesPerTurn = 16;
constexpr std::size_t kBytesPerTurn = Scratch::kBytes;

class StreamWebSocket final : public WebSocket, private Stream::Readiness {
 public:
  StreamWebSocket(Runtime& runtime, std::shared_ptr<Stream> stream, ByteView early, WebSocketRole role,
                  const WebSocketOptions& options)
      : stream_(std::move(stream)),
        role_(role),
        idle_(options.idle),
        kept_(to_bytes(early)),
        frames_(role == WebSocketRole::server, options.max_message_bytes),
        work_(runtime.reactor()),
        soon_(runtime, [this] { begin_or_end(); }),
        rest_(runtime, [this] { read(); }),
        silence_(runtime, [this] { silent(); }),
        stall_(runtime, [this] { lose(); }) {}
  ~StreamWebSocket() override { stream_->detach(); }
  StreamWebSocket(const StreamWebSocket&) = delete;
  StreamWebSocket& operator=(const StreamWebSocket&) = delete;

  void start(Events& events) override {
    events_ = &events;
    work_.begin();
    soon_.expire_after(milliseconds(0));
  }
  void send(bool text, ByteView bytes) override { write_frame(text ? Opcode::text : Opcode::binary, bytes); }
  [[nodiscard]] std::size_t unsent_bytes() const override { return unsent_.size(); }
  void close() override {
    if (!ended()) send_close(1000);
  }
  void abort() override { lose(); }
  [[nodiscard]] ByteArray<32> channel_binding() const override { return stream_->channel_binding(); }

 private:
  [[nodiscard]] bool ended() const { return failed_ || close_sent_ || close_received_; }
  [[nodiscard]] bool may_hear() const { return !failed_ && !close_received_; }
  void begin_or_end();
  void on_ready() override;
  void read();
  void hear_kept();
  [[nodiscard]] MutableByteView hear(MutableByteView bytes);
  void take(const FrameReader::Event& event);
  void refuse(const Error& error);
  void answer(Opcode opcode, ByteView payload);
  void send_close(std::uint16_t code);
  void write_frame(Opcode opcode, ByteView payload);
  void flush();
  void silent();
  void lose();
  void tell_end(const Error& why);

  // Keeps the loop running from start() until the end was told.
  class Work {
   public:
    explicit Work(Reactor& reactor) : reactor_(reactor) {}
    ~Work() { end(); }
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;
    void begin() {
      if (!std::exchange(begun_, true)) reactor_.begin_work();
    }
    void end() {
      if (std::exchange(begun_, false)) reactor_.end_work();
    }

   private:
    Reactor& reactor_;
    bool begun_ = false;
  };

  std::shared_ptr<Stream> stream_;  // shared with the server's connection
  WebSocketRole role_;
  milliseconds idle_;
  Bytes kept_;  // came and was not heard yet, from kept_at_ on: with the handshake, or more than a turn's worth
  std::size_t kept_at_ = 0;
  FrameReader frames_;
  Events* events_ = nullptr;
  Work work_;
  Unsent unsent_;
  Bytes masked_;  // a client's frame on its way, kept for its room

  Timer soon_;     // start() and abort() tell nothing before they return
  Soon rest_;      // of what can be read
  Timer silence_;  // since something was heard
  Timer stall_;    // since something was taken of what is unsent
  bool reading_ = false;
  bool pinged_ = false;
  bool failed_ = false;
  bool close_sent_ = false;
  bool close_received_ = false;
  bool end_told_ = false;
  std::size_t messages_left_ = 0;  // that may be heard in this turn
  Error end_ = Error{"ws_failed", {}, 0};
};

// --- receiving ---

void StreamWebSocket::begin_or_end() {
  if (end_told_) return;
  if (!reading_ && !failed_) {
    reading_ = true;
    stream_->tell(this);
    if (!close_sent_) silence_.expire_after(idle_ / 2);
    read();
  }
  if (failed_) tell_end(close_sent_ || close_received_ ? Error{"ws_closed", {}, 0} : end_);
}

void StreamWebSocket::on_ready() {
  flush();
  read();
}

// A turn's worth; the next turn goes on when there is more.
void StreamWebSocket::read() {
  bool heard = !kept_.empty();
  messages_left_ = kMessagesPerTurn;
  if (heard) hear_kept();
  for (std::size_t bytes = 0; may_hear();) {
    if (!kept_.empty() || bytes >= kBytesPerTurn) {
      rest_.ask();
      break;
    }
    Scratch scratch;
    const auto transfer = stream_->read_now(scratch.room());
    if (transfer.outcome == Stream::Outcome::again) break;
    if (transfer.outcome != Stream::Outcome::done) {
      lose();
      break;
    }
    heard = true;
    bytes += transfer.bytes;
    kept_ = to_bytes(hear(scratch.used(transfer.bytes)));
    kept_at_ = 0;
  }
  if (!heard || failed_) return;
  pinged_ = false;
  // A close is not put off by what is said after it.
  if (!close_sent_) silence_.expire_after(idle_ / 2);
}

void StreamWebSocket::hear_kept() {
  kept_at_ = kept_.size() - hear(MutableByteView(kept_).subspan(kept_at_)).size();
  if (kept_at_ == kept_.size()) kept_ = Bytes();
}

// Returns what is too much for this turn.
MutableByteView StreamWebSocket::hear(MutableByteView bytes) {
  while (may_hear() && messages_left_ != 0) {
    const auto step = frames_.feed(bytes);
    if (!step) {
      refuse(step.error());
      bytes = {};  // what came before is told as ever
      break;
    }
    bytes = bytes.subspan(step->consumed);
    if (!step->event) break;
    if (step->event->last) --messages_left_;
    take(*step->event);
  }
  if (!end_told_) events_->on_heard();
  return bytes;
}

void StreamWebSocket::take(const FrameReader::Event& event) {
  switch (event.kind) {
    case Opcode::text:
      return events_->on_text(event.bytes);
    case Opcode::ping:
      return answer(Opcode::pong, event.bytes);
    case Opcode::close:
      close_received_ = true;
      if (!close_sent_) send_close(1000);
      end_ = Error{"ws_closed", {}, 0};
      failed_ = true;
      stream_->end_sending();
      silence_.cancel();
      return soon_.expire_after(milliseconds(0));
    case Opcode::pong:
      return;
    default:
      return events_->on_binary(event.bytes, event.last);
  }
}

void StreamWebSocket::refuse(const Error& error) {
  send_close(error.code == Literal("ws_too_large") ? 1009 : error.code == Literal("ws_text") ? 1007 : 1002);
  close_sent_ = false;  // no proper end
  end_ = Error{"ws_failed", error.code, 0};
  lose();
}

// Half of the time passed in silence: ask. All of it: the peer is dead. A peer that has bytes of ours to take says by
// taking them that it lives, and would find a ping behind them: the other timer is for that.
void StreamWebSocket::silent() {
  if (close_sent_) return lose();
  if (!unsent_.empty()) return silence_.expire_after(idle_ / 2);
  if (pinged_) return lose();
  pinged_ = true;
  silence_.expire_after(idle_ - idle_ / 2);
  answer(Opcode::ping, {});
}

void StreamWebSocket::lose() {
  if (std::exchange(failed_, true)) return;
  stream_->close();
  unsent_.clear();
  silence_.cancel();
  stall_.cancel();
  soon_.expire_after(milliseconds(0));
}

void StreamWebSocket::tell_end(const Error& why) {
  end_told_ = true;
  work_.end();
  silence_.stop();
  stall_.stop();
  events_->on_end(why);
}

// --- sending ---

void StreamWebSocket::answer(Opcode opcode, ByteView payload) {
  if (!ended() && unsent_.size() <= kMaxUnsentAnswers) write_frame(opcode, payload);
}

void StreamWebSocket::send_close(std::uint16_t code) {
  const std::uint8_t payload[] = {static_cast<std::uint8_t>(code >> 8), static_cast<std::uint8_t>(code)};
  write_frame(Opcode::close, payload);
  close_sent_ = true;
  // The peer's answer is waited for that long at most.
  silence_.expire_after(kGoodbye);
}

void StreamWebSocket::write_frame(Opcode opcode, ByteView payload) {
  if (failed_ || close_sent_) return;
  const std::size_t before = unsent_.size();
  bool good = false;
  if (role_ == WebSocketRole::server) {
    good = unsent_.write(*stream_, {FrameHeader(opcode, payload.size(), nullptr).view(), payload});
  } else {
    ByteArray<4> mask;
    if (RAND_bytes(mask.data(), mask.size()) != 1) __builtin_trap();
    masked_.assign(payload.begin(), payload.end());
    apply_mask(masked_, mask);
    good = unsent_.write(*stream_, {FrameHeader(opcode, payload.size(), &mask).view(), masked_});
  }
  // A peer that does not take our bytes is gone; whoever listens must learn it.
  if (!good) return lose();
  if (before == 0 && !unsent_.empty()) stall_.expire_after(idle_);
}

void StreamWebSocket::flush() {
  const std::size_t before = unsent_.size();
  if (before == 0 || failed_) return;
  if (!unsent_.flush(*stream_)) return lose();
  if (unsent_.size() == before) return;
  if (!unsent_.empty()) return stall_.expire_after(idle_);
  stall_.cancel();
  if (events_ != nullptr && !end_told_) events_->on_writable();
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
