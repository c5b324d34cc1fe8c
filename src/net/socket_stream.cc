// SPDX-License-Identifier: Apache-2.0
#include "net/socket_stream.h"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/v6_only.hpp>

#include "net/tls.h"

namespace aipg::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::local::stream_protocol;
using boost::system::error_code;

void prepare(tcp::socket& socket) {
  error_code ignored;
  // Tokens go out one by one: waiting for more would be felt.
  socket.set_option(tcp::no_delay(true), ignored);
}
void prepare(stream_protocol::socket&) {}

std::string peer_name(const tcp::socket& socket) {
  error_code ec;
  const auto endpoint = socket.remote_endpoint(ec);
  return ec ? std::string("unknown") : endpoint.address().to_string();
}
std::string peer_name(const stream_protocol::socket&) { return "unix"; }

template <typename Protocol>
class SocketListener final : public Listener {
 public:
  explicit SocketListener(Runtime& runtime) : runtime_(runtime), acceptor_(runtime.impl().io) {}
  ~SocketListener() override { SocketListener::close(); }

  Result<void> open(const typename Protocol::endpoint& endpoint, const std::string& file) {
    error_code ec;
    acceptor_.open(endpoint.protocol(), ec);
    if (ec) return fail("listen_failed", "socket");
    if (file.empty()) acceptor_.set_option(asio::socket_base::reuse_address(true), ec);
    acceptor_.bind(endpoint, ec);
    if (ec) return fail("listen_failed", "bind");
    // Nobody can connect before listen(), so the mode is never wider than this.
    if (!file.empty() && chmod(file.c_str(), S_IRUSR | S_IWUSR) != 0) return fail("listen_failed", "mode");
    file_ = file;
    acceptor_.listen(asio::socket_base::max_listen_connections, ec);
    if (ec) return fail("listen_failed", "listen");
    return {};
  }

  [[nodiscard]] std::uint16_t port() const override {
    if constexpr (std::is_same_v<Protocol, tcp>) {
      error_code ec;
      return acceptor_.local_endpoint(ec).port();
    } else {
      return 0;
    }
  }

  [[nodiscard]] Task<std::shared_ptr<Stream>> accept() override {
    while (acceptor_.is_open()) {
      typename Protocol::socket socket(runtime_.impl().io);
      const error_code ec =
          co_await AsioOperation([this, &socket](auto handler) { acceptor_.async_accept(socket, std::move(handler)); });
      if (!ec) {
        prepare(socket);
        std::string peer = peer_name(socket);
        auto stream = std::make_shared<SocketStream<typename Protocol::socket>>(runtime_, std::move(socket));
        stream->set_peer(std::move(peer));
        co_return stream;
      }
      // Out of descriptors, most likely: some come free as connections end.
      if (ec != asio::error::operation_aborted && ec != asio::error::connection_aborted) {
        co_await runtime_.sleep(milliseconds(50));
      }
    }
    co_return nullptr;
  }

  void close() override {
    error_code ignored;
    acceptor_.close(ignored);
    if (!file_.empty()) unlink(std::exchange(file_, {}).c_str());
  }

 private:
  Runtime& runtime_;
  Protocol::acceptor acceptor_;
  std::string file_;
};

// Removes a socket file of ours that nobody listens on any more.
Result<void> remove_stale(const std::string& path) {
  struct stat info{};
  if (lstat(path.c_str(), &info) != 0) return {};
  if (!S_ISSOCK(info.st_mode) || info.st_uid != geteuid()) return fail("listen_failed", "file in the way");
  asio::io_context io;
  stream_protocol::socket probe(io);
  error_code ec;
  probe.connect(stream_protocol::endpoint(path), ec);
  if (ec != asio::error::connection_refused) return fail("listen_failed", "in use");
  unlink(path.c_str());
  return {};
}

template <typename Protocol>
Result<std::unique_ptr<Listener>> open_listener(Runtime& runtime, const typename Protocol::endpoint& endpoint,
                                                const std::string& file) {
  auto listener = std::make_unique<SocketListener<Protocol>>(runtime);
  AIPG_CHECK(listener->open(endpoint, file));
  return listener;
}

// --- connecting ---

struct Resolving {
  explicit Resolving(Runtime& runtime) : resolver(runtime.impl().io), changed(runtime) {}
  tcp::resolver resolver;
  Event changed;
  bool done = false;
  error_code ec;
  std::vector<tcp::endpoint> endpoints;
};

// One attempt to connect: what every step needs, and how the step under way is stopped.
struct Attempt {
  Attempt(Runtime& r, milliseconds limit, Cancellation& c, std::string& f)
      : runtime(r), cancellation(c), failure(f), timer(r, [this] {
          timed_out = true;
          stop_step();
        }) {
    timer.expire_after(limit);
    cancellation.on_cancel([this] { stop_step(); });
  }
  ~Attempt() { cancellation.on_cancel(nullptr); }

  void stop_step() {
    if (stop) stop();
  }
  [[nodiscard]] bool stopped() const { return timed_out || cancellation.cancelled(); }
  [[nodiscard]] std::unexpected<Error> failed(std::string why) {
    if (cancellation.cancelled()) return fail("http_cancelled");
    failure = timed_out ? "timed out" : std::move(why);
    return fail("http_connect");
  }

  Runtime& runtime;
  Cancellation& cancellation;
  std::string& failure;
  bool timed_out = false;
  std::function<void()> stop;
  Timer timer;
};

Task<Result<std::vector<tcp::endpoint>>> resolve(Attempt& attempt, const Address& address) {
  error_code ec;
  const auto literal = asio::ip::make_address(address.host, ec);
  if (!ec) co_return std::vector{tcp::endpoint(literal, address.port)};

  // Asio asks the system on a thread of its own, which cannot be interrupted:
  // the answer may come after nobody waits for it any more.
  auto state = std::make_shared<Resolving>(attempt.runtime);
  state->resolver.async_resolve(address.host, std::to_string(address.port),
                                [state](error_code error, const tcp::resolver::results_type& results) {
                                  state->ec = error;
                                  for (const auto& entry : results) state->endpoints.push_back(entry.endpoint());
                                  state->done = true;
                                  state->changed.notify_all();
                                });
  attempt.stop = [&changed = state->changed] { changed.notify_all(); };
  while (!state->done && !attempt.stopped()) co_await state->changed.wait();
  attempt.stop = nullptr;
  if (!state->done || state->endpoints.empty()) co_return attempt.failed("name not found");
  co_return std::move(state->endpoints);
}

template <typename Protocol>
Task<error_code> connect_socket(Attempt& attempt, typename Protocol::socket& socket,
                                const typename Protocol::endpoint& endpoint) {
  attempt.stop = [&socket] {
    error_code ignored;
    socket.close(ignored);
  };
  const error_code ec =
      co_await AsioOperation([&](auto handler) { socket.async_connect(endpoint, std::move(handler)); });
  attempt.stop = nullptr;
  if (!ec) prepare(socket);
  co_return ec;
}

Task<Result<std::shared_ptr<Stream>>> connect_unix(Attempt& attempt, const Address& address) {
  stream_protocol::socket socket(attempt.runtime.impl().io);
  const error_code ec =
      co_await connect_socket<stream_protocol>(attempt, socket, stream_protocol::endpoint(address.path));
  if (ec || attempt.stopped()) co_return attempt.failed(ec.message());
  auto stream = std::make_shared<UnixStream>(attempt.runtime, std::move(socket));
  stream->set_peer("unix");
  co_return stream;
}

Task<Result<std::shared_ptr<Stream>>> connect_tcp(Attempt& attempt, const Address& address) {
  AIPG_CO_TRY(const auto endpoints, co_await resolve(attempt, address));
  error_code ec;
  for (const tcp::endpoint& endpoint : endpoints) {
    tcp::socket socket(attempt.runtime.impl().io);
    ec = co_await connect_socket<tcp>(attempt, socket, endpoint);
    if (attempt.stopped()) break;
    if (ec) continue;
    auto stream = std::make_shared<TcpStream>(attempt.runtime, std::move(socket));
    stream->set_peer(endpoint.address().to_string());
    co_return stream;
  }
  co_return attempt.failed(ec.message());
}

Task<Result<std::shared_ptr<Stream>>> connect_tls(Attempt& attempt, const Address& address, std::shared_ptr<Stream> tcp,
                                                  std::shared_ptr<TlsContext> context) {
  auto stream = TlsStream::client(attempt.runtime, std::move(tcp), std::move(context), address.host);
  attempt.stop = [&stream] { stream->close(); };
  std::string why;
  const auto shaken = co_await stream->shake_hands(why);
  attempt.stop = nullptr;
  if (attempt.stopped()) co_return attempt.failed({});
  if (!shaken) {
    attempt.failure = why;
    co_return fail("http_tls");
  }
  co_return stream;
}

}  // namespace

Result<std::unique_ptr<Listener>> listen_on(Runtime& runtime, const Address& address) {
  if (address.kind == Address::Kind::unix_socket) {
    AIPG_CHECK(remove_stale(address.path));
    return open_listener<stream_protocol>(runtime, stream_protocol::endpoint(address.path), address.path);
  }
  error_code ec;
  const auto ip = asio::ip::make_address(address.host == "localhost" ? "127.0.0.1" : address.host, ec);
  if (ec) return fail("listen_failed", "address");
  return open_listener<tcp>(runtime, tcp::endpoint(ip, address.port), {});
}

Task<Result<std::shared_ptr<Stream>>> connect_stream(Runtime& runtime, Address address, std::shared_ptr<TlsContext> tls,
                                                     milliseconds limit, Cancellation& cancellation,
                                                     std::string& failure) {
  Attempt attempt(runtime, limit, cancellation, failure);
  if (cancellation.cancelled()) co_return attempt.failed({});
  if (address.kind == Address::Kind::unix_socket) co_return co_await connect_unix(attempt, address);
  AIPG_CO_TRY(auto stream, co_await connect_tcp(attempt, address));
  if (!tls) co_return stream;
  co_return co_await connect_tls(attempt, address, std::move(stream), std::move(tls));
}

}  // namespace aipg::net
