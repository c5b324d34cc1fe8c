// SPDX-License-Identifier: Apache-2.0
// A WebSocket over a Stream after the opening handshake. Private to net/.
#pragma once

#include "net/stream.h"
#include "net/websocket.h"

namespace aipg::net {

enum class WebSocketRole : std::uint8_t { client, server };

// `early`: what arrived behind the handshake already.
[[nodiscard]] std::unique_ptr<WebSocket> make_websocket(Runtime& runtime, std::shared_ptr<Stream> stream,
                                                        ByteView early, WebSocketRole role,
                                                        const WebSocketOptions& options);

}  // namespace aipg::net
