// SPDX-License-Identifier: Apache-2.0
// The gateway as a session needs it: requests, their answers piece by piece,
// and waiting. Whoever drives a session implements it, over sockets
// (client/http_gateway.h) or by handing each step to another language's own
// HTTP client. Of one call of a session at a time.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "codec/bhttp.h"
#include "net/task.h"

namespace aipg::client {

class Gateway {
 public:
  using Field = codec::bhttp::Field;
  struct Request {
    std::string method = "GET";
    std::string target;         // from the path on
    std::vector<Field> fields;  // besides those that carry the message: Host, Content-Length, Connection
    ByteView body;              // must live until the answer's head has come
    bool repeatable = false;    // may be sent twice when a kept connection turns out to be closed
  };

  // An answer that is being read. Destroying it before its end gives it up.
  class Response {
   public:
    virtual ~Response() = default;
    [[nodiscard]] virtual unsigned status() const = 0;
    [[nodiscard]] virtual std::string content_type() const = 0;  // empty when there is none
    // The next piece, borrowed until the next call; empty at the proper end.
    // Errors: http_truncated (closed before its end), http_timeout, http_cancelled.
    [[nodiscard]] virtual net::Task<Result<ByteView>> read() = 0;
  };

  struct Whole {
    unsigned status = 0;
    Bytes body;
  };

  virtual ~Gateway() = default;
  // Errors: http_connect, http_tls (nothing was sent), and read()'s.
  [[nodiscard]] virtual net::Task<Result<std::unique_ptr<Response>>> send(Request request) = 0;
  // The whole answer. Errors besides: http_too_large, http_timeout after `limit`.
  [[nodiscard]] virtual net::Task<Result<Whole>> fetch(Request request, std::size_t max_bytes, milliseconds limit) = 0;
  [[nodiscard]] virtual net::Task<void> pause(milliseconds duration) = 0;
  // Nobody wants the answer any more. What was in progress has ended with http_cancelled.
  [[nodiscard]] virtual bool is_cancelled() const = 0;
  // For people: why the last one did not connect ("connection refused"). No content.
  [[nodiscard]] virtual std::string last_failure() const = 0;
};

}  // namespace aipg::client
