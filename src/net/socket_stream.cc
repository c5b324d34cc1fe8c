// SPDX-License-Identifier: Apache-2.0
#include "net/socket_stream.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace aipg::net {

void Socket::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void Socket::note(std::uint32_t events) {
  constexpr std::uint32_t kEnd = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
  if ((events & (EPOLLIN | kEnd)) != 0) may_read_ = true;
  if ((events & (EPOLLOUT | kEnd)) != 0) may_write_ = true;
  if ((events & kEnd) != 0) at_end_ = true;
}

Stream::Transfer Socket::read(MutableByteView into) {
  if (fd_ < 0) return {Stream::Outcome::failed, 0};
  if (!may_read_) return {Stream::Outcome::again, 0};
  for (;;) {
    const ssize_t n = recv(fd_, into.data(), into.size(), 0);
    if (n > 0) {
      const auto got = static_cast<std::size_t>(n);
      // A short read took all there was: what comes later is a new edge, but the end that came before it is not.
      if (got < into.size() && !at_end_) may_read_ = false;
      return {Stream::Outcome::done, got};
    }
    if (n == 0) return {Stream::Outcome::end, 0};
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return {Stream::Outcome::failed, 0};
    may_read_ = false;
    return {Stream::Outcome::again, 0};
  }
}

Stream::Transfer Socket::write(const Stream::Pieces& pieces) {
  if (fd_ < 0) return {Stream::Outcome::failed, 0};
  if (!may_write_) return {Stream::Outcome::again, 0};
  std::array<iovec, std::tuple_size_v<Stream::Pieces>> vectors;
  std::size_t count = 0;
  for (const ByteView& piece : pieces) {
    if (piece.empty()) continue;
    vectors[count++] = {.iov_base = const_cast<std::uint8_t*>(piece.data()), .iov_len = piece.size()};
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = count;
  for (;;) {
    const ssize_t n = sendmsg(fd_, &message, MSG_NOSIGNAL);
    if (n >= 0) return {Stream::Outcome::done, static_cast<std::size_t>(n)};
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return {Stream::Outcome::failed, 0};
    may_write_ = false;
    return {Stream::Outcome::again, 0};
  }
}

void Socket::end_sending() const {
  if (fd_ >= 0) shutdown(fd_, SHUT_WR);
}

bool Socket::quiet() const {
  char byte = 0;
  return fd_ >= 0 && recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

namespace {

class UnwatchedSocket final : public UnwatchedStream {
 public:
  UnwatchedSocket(Socket socket, std::string peer) : socket_(std::move(socket)), peer_(std::move(peer)) {}
  [[nodiscard]] std::shared_ptr<Stream> watched(Runtime& runtime) override {
    return std::make_shared<SocketStream>(runtime, std::move(socket_), std::move(peer_));
  }

 private:
  Socket socket_;
  std::string peer_;
};

}  // namespace

SocketStream::SocketStream(Runtime& runtime, Socket socket, std::string peer)
    : Stream(runtime), socket_(std::move(socket)) {
  set_peer(std::move(peer));
  socket_.forget_what_was_said();
  if (socket_.fd() >= 0 && !reactor().watch(socket_.fd(), *this)) socket_.close();
}

Socket SocketStream::give_up() {
  if (socket_.fd() >= 0) reactor().forget(socket_.fd(), *this);
  return std::move(socket_);
}

std::unique_ptr<UnwatchedStream> SocketStream::let_go() { return std::make_unique<UnwatchedSocket>(give_up(), peer()); }

void SocketStream::on_events(std::uint32_t events) {
  socket_.note(events);
  ready();
}

void SocketStream::close_descriptor() {
  if (socket_.fd() < 0) return;
  reactor().forget(socket_.fd(), *this);
  socket_.close();
}

}  // namespace aipg::net
