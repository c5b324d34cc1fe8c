// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 server over TCP (optionally TLS) and Unix sockets. One coroutine a
// request, or none (Responder); bodies stream both ways under back-pressure; who
// answers learns at once when the client has gone. Heads go through
// parse_request_head; a refused one is answered and the connection closed.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "net/address.h"
#include "net/connection_counts.h"
#include "net/http.h"
#include "net/runtime.h"
#include "net/websocket.h"

namespace aipg::net {

struct TlsFiles {
  std::string certificate_chain, private_key;  // PEM files
};

struct ServerLimits {
  milliseconds idle{75'000};           // keep-alive connection without a request
  milliseconds head{10'000};           // from the first byte to the end of the head
  milliseconds body_progress{30'000};  // without a byte of the request's body, or of the response taken
  // How long a client may be waited for altogether, in either direction: so long, and longer by what it has brought
  // or taken at this rate. Time in which nothing is expected of it does not count.
  milliseconds body_grace{30'000};
  std::uint64_t body_bytes_a_second = 8 << 10;
  milliseconds websocket_idle{30'000};  // a silent peer is pinged at half of it, dropped after all of it
  std::uint64_t max_body_bytes = 40ULL << 20;
};

// The other way to answer a request: called instead of waiting, so that an
// exchange in which nothing happens costs no coroutine. Calls come from the
// loop, and may come from inside a call to the exchange. None after on_gone() or
// abort(), nor once the answer has ended and nothing of it is unsent.
class Responder {
 public:
  virtual ~Responder() = default;
  // The next piece of the request's body, valid during the call. The last one may be empty.
  virtual void on_body(ByteView bytes, bool last) = 0;
  // The body is malformed, too large, or did not come in time: http_body.
  virtual void on_body_failed(const Error& why) = 0;
  // Nothing is unsent any more.
  virtual void on_sent() = 0;
  // The client closed or reset the connection.
  virtual void on_gone() = 0;
};

class ServerDoor;

// One request and its answer. Lives as long as the handler runs, or its Responder.
class Exchange {
 public:
  virtual ~Exchange() = default;
  [[nodiscard]] virtual const RequestHead& head() const = 0;
  [[nodiscard]] virtual const std::string& peer() const = 0;  // for logs: address without port

  // The next piece of the body, at most 64 KiB; empty at its end. The view is
  // valid until the next call. Errors: http_body (malformed, too large, timed out), http_client_gone.
  [[nodiscard]] virtual Task<Result<ByteView>> read_body() = 0;

  // Response: head once, then pieces, then finish. The first piece may go with the head and the last with the end, so
  // that a client wakes once for both. Without content_length the
  // body is chunked. Each write waits until the socket took it. Content-Length, Transfer-Encoding and
  // Connection are the server's: such headers are left out. A header that is no token and value, and a body of
  // another length than announced, abort. Error: http_client_gone.
  [[nodiscard]] virtual Task<Result<void>> write_head(unsigned status, const Headers& headers,
                                                      std::optional<std::uint64_t> content_length,
                                                      ByteView first = {}) = 0;
  [[nodiscard]] virtual Task<Result<void>> write_body(ByteView bytes) = 0;
  [[nodiscard]] virtual Task<Result<void>> finish(ByteView last = {}) = 0;
  // Ends the connection without a proper end of body: the client sees a truncated answer.
  virtual void abort() = 0;
  [[nodiscard]] virtual bool head_written() const = 0;

  // Another server goes on with this, on its own thread: its exchange has the same request, and is given to `handler`
  // there. `body` is what was read of the body here and is to be read there again, by a responder; the head has no
  // headers any more if it was handed over here. The last call of a handler or a responder, who hears nothing more;
  // nothing of the answer may have been put. From a server that is gone the client is told nothing, as if it had
  // crashed.
  virtual void move_to(std::shared_ptr<const ServerDoor> there, Bytes body,
                       std::function<Task<void>(Exchange&)> handler) = 0;

  // --- the same without waiting: what the socket does not take is kept, see unsent_bytes() ---
  // The handler's last call: what is left of this exchange is `responder`'s, who is let go of at its end.
  virtual void hand_over(std::shared_ptr<Responder> responder) = 0;
  // Whether pieces of the body may come.
  virtual void pause_body(bool yes) = 0;
  virtual void put_head(unsigned status, const Headers& headers, std::optional<std::uint64_t> content_length) = 0;
  // At most four pieces. The head goes with the first ones, in one write.
  virtual void put_body(std::span<const ByteView> pieces) = 0;
  // The same, and the answer's end.
  virtual void put_end(std::span<const ByteView> pieces) = 0;
  virtual void put_answer(unsigned status, std::string_view content_type, std::string_view body, Headers more) = 0;
  [[nodiscard]] virtual std::size_t unsent_bytes() const = 0;

  // True once the client closed or reset the connection; `on_gone` is called
  // once when that is noticed, also while the handler waits for something else.
  // (Watching starts when the request's body has been read to its end.)
  [[nodiscard]] virtual bool client_gone() const = 0;
  virtual void on_gone(std::function<void()> call) = 0;

  // Turns the connection into a WebSocket; the handler owns it then.
  // Error: http_invalid when the request is no valid upgrade.
  [[nodiscard]] virtual Task<Result<std::unique_ptr<WebSocket>>> accept_websocket(std::size_t max_message_bytes) = 0;

  // Head, body and finish in one. The body must live until it returns.
  [[nodiscard]] virtual Task<Result<void>> respond(unsigned status, std::string_view content_type,
                                                   std::string_view body, Headers more = {}) = 0;
};

// The way to a server from another's thread. May outlive it.
class ServerDoor {
 public:
  virtual ~ServerDoor() = default;
};

class HttpServer {
 public:
  // A handler that writes nothing is answered for with 500; one that does not finish is aborted.
  using Handler = std::function<Task<void>(Exchange&)>;

  // Listens at once. Errors: listen_failed, tls_files. TLS when `tls` is given.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> listen(Runtime& runtime, const Address& address,
                                                                  std::optional<TlsFiles> tls, ServerLimits limits,
                                                                  Handler handler);
  // One that listens nowhere: what it serves comes through its door. Error: tls_files.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> without_listener(Runtime& runtime,
                                                                            std::optional<TlsFiles> tls,
                                                                            ServerLimits limits, Handler handler);
  // Closes every connection at once. Running handlers should have ended: see drain().
  virtual ~HttpServer() = default;
  // The port that was bound, for ":0"; 0 without a listener.
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  // Connections that are open, WebSockets among them.
  [[nodiscard]] virtual std::size_t connections() const = 0;
  // Of a server that listens with TLS: shows another certificate to who connects from now on; connections that are open
  // keep theirs. When these files are no good, nothing changes. Error: tls_files.
  [[nodiscard]] virtual Result<void> use_tls(const TlsFiles& files) = 0;
  [[nodiscard]] virtual std::shared_ptr<const ServerDoor> door() const = 0;
  // Of its listener's connections, wherever they go; one too many is closed without a word. No limits before.
  virtual void limit_connections(const MostConnections& most) = 0;
  [[nodiscard]] virtual std::uint64_t refused_connections() const = 0;
  // Of the connections that come from now on, each of these gets as many as this server keeps.
  virtual void share_with(std::vector<std::shared_ptr<const ServerDoor>> others) = 0;
  // Stops accepting, closes idle connections, waits for running handlers up to `grace`, then closes the rest.
  [[nodiscard]] virtual Task<void> drain(milliseconds grace) = 0;
};

}  // namespace aipg::net
