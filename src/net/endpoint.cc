// SPDX-License-Identifier: Apache-2.0
#include "net/endpoint.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>

#include <array>
#include <cstring>

#include "net/socket_stream.h"

namespace aipg::net {

std::optional<Endpoint> Endpoint::ip(const std::string& address, std::uint16_t port) {
  Endpoint out;
  auto& v4 = reinterpret_cast<sockaddr_in&>(out.storage_);
  if (inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    out.size_ = sizeof(sockaddr_in);
    return out;
  }
  // "fe80::1%eth0" names the interface too.
  const auto zone = address.find('%');
  auto& v6 = reinterpret_cast<sockaddr_in6&>(out.storage_);
  if (inet_pton(AF_INET6, address.substr(0, zone).c_str(), &v6.sin6_addr) != 1) return std::nullopt;
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  if (zone != address.npos) v6.sin6_scope_id = if_nametoindex(address.c_str() + zone + 1);
  if (zone != address.npos && v6.sin6_scope_id == 0) return std::nullopt;
  out.size_ = sizeof(sockaddr_in6);
  return out;
}

std::optional<Endpoint> Endpoint::unix_socket(const std::string& path) {
  Endpoint out;
  auto& file = reinterpret_cast<sockaddr_un&>(out.storage_);
  if (path.empty() || path.size() >= sizeof(file.sun_path)) return std::nullopt;
  file.sun_family = AF_UNIX;
  std::ranges::copy(path, std::begin(file.sun_path));
  out.size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return out;
}

Endpoint Endpoint::copy(const sockaddr* address, socklen_t size) {
  Endpoint out;
  if (size > sizeof(out.storage_)) __builtin_trap();
  std::memcpy(&out.storage_, address, size);
  out.size_ = size;
  return out;
}

Endpoint Endpoint::of(int fd) {
  Endpoint out;
  out.size_ = sizeof(out.storage_);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&out.storage_), &out.size_) != 0) return {};
  return out;
}

Endpoint Endpoint::peer_of(int fd) {
  Endpoint out;
  out.size_ = sizeof(out.storage_);
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&out.storage_), &out.size_) != 0) return {};
  return out;
}

std::uint16_t Endpoint::port() const {
  if (family() == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(storage_).sin_port);
  if (family() == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(storage_).sin6_port);
  return 0;
}

std::string Endpoint::name() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* ip = nullptr;
  if (family() == AF_INET) ip = &reinterpret_cast<const sockaddr_in&>(storage_).sin_addr;
  if (family() == AF_INET6) ip = &reinterpret_cast<const sockaddr_in6&>(storage_).sin6_addr;
  if (ip == nullptr) return family() == AF_UNIX ? "unix" : "unknown";
  return inet_ntop(family(), ip, text.data(), text.size()) != nullptr ? text.data() : "unknown";
}

std::shared_ptr<Stream> make_stream(Runtime& runtime, int fd, const Endpoint& peer) {
  // Tokens go out one by one: waiting for more would be felt.
  const int yes = 1;
  if (peer.family() != AF_UNIX) (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  return std::make_shared<SocketStream>(runtime, Socket(fd), peer.name());
}

}  // namespace aipg::net
