// SPDX-License-Identifier: Apache-2.0
// The server's half of one connection, without a coroutine of its own: reads
// heads, runs the handler for each request in turn, and is that handler's
// Exchange, or its Responder's. Nothing is kept of a request that the handler
// does not keep, and no buffer while it waits. Private to net/.
#pragma once

#include <unordered_map>

#include "net/chunked.h"
#include "net/connection_counts.h"
#include "net/http_server.h"
#include "net/patience.h"
#include "net/reactor.h"
#include "net/read_buffer.h"
#include "net/stream.h"
#include "net/timer.h"
#include "net/tls.h"
#include "net/unsent.h"

namespace aipg::net {

class Connection;

// What a handler left unread of a body is skipped up to this size; beyond, the connection is cheaper to replace.
inline constexpr std::size_t kSkipBytes = 64 * 1024;

// Shared by the server and its connections, whichever ends last.
struct ServerState {
  explicit ServerState(Runtime& r) : runtime(r), work(r) {}

  Runtime& runtime;
  ServerLimits limits;
  HttpServer::Handler handler;
  std::shared_ptr<TlsContext> tls;
  std::unique_ptr<Listener> listener;
  bool draining = false;
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections;
  WorkCount work;                                         // connections
  std::vector<std::shared_ptr<const ServerDoor>> others;  // who get connections of this listener, too
  std::size_t turn = 0;
  const std::shared_ptr<ConnectionCounts> counts = std::make_shared<ConnectionCounts>();  // of its listener
};

class Door final : public ServerDoor {
 public:
  Door(std::shared_ptr<Reactor::Mailbox> mailbox, std::weak_ptr<ServerState> server)
      : mailbox_(std::move(mailbox)), server_(std::move(server)) {}
  // Called on the server's thread, if it is there still.
  void enter(std::function<void(const std::shared_ptr<ServerState>&)> call) const;

 private:
  std::shared_ptr<Reactor::Mailbox> mailbox_;
  std::weak_ptr<ServerState> server_;
};

class Connection final : public Exchange, private Stream::Readiness, public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<ServerState> server, std::shared_ptr<Stream> stream);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  // A request that another server began.
  struct Begun;
  void go_on(Begun& begun);
  // Closes it unless a request is being answered.
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
  void move_to(std::shared_ptr<const ServerDoor> there, Bytes body,
               std::function<Task<void>(Exchange&)> handler) override;
  [[nodiscard]] bool head_written() const override { return answer_.head_written; }
  [[nodiscard]] bool client_gone() const override { return gone_; }
  void on_gone(std::function<void()> call) override;
  [[nodiscard]] Task<Result<std::unique_ptr<WebSocket>>> accept_websocket(std::size_t max_message_bytes) override;
  [[nodiscard]] Task<Result<void>> respond(unsigned status, std::string_view content_type, std::string_view body,
                                           Headers more) override;

  void hand_over(std::shared_ptr<Responder> responder) override;
  void pause_body(bool yes) override;
  void put_head(unsigned status, const Headers& headers, std::optional<std::uint64_t> content_length) override;
  void put_body(std::span<const ByteView> pieces) override;
  void put_end(std::span<const ByteView> pieces) override;
  void put_answer(unsigned status, std::string_view content_type, std::string_view body, Headers more) override;
  [[nodiscard]] std::size_t unsent_bytes() const override { return unsent_.size(); }

 private:
  enum class Phase : std::uint8_t {
    handshake,
    idle,      // between requests
    head,      // some of a head has come
    handling,  // a handler runs, or a responder answers
    skipping,  // the answer is given; the rest of the request's body is not wanted
    leaving,   // nothing more is sent; until the client has it all
    moving,    // to another server, at the end of this turn
    closed,
  };
  enum class BodyState : std::uint8_t { open, done, failed };
  using TimePoint = Timer::TimePoint;

  // How much of the request's body was read.
  struct Body {
    BodyState state = BodyState::done;
    bool wants_continue = false;  // the client waits for "100 Continue"
    bool begun = false;           // some of it came with the head
    bool paused = false;          // by a responder
    std::uint64_t left = 0;       // with Content-Length
    std::uint64_t total = 0;
    std::size_t held = 0;  // bytes of the buffer lent to the handler
    std::size_t skipped = 0;
    ChunkedDecoder chunks;
    Patience patience;
  };
  struct Answer {
    bool head_written = false;
    bool finished = false;
    bool chunked = false;
    bool bodyless = false;
    std::uint64_t left = 0;  // with Content-Length
    Patience patience;
  };
  struct Waiting;

  [[nodiscard]] Task<void> shake_hands();
  void begin();
  void on_ready() override;
  void come_again();  // in the next turn of the loop: what is here already is no edge to come

  // What comes. Each takes some of the bytes and returns the rest, which the next phase takes.
  void read_input();
  [[nodiscard]] std::size_t wanted() const;
  [[nodiscard]] MutableByteView feed(MutableByteView bytes);
  [[nodiscard]] MutableByteView feed_head(MutableByteView bytes);
  [[nodiscard]] MutableByteView push_body(MutableByteView bytes);
  [[nodiscard]] MutableByteView push_chunks(MutableByteView bytes);
  [[nodiscard]] MutableByteView skip(MutableByteView bytes);
  void feed_kept();
  void body_may_go_on();
  void input_ended();

  // Requests.
  [[nodiscard]] bool take_head(ParsedRequestHead& parsed);
  void refuse(const Error& error);
  void depart(const ServerDoor& there, Bytes body, HttpServer::Handler handler);
  void handle();
  [[nodiscard]] Task<void> run(HttpServer::Handler handler);
  [[nodiscard]] Task<void> end_after(Task<void> handling);
  void handler_ended();
  void answer_for_handler();
  void responder_ended();
  void answered();
  void next_request();
  void leave();
  void say_end();
  void mark_gone();
  void drop();
  void close();

  // A body that a coroutine reads.
  [[nodiscard]] Waiting input();
  [[nodiscard]] Result<std::optional<ByteView>> next_piece();
  [[nodiscard]] std::optional<ByteView> next_counted();
  [[nodiscard]] Result<std::optional<ByteView>> next_chunk();
  [[nodiscard]] std::unexpected<Error> body_failed(Literal why);
  void body_ended();
  [[nodiscard]] bool too_large() const;
  void ask_to_continue();

  // Limits: the nearer of two sounds.
  void limit_reading(milliseconds from_now);
  void wait_for_body();
  void body_came(std::size_t bytes);
  void read_at_leisure();
  void wait_for_room();
  void room_came(std::size_t bytes);
  void arm();
  void expired();
  [[nodiscard]] TimePoint now() const { return server_->runtime.reactor().turn(); }  // as far as limits go
  [[nodiscard]] Patience::Limits patience() const;

  // Writing.
  [[nodiscard]] bool make_head(unsigned status, const Headers& headers, std::optional<std::uint64_t> content_length);
  void put_pieces(std::span<const ByteView> pieces, std::string_view end);
  void send(const Stream::Pieces& pieces);
  void flush();
  [[nodiscard]] Task<Result<void>> sent();

  std::shared_ptr<ServerState> server_;
  std::shared_ptr<Stream> stream_;  // shared with the WebSocket it may become
  std::shared_ptr<Responder> responder_;
  ReadBuffer in_;  // came before it was wanted
  Unsent unsent_;
  std::string made_head_;                    // goes with the first of the body
  std::coroutine_handle<> reader_, writer_;  // of the handler
  TimePoint read_until_ = TimePoint::max(), write_until_ = TimePoint::max();
  Timer limit_;
  Phase phase_ = Phase::handshake;
  bool again_ = true;  // another request may follow
  bool gone_ = false;
  bool may_upgrade_ = false;  // what follows the head may be no HTTP
  bool upgraded_ = false;
  bool handler_runs_ = false;
  bool end_said_ = false;
  bool timed_out_ = false;         // the body did not come in time
  std::size_t requests_left_ = 0;  // that may begin in this turn
  Bytes read_before_;              // of the body, by the server that this began at
  std::function<void()> on_gone_;
  WorkCount::Guard work_;

  RequestHead head_;
  Body body_;
  Answer answer_;
};

// What of a connection goes on elsewhere.
struct Connection::Begun {
  std::unique_ptr<UnwatchedStream> stream;
  RequestHead head;
  Body body;
  Bytes read;  // of the body
  ReadBuffer in;
  Bytes unsent;
  bool again, may_upgrade;
  HttpServer::Handler handler;
};

}  // namespace aipg::net
