// SPDX-License-Identifier: Apache-2.0
// One worker link over a WebSocket: what comes goes to control and mux as it
// comes, and what gathered is written once per loop turn. Used by both ends.
// Must outlive run(), and not be moved.
#pragma once

#include <memory>
#include <string_view>

#include "link/control.h"
#include "link/mux.h"
#include "net/websocket.h"

namespace aipg::link {

class ConnectionEvents : public MuxEvents {
 public:
  virtual void on_control(const Control& message) = 0;
  // What had arrived was told; what was told of it may not be looked at after this.
  virtual void on_heard() {}
  // There is room again, of which has_room() said that there was none.
  virtual void on_room() {}
};

class Connection {
 public:
  Connection(net::Runtime& runtime, std::unique_ptr<net::WebSocket> socket, Role role);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Until the link ends. Once. All callbacks come from the loop meanwhile. Errors: ws_closed, ws_failed, and those of
  // control.h and mux.h (the link is then dropped); link_limit (unread) when the peer reads far less than it makes this
  // side say.
  [[nodiscard]] net::Task<Result<void>> run(ConnectionEvents& events);

  [[nodiscard]] Mux& mux() { return mux_; }
  [[nodiscard]] const Mux& mux() const { return mux_; }
  // After anything was put into mux(): it goes out at the end of this loop turn.
  void flush();
  void send(const Control& message);  // in order with everything else
  [[nodiscard]] ByteArray<32> channel_binding() const;
  [[nodiscard]] std::size_t unsent_bytes() const;  // waiting for the socket
  // Whether more DATA may be added to what waits. Credit is the peer's to grant; how far its socket may fall behind is
  // not. on_room() tells whoever was told no.
  [[nodiscard]] bool has_room();
  void close();  // proper close after what is unsent; run() ends
  void abort();
  void abort(const Error& why);  // run() ends with this

 private:
  struct Impl;
  Mux mux_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aipg::link
