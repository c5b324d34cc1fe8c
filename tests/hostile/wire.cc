// SPDX-License-Identifier: Apache-2.0
#include "wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

namespace aipg::hostile {
namespace {

bool ready(int fd, short events, milliseconds patience) {
  pollfd one{.fd = fd, .events = events, .revents = 0};
  return poll(&one, 1, static_cast<int>(patience.count())) > 0;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  out.sin_port = htons(port);
  return out;
}

int tcp_socket() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

}  // namespace

Wire Wire::connect(std::uint16_t port) {
  Wire out(tcp_socket());
  const sockaddr_in address = loopback(port);
  if (::connect(out.fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) out.close();
  return out;
}

bool Wire::send(ByteView bytes, milliseconds patience) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) {
      if (!ready(fd_, POLLOUT, patience)) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

Wire::Came Wire::read(Bytes& into, milliseconds patience) {
  if (!ready(fd_, POLLIN, patience)) return Came::nothing;
  ByteArray<64 * 1024> buffer;
  const ssize_t n = recv(fd_, buffer.data(), buffer.size(), 0);
  if (n <= 0) return Came::end;
  append(into, ByteView(buffer).first(static_cast<std::size_t>(n)));
  return Came::bytes;
}

void Wire::end_sending() { shutdown(fd_, SHUT_WR); }

void Wire::reset_at_close() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void Wire::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Listener::Listener() : fd_(tcp_socket()) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  const bool bound = bind(fd_, reinterpret_cast<sockaddr*>(&address), size) == 0 && listen(fd_, 64) == 0 &&
                     getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  if (!bound) __builtin_trap();
  port_ = ntohs(address.sin_port);
}

Listener::Listener(const std::string& path) : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(fd_, 64) != 0) __builtin_trap();
}

Listener::~Listener() { close(fd_); }

Wire Listener::accept(milliseconds patience) {
  if (!ready(fd_, POLLIN, patience)) return {};
  const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);  // no-op on a Unix socket
  return Wire(fd);
}

}  // namespace aipg::hostile
