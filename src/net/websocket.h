// SPDX-License-Identifier: Apache-2.0
// A WebSocket (RFC 6455), either end. Messages are whole; one reader coroutine
// at a time, writers take turns. While receive() waits, pings are answered, and
// sent when idle, so that a dead peer is noticed within the idle limit. Must
// outlive the calls to it.
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
  struct Message {
    bool text = false;
    Bytes bytes;
  };
  virtual ~WebSocket() = default;
  // Errors: ws_closed (proper close), ws_failed (anything else, too large a message included).
  [[nodiscard]] virtual Task<Result<Message>> receive() = 0;
  [[nodiscard]] virtual Task<Result<void>> send(bool text, ByteView bytes) = 0;
  // Begins the closing handshake; pending receive() ends.
  [[nodiscard]] virtual Task<void> close() = 0;
  // Drops the connection now; pending calls end with ws_failed.
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
