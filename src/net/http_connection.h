// SPDX-License-Identifier: Apache-2.0
// The server's half of one connection: reads heads, runs the handler for each
// request in turn, and is that handler's Exchange. Private to net/.
#pragma once

#include <unordered_set>

#include "net/chunked.h"
#include "net/http_server.h"
#include "net/read_buffer.h"
#include "net/stream.h"
#include "net/tls.h"

namespace aipg::net {

class Connection;

// Shared by the server and its connections' coroutines, whichever ends last.
struct ServerState {
  explicit ServerState(Runtime& r) : runtime(r), work(r) {}

  Runtime& runtime;
  ServerLimits limits;
  HttpServer::Handler handler;
  std::shared_ptr<TlsContext> tls;
  std::unique_ptr<Listener> listener;
  bool draining = false;
  std::unordered_set<Connection*> connections;
  WorkCount work;  // connections
};

class Connection final : public Exchange {
 public:
  Connection(std::shared_ptr<ServerState> server, std::shared_ptr<Stream> stream);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] Task<void> serve();
  // Closes it unless a handler runs.
  void close_idle();
  void close_now();

  [[nodiscard]] const RequestHead& head() const override { return head_; }
  [[nodiscard]] const std::string& peer() const override { return stream_->peer(); }
  [[nodiscard]] Task<Result<ByteView>> read_body() override;
  [[nodiscard]] Task<Result<void>> write_head(unsigned status, const Headers& headers,
                                              std::optional<std::uint64_t> content_length, ByteView first) override;
  [[nodiscard]] Task<Result<void>> write_body(ByteView bytes) override;
  [[nodiscard]] Task<Result<void>> finish(ByteView last) override;
  void abort() override;
  [[nodiscard]] bool head_written() const override { return answer_.head_written; }
  [[nodiscard]] bool client_gone() const override { return gone_; }
  void on_gone(std::function<void()> call) override;
  [[nodiscard]] Task<Result<std::unique_ptr<WebSocket>>> accept_websocket(std::size_t max_message_bytes) override;
  [[nodiscard]] Task<Result<void>> respond(unsigned status, std::string_view content_type, std::string_view body,
                                           Headers more) override;

 private:
  enum class Phase : std::uint8_t { idle, head, handling, leaving };
  enum class BodyState : std::uint8_t { open, done, failed };

  // How much of the request's body was read.
  struct Body {
    BodyState state = BodyState::done;
    bool wants_continue = false;  // the client waits for "100 Continue"
    std::uint64_t left = 0;       // with Content-Length
    std::uint64_t total = 0;
    std::size_t held = 0;  // bytes of the buffer lent to the handler
    ChunkedDecoder chunks;
  };
  struct Answer {
    bool head_written = false;
    bool finished = false;
    bool chunked = false;
    bool bodyless = false;
    std::uint64_t left = 0;  // with Content-Length
  };
  struct Fill;

  // Heads. False: the connection ends.
  [[nodiscard]] Task<bool> shake_hands();
  [[nodiscard]] Task<bool> read_head();
  [[nodiscard]] Task<bool> await_first_byte();
  [[nodiscard]] Task<bool> take_head(ParsedRequestHead parsed);
  [[nodiscard]] Task<void> refuse(const Error& error);
  [[nodiscard]] Task<bool> handle();
  [[nodiscard]] Task<void> answer_for_handler();
  [[nodiscard]] Task<bool> skip_body();
  [[nodiscard]] Task<void> linger();

  // Bodies.
  [[nodiscard]] Result<std::optional<ByteView>> next_piece();
  [[nodiscard]] std::optional<ByteView> next_counted();
  [[nodiscard]] Result<std::optional<ByteView>> next_chunk();
  [[nodiscard]] std::unexpected<Error> body_failed(Literal why);
  void body_ended();

  // Reading. One read is under way at most; nobody may wait for it (watching).
  void start_fill(std::size_t n);
  [[nodiscard]] Fill fill(std::size_t n);
  void filled(Stream::Transfer transfer);
  void watch();
  void mark_gone();

  // Writing.
  [[nodiscard]] Result<std::string> make_head(unsigned status, const Headers& headers,
                                              std::optional<std::uint64_t> content_length);
  // A piece of the body, in its frame, and what goes before and after it.
  [[nodiscard]] Task<Result<void>> send_body(std::string before, ByteView bytes, std::string_view after);
  [[nodiscard]] Task<Result<void>> send(Stream::Pieces pieces);

  std::shared_ptr<ServerState> server_;
  std::shared_ptr<Stream> stream_;  // shared with the WebSocket it may become
  ReadBuffer in_;
  Stream::Outcome filled_ = Stream::Outcome::done;
  std::coroutine_handle<> filler_;
  Phase phase_ = Phase::idle;
  bool again_ = true;  // another request may follow
  bool gone_ = false;
  bool upgraded_ = false;
  std::function<void()> on_gone_;

  RequestHead head_;
  Body body_;
  Answer answer_;
};

}  // namespace aipg::net
