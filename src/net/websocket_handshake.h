// SPDX-License-Identifier: Apache-2.0
// The opening handshake (RFC 6455, section 4), both ends, as pure functions.
// No extensions, no subprotocols. Private to net/.
#pragma once

#include "net/address.h"
#include "net/http.h"

namespace aipg::net {

[[nodiscard]] bool is_websocket_upgrade(const RequestHead& head);
// The answer "101 Switching Protocols". Error: http_invalid.
[[nodiscard]] Result<std::string> websocket_answer(const RequestHead& head);

// `key`: 16 random bytes as base64. Error: ws_handshake (target or headers are not fit to be written).
[[nodiscard]] Result<std::string> websocket_request(const Address& address, std::string_view target,
                                                    const Headers& headers, std::string_view key);
// Error: ws_handshake.
[[nodiscard]] Result<void> check_websocket_answer(const ResponseHead& head, std::string_view key);

[[nodiscard]] std::string make_websocket_key();
// base64(SHA-1(key ‖ the RFC's constant)).
[[nodiscard]] std::string websocket_accept(std::string_view key);

}  // namespace aipg::net
