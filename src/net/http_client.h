// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 requests over TCP, TLS (server certificate always verified) and
// Unix sockets. Responses stream. Idle connections are kept and reused by a
// client and those made beside() it; a request whose reused connection was closed before any answer byte
// is tried once more on a new one only when the caller says it may be repeated.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "net/address.h"
#include "net/http.h"
#include "net/runtime.h"

namespace aipg::net {

struct ClientOptions {
  std::string ca_file = {};  // PEM; empty: the system's store
  milliseconds connect{10'000};
  milliseconds response_head{600'000};  // from the request's end to the answer's head
  milliseconds progress{600'000};       // between two pieces of the answer
};

// A response being read. Destroying it before its end closes the connection.
class ClientResponse {
 public:
  virtual ~ClientResponse() = default;
  [[nodiscard]] virtual const ResponseHead& head() const = 0;
  // The next piece; empty at the proper end. Errors: http_truncated (closed
  // before its end), http_timeout, http_cancelled.
  [[nodiscard]] virtual Task<Result<ByteView>> read() = 0;
  // Closes now; a read in progress ends with http_cancelled.
  virtual void cancel() = 0;
};

struct ClientRequest {
  std::string method = "GET";
  std::string target = "/";  // after the address's path prefix
  Headers headers = {};      // Host, Content-Length and Connection are set by the client
  ByteView body = {};        // must live until the response head has arrived
  bool repeatable = false;
};

class HttpClient {
 public:
  HttpClient(Runtime& runtime, Address address, ClientOptions options = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Another client of the same address, over the same kept connections. Each cancels its own requests only.
  [[nodiscard]] HttpClient beside() const;

  // Errors: http_connect (address and reason are in last_failure()), http_tls,
  // http_truncated, http_timeout, http_invalid, http_cancelled.
  [[nodiscard]] Task<Result<std::unique_ptr<ClientResponse>>> send(ClientRequest request);
  // Whole body, at most max_bytes. Error besides send()'s: http_too_large.
  struct Whole {
    ResponseHead head;
    Bytes body;
  };
  [[nodiscard]] Task<Result<Whole>> fetch(ClientRequest request, std::size_t max_bytes);
  // Ends every request of this client in progress with http_cancelled.
  void cancel_all();
  // For people: why the last connect failed ("connection refused"). No content.
  [[nodiscard]] const std::string& last_failure() const;
  [[nodiscard]] const Address& address() const;

  struct Impl;  // for http_client.cc

 private:
  explicit HttpClient(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;  // shared with requests and responses in progress, which may end later
};

}  // namespace aipg::net
