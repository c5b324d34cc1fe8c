// SPDX-License-Identifier: Apache-2.0
// A socket's address as the system has it. Private to net/.
#pragma once

#include <sys/socket.h>

#include <memory>
#include <optional>
#include <string>

#include "net/stream.h"

namespace aipg::net {

class Endpoint {
 public:
  Endpoint() = default;
  // Nothing for what is no IP address, or a path that no socket can have.
  [[nodiscard]] static std::optional<Endpoint> ip(const std::string& address, std::uint16_t port);
  [[nodiscard]] static std::optional<Endpoint> unix_socket(const std::string& path);
  [[nodiscard]] static Endpoint copy(const sockaddr* address, socklen_t size);
  // Where a socket is bound, and who is at its other end.
  [[nodiscard]] static Endpoint of(int fd);
  [[nodiscard]] static Endpoint peer_of(int fd);

  [[nodiscard]] int family() const { return storage_.ss_family; }
  [[nodiscard]] const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  [[nodiscard]] socklen_t size() const { return size_; }
  [[nodiscard]] std::uint16_t port() const;  // 0 for a file
  // For logs: the address without port; "unix", or "unknown".
  [[nodiscard]] std::string name() const;

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

// A non-blocking descriptor, connected or about to be, as a stream, which owns it.
[[nodiscard]] std::shared_ptr<Stream> make_stream(Runtime& runtime, int fd, const Endpoint& peer);

}  // namespace aipg::net
