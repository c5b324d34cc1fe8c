// SPDX-License-Identifier: Apache-2.0
#include "net/http_connection.h"

#include "net/websocket_handshake.h"
#include "net/websocket_stream.h"

namespace aipg::net {
namespace {

constexpr std::size_t kHeadRead = 4 * 1024;
constexpr std::size_t kBodyPiece = 64 * 1024;
constexpr std::size_t kChunkedRead = 32 * 1024;
constexpr std::size_t kWatchRead = 1024;
// What a handler left unread of a body is skipped up to this size; beyond, the connection is cheaper to replace.
constexpr std::size_t kSkipBytes = 64 * 1024;
constexpr milliseconds kLinger{2000};

struct Refusal {
  Literal code;
  unsigned status;
  std::string_view message;
};
constexpr Refusal kRefusals[] = {
    {"http_head_too_large", 431, "The request's head is too large."},
    {"http_transfer_encoding", 501, "Only the chunked transfer encoding is known."},
    {"http_version", 505, "Only HTTP/1.1 is spoken here."},
    {"http_timeout", 408, "The request's head took too long."},
    {"http_expect", 417, "Only Expect: 100-continue is known."},
};
constexpr Refusal kMalformed = {"http_invalid", 400, "The request is malformed."};

std::string error_body(std::string_view message, std::string_view type, std::string_view code) {
  return std::string(R"({"error":{"message":")").append(message) + std::string(R"(","type":")").append(type) +
         std::string(R"(","code":")").append(code) + R"(","param":null}})";
}
std::string malformed(std::string_view message) {
  return error_body(message, "invalid_request_error", "malformed_request");
}

bool is_framing(std::string_view name) {
  return equal_ignoring_case(name, "content-length") || equal_ignoring_case(name, "transfer-encoding") ||
         equal_ignoring_case(name, "connection");
}

}  // namespace

// Awaits the read under way, or a new one.
struct Connection::Fill {
  Connection& connection;
  [[nodiscard]] bool await_ready() const { return !connection.stream_->reading(); }
  void await_suspend(std::coroutine_handle<> waiter) { connection.filler_ = waiter; }
  [[nodiscard]] Stream::Outcome await_resume() const { return connection.filled_; }
};

Connection::Connection(std::shared_ptr<ServerState> server, std::shared_ptr<Stream> stream)
    : server_(std::move(server)), stream_(std::move(stream)) {
  stream_->write_limit(server_->limits.body_progress);
  server_->connections.insert(this);
}

Connection::~Connection() {
  server_->connections.erase(this);
  if (!upgraded_) stream_->detach();
}

Task<void> Connection::serve() {
  if (server_->tls && !co_await shake_hands()) co_return;
  while (co_await read_head()) {
    if (!co_await handle()) break;
  }
  if (!upgraded_ && !gone_) co_await linger();
}

void Connection::close_idle() {
  if (phase_ != Phase::handling) stream_->close();
}

void Connection::close_now() {
  stream_->close();
  mark_gone();
}

Task<bool> Connection::shake_hands() {
  auto tls = TlsStream::server(server_->runtime, stream_, server_->tls);
  stream_ = tls;
  stream_->write_limit(server_->limits.body_progress);
  Timer patience(server_->runtime, [&tls] { tls->close(); });
  patience.expire_after(server_->limits.head);
  std::string ignored;
  const auto shaken = co_await tls->shake_hands(ignored);
  co_return shaken.has_value();
}

// --- heads ---

Task<bool> Connection::read_head() {
  phase_ = Phase::idle;
  if (!co_await await_first_byte()) {
    gone_ = true;
    co_return false;
  }
  phase_ = Phase::head;
  stream_->read_deadline(server_->limits.head);
  for (;;) {
    auto parsed = parse_request_head(as_text(in_.view()));
    if (parsed) co_return co_await take_head(*std::move(parsed));
    if (parsed.error().code != Literal("http_head_incomplete")) {
      co_await refuse(parsed.error());
      co_return false;
    }
    const auto outcome = co_await fill(kHeadRead);
    if (outcome == Stream::Outcome::done) continue;
    if (outcome == Stream::Outcome::timed_out) {
      co_await refuse(Error{"http_timeout", {}, 0});
    } else {
      gone_ = true;
    }
    co_return false;
  }
}

Task<bool> Connection::await_first_byte() {
  if (server_->draining) co_return false;
  if (!in_.empty()) co_return true;
  stream_->read_deadline(server_->limits.idle);
  co_return co_await fill(kHeadRead) == Stream::Outcome::done;
}

Task<bool> Connection::take_head(ParsedRequestHead parsed) {
  in_.consume(parsed.consumed);
  stream_->no_read_deadline();
  head_ = std::move(parsed.head);
  body_ = {};
  answer_ = {};
  again_ = head_.keep_alive;
  on_gone_ = nullptr;
  phase_ = Phase::handling;
  body_.left = head_.content_length.value_or(0);
  if (head_.chunked || body_.left > 0) body_.state = BodyState::open;
  if (head_.headers.count("expect") > 0) {
    if (head_.headers.count("expect") > 1 || !equal_ignoring_case(*head_.headers.find("expect"), "100-continue")) {
      co_await refuse(Error{"http_expect", {}, 0});
      co_return false;
    }
    body_.wants_continue = body_.state == BodyState::open;
  }
  co_return true;
}

Task<void> Connection::refuse(const Error& error) {
  const auto* refusal = std::ranges::find(kRefusals, error.code, &Refusal::code);
  if (refusal == std::end(kRefusals)) refusal = &kMalformed;
  head_ = {};
  answer_ = {};
  again_ = false;
  const std::string body = malformed(refusal->message);
  (void)co_await respond(refusal->status, "application/json", body, {});
}

Task<bool> Connection::handle() {
  if (body_.state == BodyState::done) watch();
  co_await server_->handler(*this);
  on_gone_ = nullptr;
  if (upgraded_) co_return false;
  if (!gone_ && !answer_.head_written) co_await answer_for_handler();
  if (!gone_ && !answer_.finished) abort();
  if (gone_ || !again_) co_return false;
  if (body_.state == BodyState::open && !co_await skip_body()) co_return false;
  co_return body_.state == BodyState::done && !server_->draining;
}

// The handler wrote nothing: because the body was bad, or by mistake.
Task<void> Connection::answer_for_handler() {
  again_ = false;
  const bool bad = body_.state == BodyState::failed;
  const std::string body = bad ? malformed("The request's body is malformed.")
                               : error_body("The server failed.", "server_error", "internal");
  (void)co_await respond(bad ? 400 : 500, "application/json", body, {});
}

Task<bool> Connection::skip_body() {
  std::size_t skipped = 0;
  while (skipped <= kSkipBytes) {
    const auto piece = co_await read_body();
    if (!piece) co_return false;
    if (piece->empty()) co_return true;
    skipped += piece->size();
  }
  co_return false;
}

// Closing with unread bytes would reset the connection, and the reset may
// overtake the answer. So: say the end, and read until the client has it too.
Task<void> Connection::linger() {
  phase_ = Phase::leaving;
  stream_->end_sending();
  stream_->read_deadline(kLinger);
  do {
    if (!stream_->reading()) in_.clear();
  } while (co_await fill(kHeadRead) == Stream::Outcome::done);
}

// --- the request's body ---

Task<Result<ByteView>> Connection::read_body() {
  in_.consume(std::exchange(body_.held, 0));
  if (body_.state == BodyState::failed) co_return fail("http_body");
  if (body_.state == BodyState::open && head_.content_length > server_->limits.max_body_bytes) {
    co_return body_failed("too large");
  }
  if (std::exchange(body_.wants_continue, false) && in_.empty() && !answer_.head_written) {
    AIPG_CO_CHECK(co_await send({as_bytes("HTTP/1.1 100 Continue\r\n\r\n")}));
  }
  while (body_.state == BodyState::open) {
    AIPG_CO_TRY(const auto piece, next_piece());
    if (piece) co_return *piece;
    if (body_.state == BodyState::done) break;
    stream_->read_deadline(server_->limits.body_progress);
    const auto outcome = co_await fill(head_.chunked ? kChunkedRead : std::min<std::uint64_t>(body_.left, kBodyPiece));
    if (outcome == Stream::Outcome::timed_out) co_return body_failed("timed out");
    if (outcome != Stream::Outcome::done) {
      body_.state = BodyState::failed;
      mark_gone();
      co_return fail("http_client_gone");
    }
  }
  co_return ByteView{};
}

Result<std::optional<ByteView>> Connection::next_piece() {
  if (!head_.chunked) return next_counted();
  AIPG_TRY(const auto piece, next_chunk());
  if (piece) {
    body_.total += piece->size();
    if (body_.total > server_->limits.max_body_bytes) return body_failed("too large");
  }
  return piece;
}

std::optional<ByteView> Connection::next_counted() {
  if (body_.left == 0) {
    body_ended();
    return std::nullopt;
  }
  const std::size_t n = std::min({std::uint64_t{in_.size()}, body_.left, std::uint64_t{kBodyPiece}});
  if (n == 0) return std::nullopt;
  body_.left -= n;
  body_.held = n;
  return in_.view().first(n);
}

Result<std::optional<ByteView>> Connection::next_chunk() {
  const auto step = body_.chunks.feed(in_.view().first(std::min(in_.size(), kBodyPiece)));
  if (!step) return body_failed("chunk");
  if (!step->data.empty()) {
    body_.held = step->consumed;
    return step->data;
  }
  in_.consume(step->consumed);
  if (body_.chunks.done()) body_ended();
  return std::nullopt;
}

std::unexpected<Error> Connection::body_failed(Literal why) {
  body_.state = BodyState::failed;
  again_ = false;
  return fail("http_body", why);
}

void Connection::body_ended() {
  body_.state = BodyState::done;
  stream_->no_read_deadline();
  watch();
}

// --- reading ---

void Connection::start_fill(std::size_t n) {
  stream_->start_read(in_.prepare(n), [this](Stream::Transfer transfer) { filled(transfer); });
}

Connection::Fill Connection::fill(std::size_t n) {
  if (!gone_ && !stream_->reading()) start_fill(n);
  if (gone_) filled_ = Stream::Outcome::failed;
  return Fill{*this};
}

void Connection::filled(Stream::Transfer transfer) {
  filled_ = transfer.outcome;
  if (transfer.outcome == Stream::Outcome::done) in_.commit(transfer.bytes);
  if (auto filler = std::exchange(filler_, nullptr)) return filler.resume();
  if (transfer.outcome == Stream::Outcome::done) return watch();
  // The client has the answer and closed: nothing to wait for.
  if (phase_ == Phase::leaving) stream_->close();
  mark_gone();
}

// Reads on while the handler works: to notice that the client has gone, and to
// keep what it sends early. With a head's worth of it, it is left to wait.
void Connection::watch() {
  if (phase_ != Phase::handling || gone_ || stream_->reading() || in_.size() >= kMaxHeadBytes) return;
  if (is_websocket_upgrade(head_)) return;
  start_fill(kWatchRead);
}

void Connection::mark_gone() {
  if (std::exchange(gone_, true)) return;
  if (auto call = std::exchange(on_gone_, nullptr)) call();
}

void Connection::on_gone(std::function<void()> call) {
  if (gone_) return call();
  on_gone_ = std::move(call);
}

void Connection::abort() {
  gone_ = true;
  stream_->close();
}

// --- the answer ---

Task<Result<void>> Connection::send(Stream::Pieces pieces) {
  if (gone_) co_return fail("http_client_gone");
  const auto transfer = co_await stream_->write(pieces);
  if (transfer.outcome == Stream::Outcome::done && !gone_) co_return {};
  mark_gone();
  co_return fail("http_client_gone");
}

Result<std::string> Connection::make_head(unsigned status, const Headers& headers,
                                          std::optional<std::uint64_t> content_length) {
  if (answer_.head_written) __builtin_trap();
  answer_.head_written = true;
  answer_.bodyless = !has_body(head_.method, status);
  answer_.chunked = !content_length && !answer_.bodyless;
  answer_.left = content_length.value_or(0);
  // A client that was not told to go on may send its body or not: nobody knows where the next request begins.
  if (body_.wants_continue || body_.state == BodyState::failed || server_->draining) again_ = false;

  if (!is_well_formed(headers)) return fail("http_invalid", "header");
  std::string out = status_line(status);
  for (const Header& header : headers.all()) {
    if (is_framing(header.name)) continue;
    out.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  if (content_length) out.append("Content-Length: ").append(std::to_string(*content_length)).append("\r\n");
  if (answer_.chunked) out.append("Transfer-Encoding: chunked\r\n");
  if (!again_) out.append("Connection: close\r\n");
  return out.append("\r\n");
}

Task<Result<void>> Connection::write_head(unsigned status, const Headers& headers,
                                          std::optional<std::uint64_t> content_length, ByteView first) {
  if (gone_) co_return fail("http_client_gone");
  auto head = make_head(status, headers, content_length);
  if (!head) {
    abort();
    co_return std::unexpected(head.error());
  }
  co_return co_await send_body(*std::move(head), first, {});
}

Task<Result<void>> Connection::write_body(ByteView bytes) { return send_body({}, bytes, {}); }

Task<Result<void>> Connection::finish(ByteView last) {
  answer_.finished = true;
  if (answer_.bodyless) co_return {};
  if (answer_.chunked) co_return co_await send_body({}, last, kLastChunk);
  AIPG_CO_CHECK(co_await send_body({}, last, {}));
  if (answer_.left == 0) co_return {};
  abort();
  co_return fail("http_client_gone", "shorter than announced");
}

Task<Result<void>> Connection::send_body(std::string before, ByteView bytes, std::string_view after) {
  if (answer_.bodyless) bytes = {};
  std::string end(after);
  if (answer_.chunked && !bytes.empty()) {
    before += chunk_prefix(bytes.size());
    end.insert(0, kChunkSuffix);
  }
  if (!answer_.chunked && bytes.size() > answer_.left) {
    abort();
    co_return fail("http_client_gone", "longer than announced");
  }
  if (!answer_.chunked) answer_.left -= bytes.size();
  if (before.empty() && bytes.empty() && end.empty()) co_return {};
  co_return co_await send({as_bytes(before), bytes, as_bytes(end)});
}

Task<Result<void>> Connection::respond(unsigned status, std::string_view content_type, std::string_view body,
                                       Headers more) {
  if (gone_) co_return fail("http_client_gone");
  more.add("Content-Type", content_type);
  const auto head = make_head(status, more, body.size());
  if (!head) {
    abort();
    co_return std::unexpected(head.error());
  }
  answer_.finished = true;
  co_return co_await send({as_bytes(*head), answer_.bodyless ? ByteView() : as_bytes(body)});
}

Task<Result<std::unique_ptr<WebSocket>>> Connection::accept_websocket(std::size_t max_message_bytes) {
  if (!is_websocket_upgrade(head_) || body_.state != BodyState::done) co_return fail("http_invalid", "upgrade");
  AIPG_CO_TRY(const std::string answer, websocket_answer(head_));
  answer_.head_written = answer_.finished = true;
  again_ = false;
  AIPG_CO_CHECK(co_await send({as_bytes(answer)}));
  upgraded_ = true;
  WebSocketOptions options;
  options.idle = server_->limits.websocket_idle;
  options.max_message_bytes = max_message_bytes;
  co_return make_websocket(server_->runtime, stream_, in_.view(), WebSocketRole::server, options);
}

}  // namespace aipg::net
