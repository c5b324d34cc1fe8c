// SPDX-License-Identifier: Apache-2.0
#include "net/http_connection.h"

#include "net/scratch.h"
#include "net/websocket_handshake.h"
#include "net/websocket_stream.h"

namespace aipg::net {
namespace {

constexpr std::size_t kBodyPiece = 64 * 1024;
constexpr milliseconds kLinger{2000};
// What a connection is served of in one turn of the loop: a client that sends faster than it is answered would else be
// the only one.
constexpr std::size_t kRequestsPerTurn = 16;
constexpr std::size_t kBytesPerTurn = Scratch::kBytes;

struct Refusal {
  Literal code, where;  // of the error; an empty `where` is any
  unsigned status;
  std::string_view message;
};
constexpr Refusal kRefusals[] = {
    {"http_head_too_large", "target", 414, "The request's target is too long."},
    {"http_head_too_large", "", 431, "The request's head is too large."},
    {"http_length", "missing", 411, "A request with this method has to say how long its body is."},
    {"http_transfer_encoding", "", 501, "Only the chunked transfer encoding is known."},
    {"http_version", "", 505, "Only HTTP/1.1 is spoken here."},
    {"http_timeout", "", 408, "The request took too long."},
    {"http_expect", "", 417, "Only Expect: 100-continue is known."},
};
constexpr Refusal kMalformed = {"http_invalid", "", 400, "The request is malformed."};

const Refusal& refusal_of(const Error& error) {
  const auto* found = std::ranges::find_if(kRefusals, [&](const Refusal& each) {
    return each.code == error.code && (each.where == Literal("") || each.where == error.where);
  });
  return found == std::end(kRefusals) ? kMalformed : *found;
}

// Shaped as all errors of a gateway are (docs/errors.md).
std::string error_body(std::string_view message, std::string_view type, std::string_view code) {
  return std::string(R"({"error":{"message":")").append(message) + std::string(R"(","type":")").append(type) +
         std::string(R"(","code":")").append(code) + std::string(R"(","param":null},"detail":")").append(message) +
         R"("})";
}
Headers do_not_retry() {
  Headers out;
  out.add("x-should-retry", "false");
  return out;
}
std::string malformed(std::string_view message) {
  return error_body(message, "invalid_request_error", "malformed_request");
}

}  // namespace

Connection::Connection(std::shared_ptr<ServerState> server, std::shared_ptr<Stream> stream)
    : server_(std::move(server)),
      stream_(std::move(stream)),
      limit_(server_->runtime, [this] { expired(); }),
      work_(server_->work.enter()) {}

Connection::~Connection() {
  if (!upgraded_) stream_->detach();
}

void Door::enter(std::function<void(const std::shared_ptr<ServerState>&)> call) const {
  (void)mailbox_->put([server = server_, call = std::move(call)] {
    if (const auto state = server.lock()) call(state);
  });
}

void Connection::start() {
  server_->connections.emplace(this, shared_from_this());
  if (server_->tls) return server_->runtime.spawn(shake_hands(), shared_from_this());
  begin();
}

Task<void> Connection::shake_hands() {
  if (phase_ == Phase::closed) co_return;
  auto tls = TlsStream::server(server_->runtime, stream_, server_->tls);
  stream_ = tls;
  limit_reading(server_->limits.head);
  std::string ignored;
  const auto shaken = co_await tls->shake_hands(ignored);
  if (phase_ == Phase::closed) co_return;
  if (shaken && !server_->draining) {
    begin();
  } else {
    close();
  }
}

void Connection::begin() {
  phase_ = Phase::idle;
  limit_reading(server_->limits.idle);
  stream_->tell(this);
  // What has come already is no edge to come.
  come_again();
}

void Connection::close_idle() {
  if (phase_ != Phase::handling && phase_ != Phase::skipping && phase_ != Phase::moving) close();
}

void Connection::close_now() {
  if (phase_ == Phase::handling) return mark_gone();
  close();
}

void Connection::on_ready() {
  const auto self = shared_from_this();
  requests_left_ = kRequestsPerTurn;
  flush();
  feed_kept();
  read_input();
}

void Connection::come_again() {
  server_->runtime.post([self = shared_from_this()] { self->on_ready(); });
}

// --- what comes ---

// How much may be read now.
std::size_t Connection::wanted() const {
  switch (phase_) {
    case Phase::idle:
    case Phase::head:
      // Who does not take answers gets no more of them.
      return unsent_.empty() ? Scratch::kBytes : 0;
    case Phase::handling:
      if (may_upgrade_) return 0;
      if (body_.state == BodyState::open) {
        if (responder_) return body_.paused ? 0 : Scratch::kBytes;
        return reader_ ? kBodyPiece : 0;
      }
      // To notice that the client has gone, and to keep what it sends early: a head's worth.
      return in_.size() < kMaxHeadBytes ? kMaxHeadBytes - in_.size() : 0;
    case Phase::skipping:
    case Phase::leaving:
      return kBodyPiece;
    default:
      return 0;
  }
}

void Connection::read_input() {
  for (std::size_t bytes = 0; const std::size_t room = wanted();) {
    if (phase_ == Phase::idle && !in_.empty()) return;  // that comes first
    if (bytes >= kBytesPerTurn) return come_again();
    Scratch scratch;
    const auto transfer = stream_->read_now(scratch.room().first(room));
    if (transfer.outcome == Stream::Outcome::again) return;
    if (transfer.outcome != Stream::Outcome::done) return input_ended();
    bytes += transfer.bytes;
    const ByteView rest = feed(scratch.used(transfer.bytes));
    if (rest.empty()) continue;
    in_.append(rest);
    body_may_go_on();
  }
}

// Returns what nobody wants yet.
MutableByteView Connection::feed(MutableByteView bytes) {
  while (!bytes.empty()) {
    switch (phase_) {
      case Phase::idle:
        if (requests_left_ == 0) {
          come_again();
          return bytes;
        }
        --requests_left_;
        phase_ = Phase::head;
        limit_reading(server_->limits.head);
        [[fallthrough]];
      case Phase::head:
        bytes = feed_head(bytes);
        break;
      case Phase::handling:
        if (!responder_ || body_.state != BodyState::open) return bytes;
        bytes = head_.chunked ? push_chunks(bytes) : push_body(bytes);
        break;
      case Phase::skipping:
        bytes = skip(bytes);
        break;
      case Phase::moving:
        return bytes;
      default:
        return {};
    }
  }
  return {};
}

// What was kept while it was not wanted.
void Connection::feed_kept() {
  while (!in_.empty() && wanted() != 0) {
    const bool for_coroutine = phase_ == Phase::handling && !responder_;
    const bool for_later = phase_ == Phase::handling && body_.state != BodyState::open;
    const bool for_next_turn = phase_ == Phase::idle && requests_left_ == 0;
    if (for_coroutine || for_later || for_next_turn || phase_ == Phase::head) return;
    ReadBuffer kept = std::move(in_);
    const std::size_t rest = feed(kept.content()).size();
    if (rest == 0) continue;
    kept.consume(kept.size() - rest);
    in_ = std::move(kept);
    body_may_go_on();
  }
}

void Connection::body_may_go_on() {
  if (reader_) server_->runtime.reactor().resume(std::exchange(reader_, nullptr));
}

MutableByteView Connection::feed_head(MutableByteView bytes) {
  const bool whole = in_.empty();
  const std::size_t before = in_.size();
  if (!whole) in_.append(bytes);
  // Only a line's end tells more than what was looked at before: else bytes that come one by one would be costly.
  if (!whole && !as_text(bytes).contains('\n') && in_.size() < kMaxHeadBytes) return {};
  auto parsed = parse_request_head(as_text(whole ? ByteView(bytes) : in_.view()));
  if (parsed) {
    const MutableByteView rest = bytes.subspan(parsed->consumed - before);
    if (!whole) in_.clear();
    if (!take_head(*parsed)) return {};
    handler_runs_ = true;
    body_.begun = !rest.empty();
    if (!may_upgrade_) {
      handle();
      return rest;
    }
    in_.append(rest);  // the WebSocket's
    server_->runtime.spawn(run(server_->handler), shared_from_this());
    return {};
  }
  if (parsed.error().code == Literal("http_head_incomplete")) {
    if (whole) in_.append(bytes);
    return {};
  }
  refuse(parsed.error());
  return {};
}

MutableByteView Connection::push_body(MutableByteView bytes) {
  const std::size_t n = std::min<std::uint64_t>(body_.left, bytes.size());
  body_.left -= n;
  body_.total += n;
  body_came(n);
  if (body_.left == 0) {
    body_ended();
  } else if (!body_.paused) {
    wait_for_body();
  }
  const auto responder = responder_;
  responder->on_body(bytes.first(n), body_.left == 0);
  return bytes.subspan(n);
}

MutableByteView Connection::push_chunks(MutableByteView bytes) {
  const auto responder = responder_;
  body_came(bytes.size());
  while (!bytes.empty() && responder_ && body_.state == BodyState::open) {
    const auto step = body_.chunks.feed(bytes);
    if (step) body_.total += step->data.size();
    if (!step || too_large()) {
      responder->on_body_failed(body_failed(step ? Literal("too large") : Literal("chunk")).error());
      return {};
    }
    bytes = bytes.subspan(step->consumed);
    if (body_.chunks.done()) body_ended();
    if (!step->data.empty() || body_.chunks.done()) responder->on_body(step->data, body_.chunks.done());
  }
  if (body_.state == BodyState::open && responder_ && !body_.paused) wait_for_body();
  return bytes;
}

MutableByteView Connection::skip(MutableByteView bytes) {
  body_.skipped += bytes.size();
  body_came(bytes.size());
  wait_for_body();
  if (body_.skipped > kSkipBytes) {
    leave();
    return {};
  }
  if (!head_.chunked) {
    const std::size_t n = std::min<std::uint64_t>(body_.left, bytes.size());
    body_.left -= n;
    if (body_.left == 0) next_request();
    return bytes.subspan(n);
  }
  while (!bytes.empty() && !body_.chunks.done()) {
    const auto step = body_.chunks.feed(bytes);
    if (!step) {
      leave();
      return {};
    }
    bytes = bytes.subspan(step->consumed);
  }
  if (body_.chunks.done()) next_request();
  return bytes;
}

void Connection::input_ended() {
  if (phase_ == Phase::handling) return mark_gone();
  close();
}

// --- requests ---

bool Connection::take_head(ParsedRequestHead& parsed) {
  read_at_leisure();
  head_ = std::move(parsed.head);
  body_ = {};
  answer_ = {};
  again_ = head_.keep_alive;
  timed_out_ = false;
  on_gone_ = nullptr;
  phase_ = Phase::handling;
  body_.left = head_.content_length.value_or(0);
  if (head_.chunked || body_.left > 0) body_.state = BodyState::open;
  may_upgrade_ = is_websocket_upgrade(head_);
  if (head_.headers.count("expect") > 0) {
    if (head_.headers.count("expect") > 1 || !equal_ignoring_case(*head_.headers.find("expect"), "100-continue")) {
      refuse(Error{"http_expect", {}, 0});
      return false;
    }
    body_.wants_continue = body_.state == BodyState::open;
  }
  return true;
}

void Connection::refuse(const Error& error) {
  const Refusal& refusal = refusal_of(error);
  head_ = {};
  body_ = {};
  answer_ = {};
  again_ = may_upgrade_ = false;
  phase_ = Phase::handling;
  put_answer(refusal.status, "application/json", malformed(refusal.message), do_not_retry());
  answered();
}

// Most handlers of a gateway hand over, and wait for nothing.
void Connection::handle() {
  Task<void> handling = server_->handler(*this);
  if (handling.done()) return handler_ended();
  server_->runtime.start(end_after(std::move(handling)), shared_from_this());
}

Task<void> Connection::run(HttpServer::Handler handler) { co_await end_after(handler(*this)); }

Task<void> Connection::end_after(Task<void> handling) {
  co_await std::move(handling);
  handler_ended();
}

void Connection::handler_ended() {
  handler_runs_ = false;
  if (phase_ == Phase::moving || phase_ == Phase::closed) return;
  on_gone_ = nullptr;
  if (upgraded_) return close();
  if (responder_) return;
  if (!gone_ && !answer_.head_written) answer_for_handler();
  if (!gone_ && !answer_.finished) abort();
  answered();
}

// The handler wrote nothing: because the body was bad, or by mistake.
void Connection::answer_for_handler() {
  again_ = false;
  const bool bad = body_.state == BodyState::failed;
  const std::string body = bad ? malformed("The request's body is malformed.")
                               : error_body("The server failed.", "server_error", "internal");
  put_answer(!bad ? 500 : timed_out_ ? 408 : 400, "application/json", body, do_not_retry());
}

// Its calls may be below us still.
void Connection::responder_ended() {
  if (!responder_) return;
  server_->runtime.reactor().let_go(std::exchange(responder_, nullptr));
  answered();
}

// The answer is given, as far as that was possible.
void Connection::answered() {
  if (handler_runs_ || phase_ != Phase::handling) return;
  if (gone_) return close();
  if (!again_ || body_.state == BodyState::failed) return leave();
  if (body_.state == BodyState::done) return next_request();
  phase_ = Phase::skipping;
  wait_for_body();
  come_again();
}

void Connection::next_request() {
  if (server_->draining) return leave();
  phase_ = Phase::idle;
  head_ = {};
  limit_reading(server_->limits.idle);
  // What came meanwhile is no edge to come.
  if (!in_.empty()) come_again();
}

// Closing with unread bytes would reset the connection, and the reset may
// overtake the answer. So: say the end, and read until the client has it too.
void Connection::leave() {
  phase_ = Phase::leaving;
  in_.clear();
  head_ = {};
  limit_reading(kLinger);
  say_end();
  come_again();
}

void Connection::say_end() {
  if (phase_ != Phase::leaving || !unsent_.empty() || std::exchange(end_said_, true)) return;
  limit_reading(kLinger);
  stream_->end_sending();
}

void Connection::mark_gone() {
  if (gone_) return;
  drop();
  if (auto responder = std::exchange(responder_, nullptr)) {
    responder->on_gone();
    server_->runtime.reactor().let_go(std::move(responder));
  }
  if (auto call = std::exchange(on_gone_, nullptr)) call();
  answered();
}

// Nothing more can be read or written; a coroutine that waits for either learns it.
void Connection::drop() {
  gone_ = true;
  stream_->close();
  unsent_.clear();
  limit_.cancel();
  Reactor& reactor = server_->runtime.reactor();
  if (reader_) reactor.resume(std::exchange(reader_, nullptr));
  if (writer_) reactor.resume(std::exchange(writer_, nullptr));
}

void Connection::close() {
  if (std::exchange(phase_, Phase::closed) == Phase::closed) return;
  limit_.stop();
  if (!upgraded_) stream_->detach();
  // Whoever called may still be at work on this.
  if (const auto self = server_->connections.find(this); self != server_->connections.end()) {
    server_->runtime.reactor().let_go(std::move(self->second));
    server_->connections.erase(self);
  }
}

void Connection::on_gone(std::function<void()> call) {
  if (gone_) return call();
  on_gone_ = std::move(call);
}

void Connection::abort() {
  drop();
  responder_ended();
}

void Connection::hand_over(std::shared_ptr<Responder> responder) {
  responder_ = std::move(responder);
  const auto keep = responder_;
  // What the responder wants to know of the head it has taken.
  head_.headers = {};
  if (gone_) {
    keep->on_gone();
    return responder_ended();
  }
  if (too_large()) return keep->on_body_failed(body_failed("too large").error());
  ask_to_continue();
  const Bytes before = std::exchange(read_before_, {});
  const bool whole = body_.state == BodyState::done;
  if (whole || !before.empty()) keep->on_body(before, whole);
  if (body_.state != BodyState::open || !responder_) return;
  if (!body_.paused) wait_for_body();
  if (!in_.empty()) come_again();
}

void Connection::move_to(std::shared_ptr<const ServerDoor> there, Bytes body, HttpServer::Handler handler) {
  if (gone_) return;  // since its handler was called
  if (phase_ != Phase::handling || answer_.head_written) __builtin_trap();
  phase_ = Phase::moving;
  limit_.cancel();
  on_gone_ = nullptr;
  if (responder_) server_->runtime.reactor().let_go(std::exchange(responder_, nullptr));
  // What was read behind that part of the body is still on its way through here.
  server_->runtime.post([self = shared_from_this(), there = std::move(there), body = std::move(body),
                         handler = std::move(handler)] { self->depart(*there, body, handler); });
}

void Connection::depart(const ServerDoor& there, Bytes body, HttpServer::Handler handler) {
  if (phase_ != Phase::moving) return;
  // Closures are copied; what they carry is not.
  const auto begun = std::make_shared<Begun>(stream_->release(), std::move(head_), body_, std::move(body),
                                             std::move(in_), unsent_.take(), again_, may_upgrade_, std::move(handler));
  static_cast<const Door&>(there).enter([begun](const std::shared_ptr<ServerState>& server) {
    auto stream = begun->stream->watch(server->runtime);
    std::make_shared<Connection>(server, std::move(stream))->go_on(*begun);
  });
  close();
}

void Connection::go_on(Begun& begun) {
  server_->connections.emplace(this, shared_from_this());
  phase_ = Phase::handling;
  head_ = std::move(begun.head);
  body_ = begun.body;
  read_before_ = std::move(begun.read);
  in_ = std::move(begun.in);
  again_ = begun.again;
  may_upgrade_ = begun.may_upgrade;
  stream_->tell(this);
  if (!begun.unsent.empty()) send({begun.unsent});
  handler_runs_ = true;
  server_->runtime.start(run(std::move(begun.handler)), shared_from_this());
  on_ready();
}

void Connection::pause_body(bool yes) {
  if (body_.paused == yes) return;
  body_.paused = yes;
  if (body_.state != BodyState::open) return;
  if (yes) return read_at_leisure();
  wait_for_body();
  come_again();
}

// --- limits ---

void Connection::limit_reading(milliseconds from_now) {
  read_until_ = now() + from_now;
  arm();
}

void Connection::wait_for_body() {
  read_until_ = body_.patience.wait(now(), patience());
  arm();
}

void Connection::body_came(std::size_t bytes) { body_.patience.moved(now(), bytes); }

void Connection::read_at_leisure() {
  body_.patience.rest(now());
  read_until_ = TimePoint::max();
  arm();
}

void Connection::wait_for_room() {
  write_until_ = answer_.patience.wait(now(), patience());
  arm();
}

void Connection::room_came(std::size_t bytes) {
  answer_.patience.moved(now(), bytes);
  write_until_ = TimePoint::max();
  unsent_.empty() ? arm() : wait_for_room();
}

Patience::Limits Connection::patience() const {
  const ServerLimits& limits = server_->limits;
  return {limits.body_progress, limits.body_grace, limits.body_bytes_a_second};
}

void Connection::arm() {
  const TimePoint nearer = std::min(read_until_, write_until_);
  nearer == TimePoint::max() ? limit_.cancel() : limit_.expire_at(nearer);
}

void Connection::expired() {
  const auto self = shared_from_this();
  if (write_until_ <= now()) return phase_ == Phase::handling ? mark_gone() : close();
  read_until_ = TimePoint::max();
  if (phase_ == Phase::head) return refuse(Error{"http_timeout", {}, 0});
  if (phase_ != Phase::handling) return close();
  const auto responder = responder_;
  timed_out_ = true;
  if (responder) return responder->on_body_failed(body_failed("timed out").error());
  if (reader_) server_->runtime.reactor().resume(std::exchange(reader_, nullptr));
}

}  // namespace aipg::net
