// SPDX-License-Identifier: Apache-2.0
// A non-blocking TCP socket of the measuring side, plain or under TLS, with what
// could not be written yet. Used on one thread.
#pragma once

#include <openssl/ssl.h>

#include <memory>

#include "base/bytes.h"

namespace aipg::bench::relay {

class Socket {
 public:
  enum class State : std::uint8_t { open, ended, failed };

  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&&) = delete;
  ~Socket();

  // To a port of this machine; blocks until connected. Ends the program when it cannot.
  [[nodiscard]] static Socket connect_to(std::uint16_t port);
  // As its client, on a connection that is there; blocks until both have shaken hands. Checks no certificate.
  void begin_tls(SSL_CTX* context);
  void unblock();                                       // from now on nothing blocks
  [[nodiscard]] ByteArray<32> channel_binding() const;  // RFC 9266; zero bytes without TLS

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] State state() const { return state_; }

  // What has come, up to one buffer; empty when nothing has (or the end: see state()). Valid until the next call on
  // any socket.
  [[nodiscard]] ByteView read();
  void write(ByteView bytes);  // now, as far as it goes; the rest is kept
  void write_kept();           // when there is room again
  [[nodiscard]] std::size_t kept() const { return kept_.size() - kept_at_; }
  void close();  // no goodbye

 private:
  [[nodiscard]] std::ptrdiff_t write_some(ByteView bytes);

  int fd_;
  State state_ = State::open;
  std::unique_ptr<SSL, void (*)(SSL*)> tls_{nullptr, SSL_free};
  Bytes kept_;
  std::size_t kept_at_ = 0;
};

}  // namespace aipg::bench::relay
