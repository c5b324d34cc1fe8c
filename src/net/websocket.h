// SPDX-License-Identifier: Apache-2.0
// A WebSocket (RFC 6455), either end. What comes is told as it comes: binary
// messages in pieces, so that no message is put together that nobody wants
// whole. Pings are answered, and sent when idle, so that a dead peer is noticed
// within the idle limit; so is one that takes nothing of what is sent to it.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "net/address.h"
#include "net/http.h"
#include "net/runtime.h"

namespace aipg::net {

class WebSocket {
 public:
  // Calls come from the loop. The WebSocket may be closed or aborted inside them, but not destroyed.
  class Events {
   public:
    virtual void on_text(ByteView message) = 0;             // whole; valid during the call
    virtual void on_binary(ByteView piece, bool last) = 0;  // of a message; valid until on_heard()
    virtual void on_heard() {}                              // what had arrived was told
    virtual void on_writable() {}                           // nothing is unsent any more
    // ws_closed (properly), ws_failed (anything else, too large a message included). Nothing comes after it.
    virtual void on_end(const Error& why) = 0;

   protected:
    ~Events() = default;
  };

  virtual ~WebSocket() = default;
  // Once. `events` lives as long as this.
  virtual void start(Events& events) = 0;
  // One message, now as far as the socket takes it; the rest is kept. Dropped once the connection has ended.
  virtual void send(bool text, ByteView bytes) = 0;
  [[nodiscard]] virtual std::size_t unsent_bytes() const = 0;
  // Begins the closing handshake, behind what is unsent.
  virtual void close() = 0;
  // Drops the connection now.
  virtual void abort() = 0;
  // TLS exporter of this connection (RFC 9266, label "EXPORTER-Channel-Binding", 32 bytes); zero bytes without TLS.
  [[nodiscard]] virtual ByteArray<32> channel_binding() const = 0;
};

struct WebSocketOptions {
  std::string ca_file = {};
  milliseconds connect{10'000};
  milliseconds idle{30'000};  // a silent peer is pinged at half of it, dropped after all of it
  std::size_t max_message_bytes = 4 << 20;
};

// Connects to ws:// or wss:// (address.tls), target after the address's path prefix.
// Errors: http_connect, http_tls, ws_handshake.
[[nodiscard]] Task<Result<std::unique_ptr<WebSocket>>> connect_websocket(Runtime& runtime, Address address,
                                                                         std::string target, Headers headers,
                                                                         WebSocketOptions options);

}  // namespace aipg::net
