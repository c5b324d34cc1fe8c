// SPDX-License-Identifier: Apache-2.0
// The Exchange of http_connection.h: a request's body, for a coroutine that
// reads it, and the answer.
#include "net/http_connection.h"
#include "net/websocket_handshake.h"
#include "net/websocket_stream.h"

namespace aipg::net {
namespace {

constexpr std::size_t kBodyPiece = 64 * 1024;
constexpr std::size_t kUsualHeadBytes = 256;

bool is_framing(std::string_view name) {
  return equal_ignoring_case(name, "content-length") || equal_ignoring_case(name, "transfer-encoding") ||
         equal_ignoring_case(name, "connection");
}

}  // namespace

// --- the request's body ---

// Until more of it was kept, or none will come.
struct Connection::Waiting {
  Connection& connection;
  [[nodiscard]] bool await_ready() const { return connection.gone_; }
  void await_suspend(std::coroutine_handle<> waiter) {
    connection.reader_ = waiter;
    // What has come already is no edge to come.
    connection.come_again();
  }
  void await_resume() const {}
};

Connection::Waiting Connection::input() { return Waiting{*this}; }

bool Connection::too_large() const {
  return head_.content_length.value_or(body_.total) > server_->limits.max_body_bytes;
}

void Connection::ask_to_continue() {
  if (!std::exchange(body_.wants_continue, false) || body_.begun || !in_.empty() || answer_.head_written) return;
  send({as_bytes("HTTP/1.1 100 Continue\r\n\r\n")});
}

Task<Result<ByteView>> Connection::read_body() {
  in_.consume(std::exchange(body_.held, 0));
  if (body_.state == BodyState::failed) co_return fail("http_body");
  if (body_.state == BodyState::open && too_large()) co_return body_failed("too large");
  ask_to_continue();
  while (body_.state == BodyState::open) {
    AIPG_CO_TRY(const auto piece, next_piece());
    if (piece) co_return *piece;
    if (body_.state == BodyState::done) break;
    wait_for_body();
    const std::size_t before = in_.size();
    co_await input();
    if (in_.size() > before) body_came(in_.size() - before);
    read_at_leisure();
    if (timed_out_) co_return body_failed("timed out");
    if (gone_ && in_.size() == before) {
      body_.state = BodyState::failed;
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
    if (too_large()) return body_failed("too large");
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
  read_at_leisure();
  return fail("http_body", why);
}

void Connection::body_ended() {
  body_.state = BodyState::done;
  read_at_leisure();
}

// --- the answer ---

bool Connection::make_head(unsigned status, const Headers& headers, std::optional<std::uint64_t> content_length) {
  if (answer_.head_written) __builtin_trap();
  answer_.head_written = true;
  answer_.bodyless = !has_body(head_.method, status);
  answer_.chunked = !content_length && !answer_.bodyless;
  answer_.left = content_length.value_or(0);
  // A client that was not told to go on may send its body or not: nobody knows where the next request begins. And
  // much of a body that nobody wants is not waited for.
  if (body_.wants_continue || body_.state == BodyState::failed || server_->draining) again_ = false;
  if (body_.state == BodyState::open && body_.left > kSkipBytes) again_ = false;

  if (!is_well_formed(headers)) return false;
  std::string& out = made_head_;
  out.reserve(kUsualHeadBytes);
  append_status_line(out, status);
  for (const Header& header : headers.all()) {
    if (is_framing(header.name)) continue;
    out.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  if (content_length) out.append("Content-Length: ").append(std::to_string(*content_length)).append("\r\n");
  if (answer_.chunked) out.append("Transfer-Encoding: chunked\r\n");
  if (!again_) out.append("Connection: close\r\n");
  out.append("\r\n");
  return true;
}

void Connection::send(const Stream::Pieces& pieces) {
  if (gone_) return;
  const bool waited = !unsent_.empty();
  if (!unsent_.write(*stream_, pieces)) return mark_gone();
  if (!waited && !unsent_.empty()) wait_for_room();
}

void Connection::flush() {
  const std::size_t before = unsent_.size();
  if (before == 0 || gone_) return;
  if (phase_ == Phase::moving) return;  // what becomes of it is noticed where it goes
  if (!unsent_.flush(*stream_)) return phase_ == Phase::handling ? mark_gone() : close();
  if (unsent_.size() == before) return;
  room_came(before - unsent_.size());
  if (!unsent_.empty()) return;
  say_end();
  if (writer_) server_->runtime.reactor().resume(std::exchange(writer_, nullptr));
  const auto responder = responder_;
  if (responder) responder->on_sent();
  if (answer_.finished) responder_ended();
}

// A part of the body in its frame, and what ends it.
void Connection::put_pieces(std::span<const ByteView> pieces, std::string_view end) {
  if (gone_) return;
  std::size_t size = 0;
  for (const ByteView& piece : pieces) size += piece.size();
  if (answer_.bodyless) size = 0;
  if (!answer_.chunked && size > answer_.left) return abort();  // longer than announced
  if (!answer_.chunked) answer_.left -= size;

  std::string before = std::move(made_head_);
  made_head_ = {};
  std::string after;
  if (answer_.chunked && size != 0) {
    before += chunk_prefix(size);
    after = kChunkSuffix;
  }
  if (answer_.chunked) after += end;
  Stream::Pieces out{as_bytes(before)};
  std::size_t used = 1;
  for (const ByteView& piece : pieces) {
    if (size != 0) out.at(used++) = piece;
  }
  out.at(used) = as_bytes(after);
  if (size != 0 || !before.empty() || !after.empty()) send(out);
}

void Connection::put_head(unsigned status, const Headers& headers, std::optional<std::uint64_t> content_length) {
  if (!gone_ && !make_head(status, headers, content_length)) abort();
}

void Connection::put_body(std::span<const ByteView> pieces) { put_pieces(pieces, {}); }

void Connection::put_end(std::span<const ByteView> pieces) {
  answer_.finished = true;
  put_pieces(pieces, answer_.bodyless ? std::string_view() : kLastChunk);
  // Shorter than announced: the client must see it.
  if (!gone_ && !answer_.chunked && !answer_.bodyless && answer_.left != 0) return abort();
  if (unsent_.empty()) responder_ended();
}

void Connection::put_answer(unsigned status, std::string_view content_type, std::string_view body, Headers more) {
  more.add("Content-Type", content_type);
  put_head(status, more, body.size());
  const ByteView piece = as_bytes(body);
  put_end({&piece, 1});
}

// --- the same for a coroutine ---

Task<Result<void>> Connection::sent() {
  struct Drained {
    Connection& connection;
    [[nodiscard]] bool await_ready() const { return connection.gone_ || connection.unsent_.empty(); }
    void await_suspend(std::coroutine_handle<> waiter) { connection.writer_ = waiter; }
    void await_resume() const {}
  };
  while (!gone_ && !unsent_.empty()) co_await Drained{*this};
  if (gone_) co_return fail("http_client_gone");
  co_return {};
}

Task<Result<void>> Connection::write_head(unsigned status, const Headers& headers,
                                          std::optional<std::uint64_t> content_length, ByteView first) {
  if (gone_) co_return fail("http_client_gone");
  put_head(status, headers, content_length);
  put_body({&first, 1});
  co_return co_await sent();
}

Task<Result<void>> Connection::write_body(ByteView bytes) {
  put_body({&bytes, 1});
  co_return co_await sent();
}

Task<Result<void>> Connection::finish(ByteView last) {
  put_end({&last, 1});
  co_return co_await sent();
}

Task<Result<void>> Connection::respond(unsigned status, std::string_view content_type, std::string_view body,
                                       Headers more) {
  if (gone_) co_return fail("http_client_gone");
  put_answer(status, content_type, body, std::move(more));
  co_return co_await sent();
}

Task<Result<std::unique_ptr<WebSocket>>> Connection::accept_websocket(std::size_t max_message_bytes) {
  if (!is_websocket_upgrade(head_) || body_.state != BodyState::done) co_return fail("http_invalid", "upgrade");
  AIPG_CO_TRY(const std::string answer, websocket_answer(head_));
  answer_.head_written = answer_.finished = true;
  again_ = false;
  send({as_bytes(answer)});
  AIPG_CO_CHECK(co_await sent());
  upgraded_ = true;
  limit_.stop();
  stream_->tell(nullptr);
  WebSocketOptions options;
  options.idle = server_->limits.websocket_idle;
  options.max_message_bytes = max_message_bytes;
  co_return make_websocket(server_->runtime, stream_, in_.view(), WebSocketRole::server, options);
}

}  // namespace aipg::net
