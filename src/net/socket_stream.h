// SPDX-License-Identifier: Apache-2.0
// A Stream over a TCP or Unix socket. Private to net/.
#pragma once

#include <utility>

#include "net/stream.h"

namespace aipg::net {

// A descriptor that the loop watches, non-blocking, and what is known of it.
class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        may_read_(other.may_read_),
        may_write_(other.may_write_),
        at_end_(other.at_end_) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() { close(); }

  [[nodiscard]] int fd() const { return fd_; }
  void close();

  // On another loop everything is to be tried anew.
  void forget_what_was_said() { may_read_ = may_write_ = true; }
  // What epoll said.
  void note(std::uint32_t events);
  [[nodiscard]] Stream::Transfer read(MutableByteView into);
  [[nodiscard]] Stream::Transfer write(const Stream::Pieces& pieces);
  void end_sending() const;
  // Nothing to read, not even the end.
  [[nodiscard]] bool quiet() const;

 private:
  int fd_;
  // Edges: true until the system has said that there is nothing more.
  bool may_read_ = true, may_write_ = true;
  bool at_end_ = false;  // the peer's end, or an error, lies behind what can be read
};

class SocketStream final : public Stream, private Reactor::Watcher {
 public:
  // Watches the descriptor, which it owns.
  SocketStream(Runtime& runtime, Socket socket, std::string peer);
  ~SocketStream() override { close_descriptor(); }

  // Gives the descriptor to another stream; nothing may be under way. This one is closed.
  [[nodiscard]] Socket give_up();

  [[nodiscard]] Transfer read_now(MutableByteView into) override { return socket_.read(into); }
  [[nodiscard]] Transfer write_now(const Pieces& pieces) override { return socket_.write(pieces); }
  void end_sending() override { socket_.end_sending(); }
  [[nodiscard]] bool quiet() const override { return socket_.quiet(); }

 private:
  void on_events(std::uint32_t events) override;
  void close_descriptor() override;
  [[nodiscard]] std::unique_ptr<UnwatchedStream> let_go() override;

  Socket socket_;
};

}  // namespace aipg::net
