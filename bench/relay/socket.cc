// SPDX-License-Identifier: Apache-2.0
#include "socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace aipg::bench::relay {
namespace {

constexpr std::size_t kBuffer = 256 * 1024;

}  // namespace

Socket::Socket(Socket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      state_(other.state_),
      tls_(std::move(other.tls_)),
      kept_(std::move(other.kept_)),
      kept_at_(other.kept_at_) {}

Socket::~Socket() { close(); }

Socket Socket::connect_to(std::uint16_t port) {
  Socket out(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(out.fd_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) {
    std::perror("bench: connect");
    std::exit(1);
  }
  const int yes = 1;
  (void)setsockopt(out.fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  return out;
}

void Socket::begin_tls(SSL_CTX* context) {
  tls_.reset(SSL_new(context));
  if (tls_ == nullptr || SSL_set_fd(tls_.get(), fd_) != 1 || SSL_connect(tls_.get()) != 1) {
    std::fputs("bench: no TLS handshake\n", stderr);
    std::exit(1);
  }
  // What is kept moves.
  (void)SSL_set_mode(tls_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

void Socket::unblock() { (void)fcntl(fd_, F_SETFL, O_NONBLOCK); }

ByteArray<32> Socket::channel_binding() const {
  constexpr std::string_view kLabel = "EXPORTER-Channel-Binding";
  ByteArray<32> out{};
  if (tls_ == nullptr) return out;
  const int good =
      SSL_export_keying_material(tls_.get(), out.data(), out.size(), kLabel.data(), kLabel.size(), nullptr, 0, 1);
  if (good != 1) std::abort();
  return out;
}

ByteView Socket::read() {
  static Bytes buffer(kBuffer);
  if (state_ != State::open) return {};
  const std::ptrdiff_t n = tls_ ? SSL_read(tls_.get(), buffer.data(), static_cast<int>(buffer.size()))
                                : ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (n > 0) return ByteView(buffer).first(static_cast<std::size_t>(n));
  if (tls_) {
    const int error = SSL_get_error(tls_.get(), static_cast<int>(n));
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return {};
    state_ = error == SSL_ERROR_ZERO_RETURN ? State::ended : State::failed;
  } else if (n == 0) {
    state_ = State::ended;
  } else if (errno != EAGAIN) {
    state_ = State::failed;
  }
  return {};
}

std::ptrdiff_t Socket::write_some(ByteView bytes) {
  if (!tls_) {
    const std::ptrdiff_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN) state_ = State::failed;
    return n;
  }
  const int n = SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
  if (n > 0) return n;
  const int error = SSL_get_error(tls_.get(), n);
  if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) state_ = State::failed;
  return -1;
}

void Socket::write(ByteView bytes) {
  if (state_ != State::open) return;
  while (kept() == 0 && !bytes.empty()) {
    const std::ptrdiff_t n = write_some(bytes);
    if (n < 0) break;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  append(kept_, bytes);
}

void Socket::write_kept() {
  while (kept() != 0) {
    const std::ptrdiff_t n = write_some(ByteView(kept_).subspan(kept_at_));
    if (n < 0) return;
    kept_at_ += static_cast<std::size_t>(n);
  }
  kept_.clear();
  kept_at_ = 0;
}

void Socket::close() {
  tls_.reset();
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  if (state_ == State::open) state_ = State::failed;
}

}  // namespace aipg::bench::relay
