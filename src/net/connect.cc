// SPDX-License-Identifier: Apache-2.0
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>
#include <vector>

#include "net/endpoint.h"
#include "net/reactor.h"
#include "net/tls.h"

namespace aipg::net {
namespace {

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

// --- names ---

struct Resolving {
  explicit Resolving(Runtime& runtime) : changed(runtime) {}
  Event changed;
  bool done = false;
  std::vector<Endpoint> endpoints;
};

std::vector<Endpoint> look_up(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  std::vector<Endpoint> out;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return out;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    out.push_back(Endpoint::copy(each->ai_addr, each->ai_addrlen));
  }
  freeaddrinfo(found);
  return out;
}

// The system is asked on a thread of its own, which cannot be interrupted: the answer may come after nobody waits for
// it any more, and after the loop.
void ask_the_system(Reactor& reactor, const std::shared_ptr<Resolving>& state, const Address& address) {
  reactor.begin_work();
  std::thread([mailbox = reactor.mailbox(), &reactor, state = std::shared_ptr(state), host = address.host,
               port = address.port]() mutable {
    auto endpoints = look_up(host, port);
    // Moved into the post: what waits for the answer belongs to the loop's thread. The reactor is there when it runs.
    (void)mailbox->put([&reactor, state = std::move(state), endpoints = std::move(endpoints)]() mutable {
      reactor.end_work();
      state->endpoints = std::move(endpoints);
      state->done = true;
      state->changed.notify_all();
    });
  }).detach();
}

Task<Result<std::vector<Endpoint>>> resolve(Attempt& attempt, const Address& address) {
  if (const auto literal = Endpoint::ip(address.host, address.port)) co_return std::vector{*literal};
  auto state = std::make_shared<Resolving>(attempt.runtime);
  ask_the_system(attempt.runtime.reactor(), state, address);
  attempt.stop = [&changed = state->changed] { changed.notify_all(); };
  while (!state->done && !attempt.stopped()) co_await state->changed.wait();
  attempt.stop = nullptr;
  if (!state->done || state->endpoints.empty()) co_return attempt.failed("name not found");
  co_return std::move(state->endpoints);
}

// --- sockets ---

// Until the connection stands, or its error is known.
class Connecting final : private Stream::Readiness {
 public:
  Connecting(Runtime& runtime, Stream& stream) : changed_(runtime), stream_(stream) { stream.tell(this); }
  ~Connecting() { stream_.tell(nullptr); }
  Connecting(const Connecting&) = delete;
  Connecting& operator=(const Connecting&) = delete;

  [[nodiscard]] Task<void> wait() { return changed_.wait(); }
  void wake() { changed_.notify_all(); }

 private:
  void on_ready() override { changed_.notify_all(); }
  Event changed_;
  Stream& stream_;
};

bool is_connected(int fd) { return Endpoint::peer_of(fd).size() != 0; }

int error_of(int fd) {
  int error = 0;
  socklen_t size = sizeof(error);
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

// What errno says, or 0: then `out` is connected.
Task<int> connect_to(Attempt& attempt, const Endpoint& endpoint, std::shared_ptr<Stream>& out) {
  const int fd = socket(endpoint.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) co_return errno;
  const bool at_once = connect(fd, endpoint.address(), endpoint.size()) == 0;
  int error = at_once ? 0 : errno;
  out = make_stream(attempt.runtime, fd, endpoint);
  if (error != EINPROGRESS) co_return error;
  Connecting connecting(attempt.runtime, *out);
  attempt.stop = [&connecting] { connecting.wake(); };
  Reactor& reactor = attempt.runtime.reactor();
  reactor.begin_work();
  while ((error = error_of(fd)) == 0 && !is_connected(fd) && !attempt.stopped()) co_await connecting.wait();
  reactor.end_work();
  attempt.stop = nullptr;
  co_return error;
}

Task<Result<std::shared_ptr<Stream>>> connect_to_one(Attempt& attempt, std::vector<Endpoint> endpoints) {
  int error = 0;
  for (const Endpoint& endpoint : endpoints) {
    std::shared_ptr<Stream> stream;
    error = co_await connect_to(attempt, endpoint, stream);
    if (error == 0 && !attempt.stopped()) co_return stream;
    if (stream) stream->close();
    if (attempt.stopped()) break;
  }
  co_return attempt.failed(std::strerror(error));
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

Task<Result<std::shared_ptr<Stream>>> connect_stream(Runtime& runtime, Address address, std::shared_ptr<TlsContext> tls,
                                                     milliseconds limit, Cancellation& cancellation,
                                                     std::string& failure) {
  Attempt attempt(runtime, limit, cancellation, failure);
  if (cancellation.cancelled()) co_return attempt.failed({});
  std::vector<Endpoint> endpoints;
  if (address.kind == Address::Kind::unix_socket) {
    if (const auto endpoint = Endpoint::unix_socket(address.path)) endpoints.push_back(*endpoint);
    if (endpoints.empty()) co_return attempt.failed("the path is too long for a socket");
  } else {
    AIPG_CO_TRY(endpoints, co_await resolve(attempt, address));
  }
  AIPG_CO_TRY(auto stream, co_await connect_to_one(attempt, std::move(endpoints)));
  if (!tls || address.kind == Address::Kind::unix_socket) co_return stream;
  co_return co_await connect_tls(attempt, address, std::move(stream), std::move(tls));
}

}  // namespace aipg::net
