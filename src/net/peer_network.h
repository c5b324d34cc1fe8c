// SPDX-License-Identifier: Apache-2.0
// With whom a peer is counted: by its IPv4 address, or by its IPv6 /64, which is
// what one network is given. Whoever is on this machine is counted with nobody:
// Unix sockets, 127.0.0.1 and ::1, where a proxy before a server would stand for
// everybody. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aipg::net {

// `peer` as Exchange::peer() says it.
[[nodiscard]] std::optional<std::string> network_of(std::string_view peer);

}  // namespace aipg::net
