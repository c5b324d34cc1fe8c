// SPDX-License-Identifier: Apache-2.0
// Where to listen or connect: "http://host:port", "https://host:port",
// "unix:/path" (HTTP over a Unix socket), "ws://…", "wss://…" with a path.
// Strict: no userinfo, no fragment, no query. Error: invalid_address.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace aipg::net {

struct Address {
  enum class Kind : std::uint8_t { tcp, unix_socket };
  Kind kind = Kind::tcp;
  bool tls = false;
  std::string host;  // without brackets for IPv6
  std::uint16_t port = 0;
  std::string path;  // of the socket file, or the URL's path prefix ("" or "/v1"), without trailing slash

  // "host:port" for the Host field and for messages.
  [[nodiscard]] std::string authority() const;
  [[nodiscard]] bool is_loopback() const;
  friend bool operator==(const Address&, const Address&) = default;
};

[[nodiscard]] Result<Address> parse_url(std::string_view url);
// "127.0.0.1:8443", "[::1]:0", "localhost:80", "unix:/path"; the host is an IP address or localhost.
[[nodiscard]] Result<Address> parse_listen(std::string_view text);

}  // namespace aipg::net
