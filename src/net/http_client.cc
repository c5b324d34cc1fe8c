// SPDX-License-Identifier: Apache-2.0
#include "net/http_client.h"

#include <unordered_set>

#include "net/chunked.h"
#include "net/read_buffer.h"
#include "net/stream.h"
#include "net/tls.h"

namespace aipg::net {
namespace {

constexpr std::size_t kMaxIdle = 16;
constexpr std::size_t kHeadRead = 4 * 1024;
constexpr std::size_t kBodyRead = 64 * 1024;
constexpr std::size_t kLeastRead = 4 * 1024;
constexpr std::size_t kSlice = 64 * 1024;
constexpr unsigned kMostInterim = 8;  // answers before the answer: one is what is ever needed

bool is_framing(std::string_view name) {
  return equal_ignoring_case(name, "host") || equal_ignoring_case(name, "content-length") ||
         equal_ignoring_case(name, "transfer-encoding") || equal_ignoring_case(name, "connection");
}

bool wants_length(const ClientRequest& request) {
  return !request.body.empty() || (request.method != "GET" && request.method != "HEAD");
}

}  // namespace

class Call;

namespace {

// What clients of one address share.
struct Pool {
  Runtime& runtime;
  Address address;
  ClientOptions options;
  std::shared_ptr<TlsContext> tls = nullptr;
  std::vector<std::shared_ptr<Stream>> idle = {};  // the longest unused first
  std::size_t clients = 0;                         // 0: they are gone, keep no connection

  [[nodiscard]] std::shared_ptr<Stream> take_idle() {
    while (!idle.empty()) {
      auto stream = std::move(idle.back());
      idle.pop_back();
      if (stream->quiet()) return stream;
      stream->close();
    }
    return nullptr;
  }
  void give_back(std::shared_ptr<Stream> stream) {
    stream->rest();
    if (clients == 0 || !stream->quiet()) return stream->close();
    idle.push_back(std::move(stream));
    if (idle.size() <= kMaxIdle) return;
    idle.front()->close();
    idle.erase(idle.begin());
  }
  void client_gone() {
    if (--clients != 0) return;
    for (const auto& stream : std::exchange(idle, {})) stream->close();
  }
};

}  // namespace

struct HttpClient::Impl {
  std::shared_ptr<Pool> pool;  // whose clients and calls end in any order
  std::unordered_set<Call*> calls = {};
  std::string last_failure = {};

  [[nodiscard]] Result<std::string> make_head(const ClientRequest& request) const;
};

Result<std::string> HttpClient::Impl::make_head(const ClientRequest& request) const {
  const Address& address = pool->address;
  const std::string prefix = address.kind == Address::Kind::unix_socket ? std::string() : address.path;
  if (!is_token(request.method)) return fail("http_invalid", "method");
  if (!is_origin_form(request.target)) return fail("http_invalid", "target");
  if (!is_well_formed(request.headers)) return fail("http_invalid", "header");
  std::string out =
      request.method + ' ' + prefix + request.target + " HTTP/1.1\r\nHost: " + address.authority() + "\r\n";
  for (const Header& header : request.headers.all()) {
    if (!is_framing(header.name)) out.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  if (wants_length(request)) out.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
  return out.append("\r\n");
}

// One request and its response, on one connection at a time.
class Call final : public ClientResponse {
 public:
  explicit Call(std::shared_ptr<HttpClient::Impl> client) : client_(std::move(client)) { client_->calls.insert(this); }
  ~Call() override {
    client_->calls.erase(this);
    drop();
    forget_body();
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // Until the response's head is there.
  [[nodiscard]] Task<Result<void>> run(const ClientRequest& request);

  [[nodiscard]] const ResponseHead& head() const override { return head_; }
  [[nodiscard]] Task<Result<ByteView>> read() override;
  void cancel() override {
    cancellation_.cancel();
    if (stream_) stream_->close();
  }

 private:
  enum class State : std::uint8_t { reading, ended, failed };

  [[nodiscard]] Task<Result<bool>> acquire(bool fresh);
  [[nodiscard]] Task<Result<void>> connect();
  [[nodiscard]] Task<Result<void>> exchange(std::string_view head, const ClientRequest& request);
  void start_sending(std::string_view head, ByteView body);
  void send_slice(std::string_view head);
  void keep_unsent();
  void forget_body();
  [[nodiscard]] Task<Result<void>> read_head(std::string_view method);
  [[nodiscard]] Result<void> take_head(ParsedResponseHead parsed, std::string_view method);
  [[nodiscard]] Task<Result<void>> fill(std::size_t n);
  [[nodiscard]] Result<std::optional<ByteView>> next_piece();
  [[nodiscard]] std::unexpected<Error> failed(const Error& error);
  void ended();
  void drop() {
    if (stream_) stream_->detach();
    stream_ = nullptr;
  }

  std::shared_ptr<HttpClient::Impl> client_;
  std::shared_ptr<Stream> stream_;
  Cancellation cancellation_;

  // The request's body leaves in slices that are copied, so that the caller's
  // memory is not needed longer than promised when the answer comes early.
  ByteView unsent_;
  Bytes kept_, slice_;
  bool sending_ = false;

  ReadBuffer in_;
  std::size_t room_ = kLeastRead;  // for the next read of a body without a length
  bool answered_ = false;          // a byte of the answer has arrived
  ResponseHead head_;
  State state_ = State::reading;
  std::uint64_t left_ = 0;
  ChunkedDecoder chunks_;
  std::size_t held_ = 0;
};

// --- the request ---

Task<Result<void>> Call::run(const ClientRequest& request) {
  AIPG_CO_TRY(const std::string head, client_->make_head(request));
  AIPG_CO_TRY(const bool reused, co_await acquire(false));
  auto done = co_await exchange(head, request);
  const bool stale = reused && !done && !answered_ && done.error().code == Literal("http_truncated");
  if (!stale || !request.repeatable) co_return done;
  in_.clear();
  state_ = State::reading;
  AIPG_CO_CHECK(co_await acquire(true));
  co_return co_await exchange(head, request);
}

// True when the connection was used before.
Task<Result<bool>> Call::acquire(bool fresh) {
  if (cancellation_.cancelled()) co_return fail("http_cancelled");
  stream_ = fresh ? nullptr : client_->pool->take_idle();
  const bool reused = stream_ != nullptr;
  if (!reused) AIPG_CO_CHECK(co_await connect());
  stream_->write_limit(client_->pool->options.progress);
  co_return reused;
}

Task<Result<void>> Call::connect() {
  Pool& pool = *client_->pool;
  if (pool.address.tls && !pool.tls) {
    auto context = TlsContext::client(pool.options.ca_file);
    if (!context) {
      client_->last_failure = "the certificates to trust cannot be read";
      co_return fail("http_tls");
    }
    pool.tls = *std::move(context);
  }
  auto stream = co_await connect_stream(pool.runtime, pool.address, pool.tls, pool.options.connect, cancellation_,
                                        client_->last_failure);
  if (!stream) co_return std::unexpected(stream.error());
  stream_ = *std::move(stream);
  co_return {};
}

Task<Result<void>> Call::exchange(std::string_view head, const ClientRequest& request) {
  start_sending(head, request.body);
  auto done = co_await read_head(request.method);
  if (done) keep_unsent();
  co_return done;
}

void Call::start_sending(std::string_view head, ByteView body) {
  unsent_ = body;
  sending_ = true;
  send_slice(head);
}

void Call::send_slice(std::string_view head) {
  const std::size_t n = std::min(unsent_.size(), kSlice);
  slice_.assign(head.begin(), head.end());
  append(slice_, unsent_.first(n));
  unsent_ = unsent_.subspan(n);
  stream_->start_write({slice_}, [this](Stream::Transfer transfer) {
    // A server that refuses early stops reading: its answer is read all the same.
    if (transfer.outcome != Stream::Outcome::done) return;
    if (!unsent_.empty()) return send_slice({});
    sending_ = false;
    forget_body();
    if (head_.status == 0) stream_->read_deadline(client_->pool->options.response_head);
  });
}

// A body may be a prompt.
void Call::forget_body() {
  wipe(slice_);
  wipe(kept_);
  slice_ = kept_ = Bytes();
}

// The answer's head came before the request's end, whose memory may go now.
void Call::keep_unsent() {
  if (unsent_.empty()) return;
  kept_ = to_bytes(unsent_);
  unsent_ = kept_;
}

// --- the response ---

Task<Result<void>> Call::read_head(std::string_view method) {
  for (unsigned interim = 0;;) {
    auto parsed = parse_response_head(as_text(in_.view()));
    if (parsed && parsed->head.status >= 200) co_return take_head(*std::move(parsed), method);
    if (parsed && parsed->head.status == 101) co_return failed(Error{"http_invalid", "status", 0});
    if (parsed && ++interim > kMostInterim) co_return failed(Error{"http_invalid", "interim", 0});
    if (parsed) {
      in_.consume(parsed->consumed);  // "100 Continue" and its like
      continue;
    }
    if (parsed.error().code != Literal("http_head_incomplete")) {
      co_return failed(Error{"http_invalid", parsed.error().code, 0});
    }
    AIPG_CO_CHECK(co_await fill(kHeadRead));
  }
}

Result<void> Call::take_head(ParsedResponseHead parsed, std::string_view method) {
  in_.consume(parsed.consumed);
  head_ = std::move(parsed.head);
  stream_->no_read_deadline();
  left_ = head_.content_length.value_or(0);
  if (!has_body(method, head_.status)) {
    ended();
  } else if (!head_.chunked && !head_.content_length) {
    // Ended by closing: nobody could tell it from a cut.
    return failed(Error{"http_invalid", "no length", 0});
  } else if (head_.content_length == 0U) {
    ended();
  }
  return {};
}

Task<Result<ByteView>> Call::read() {
  in_.consume(std::exchange(held_, 0));
  for (;;) {
    if (cancellation_.cancelled()) co_return failed(Error{"http_cancelled", {}, 0});
    if (state_ == State::failed) co_return fail("http_truncated");
    if (state_ == State::ended) co_return ByteView{};
    AIPG_CO_TRY(const auto piece, next_piece());
    if (piece) co_return *piece;
    if (state_ == State::ended) continue;
    stream_->read_deadline(client_->pool->options.progress);
    const std::size_t room = head_.chunked ? room_ : std::min<std::uint64_t>(left_, kBodyRead);
    AIPG_CO_CHECK(co_await fill(room));
    // A stream of small events waits most of its life: it needs no room for a large one.
    room_ = in_.size() >= room ? std::min(2 * room_, kBodyRead) : std::max(room_ / 2, kLeastRead);
  }
}

Result<std::optional<ByteView>> Call::next_piece() {
  if (!head_.chunked) {
    const std::size_t n = std::min({std::uint64_t{in_.size()}, left_, std::uint64_t{kBodyRead}});
    left_ -= n;
    held_ = n;
    if (n > 0) return in_.view().first(n);
    if (left_ == 0) ended();
    return std::nullopt;
  }
  const auto step = chunks_.feed(in_.view());
  if (!step) return failed(Error{"http_invalid", "chunk", 0});
  if (!step->data.empty()) {
    held_ = step->consumed;
    return step->data;
  }
  in_.consume(step->consumed);
  if (chunks_.done()) ended();
  return std::nullopt;
}

Task<Result<void>> Call::fill(std::size_t n) {
  const auto transfer = co_await stream_->read_some(in_.prepare(n));
  if (transfer.outcome == Stream::Outcome::done) {
    in_.commit(transfer.bytes);
    answered_ = true;
    co_return {};
  }
  if (cancellation_.cancelled()) co_return failed(Error{"http_cancelled", {}, 0});
  if (transfer.outcome == Stream::Outcome::timed_out) co_return failed(Error{"http_timeout", {}, 0});
  co_return failed(Error{"http_truncated", {}, 0});
}

std::unexpected<Error> Call::failed(const Error& error) {
  state_ = State::failed;
  drop();
  return std::unexpected(error);
}

// The connection is used again when both directions are at their end.
void Call::ended() {
  state_ = State::ended;
  const bool clean = head_.keep_alive && !sending_ && in_.empty() && !cancellation_.cancelled();
  if (clean) {
    client_->pool->give_back(std::exchange(stream_, nullptr));
  } else {
    drop();
  }
}

// --- the client ---

HttpClient::HttpClient(Runtime& runtime, Address address, ClientOptions options)
    : HttpClient(
          std::make_shared<Impl>(std::make_shared<Pool>(Pool{runtime, std::move(address), std::move(options)}))) {}

HttpClient::HttpClient(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) { ++impl_->pool->clients; }

HttpClient::~HttpClient() { impl_->pool->client_gone(); }

HttpClient HttpClient::beside() const { return HttpClient(std::make_shared<Impl>(impl_->pool)); }

void HttpClient::cancel_all() {
  const auto calls = impl_->calls;
  for (Call* call : calls) {
    if (impl_->calls.contains(call)) call->cancel();
  }
}

const std::string& HttpClient::last_failure() const { return impl_->last_failure; }
const Address& HttpClient::address() const { return impl_->pool->address; }

// Coroutines that hold the client's state themselves: the HttpClient may go while they wait.
namespace {

Task<Result<std::unique_ptr<ClientResponse>>> send_on(std::unique_ptr<Call> call, ClientRequest request) {
  AIPG_CO_CHECK(co_await call->run(request));
  co_return call;
}

Task<Result<HttpClient::Whole>> fetch_on(std::unique_ptr<Call> call, ClientRequest request, std::size_t max_bytes) {
  AIPG_CO_CHECK(co_await call->run(request));
  HttpClient::Whole whole{.head = call->head(), .body = {}};
  for (;;) {
    AIPG_CO_TRY(const ByteView piece, co_await call->read());
    if (piece.empty()) co_return whole;
    if (piece.size() > max_bytes - whole.body.size()) co_return fail("http_too_large");
    append(whole.body, piece);
  }
}

}  // namespace

Task<Result<std::unique_ptr<ClientResponse>>> HttpClient::send(ClientRequest request) {
  return send_on(std::make_unique<Call>(impl_), std::move(request));
}

Task<Result<HttpClient::Whole>> HttpClient::fetch(ClientRequest request, std::size_t max_bytes) {
  return fetch_on(std::make_unique<Call>(impl_), std::move(request), max_bytes);
}

}  // namespace aipg::net
