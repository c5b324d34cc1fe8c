// SPDX-License-Identifier: Apache-2.0
#include "net/websocket_handshake.h"

#include <openssl/base64.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "base/bytes.h"

namespace aipg::net {
namespace {

constexpr std::size_t kKeyBytes = 16;

std::string base64(ByteView bytes) {
  std::string out(((bytes.size() + 2) / 3) * 4 + 1, '\0');
  out.resize(EVP_EncodeBlock(reinterpret_cast<std::uint8_t*>(out.data()), bytes.data(), bytes.size()));
  return out;
}

bool is_key(std::string_view text) {
  ByteArray<kKeyBytes + 2> decoded;
  std::size_t size = 0;
  return EVP_DecodeBase64(decoded.data(), &size, decoded.size(), as_bytes(text).data(), text.size()) == 1 &&
         size == kKeyBytes;
}

bool is_ours(std::string_view name) {
  return equal_ignoring_case(name, "host") || equal_ignoring_case(name, "connection") ||
         equal_ignoring_case(name, "upgrade") || equal_ignoring_case(name, "content-length") ||
         equal_ignoring_case(name, "transfer-encoding") || equal_ignoring_case(name.substr(0, 14), "sec-websocket-");
}

}  // namespace

bool is_websocket_upgrade(const RequestHead& head) {
  return head.method == "GET" && list_has(head.headers, "upgrade", "websocket") &&
         list_has(head.headers, "connection", "upgrade");
}

std::string websocket_accept(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  ByteArray<SHA_DIGEST_LENGTH> digest;
  SHA1(as_bytes(text).data(), text.size(), digest.data());
  return base64(digest);
}

std::string make_websocket_key() {
  ByteArray<kKeyBytes> random;
  if (RAND_bytes(random.data(), random.size()) != 1) __builtin_trap();
  return base64(random);
}

Result<std::string> websocket_answer(const RequestHead& head) {
  const Headers& headers = head.headers;
  if (!is_websocket_upgrade(head)) return fail("http_invalid", "upgrade");
  if (headers.count("sec-websocket-version") != 1 || headers.find("sec-websocket-version") != "13") {
    return fail("http_invalid", "sec-websocket-version");
  }
  if (headers.count("sec-websocket-key") != 1 || !is_key(*headers.find("sec-websocket-key"))) {
    return fail("http_invalid", "sec-websocket-key");
  }
  std::string out;
  append_status_line(out, 101);
  out += "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";
  return out + websocket_accept(*headers.find("sec-websocket-key")) + "\r\n\r\n";
}

Result<std::string> websocket_request(const Address& address, std::string_view target, const Headers& headers,
                                      std::string_view key) {
  if (!is_origin_form(target) || !is_well_formed(headers)) return fail("ws_handshake", "request");
  const bool unix_socket = address.kind == Address::Kind::unix_socket;
  std::string out =
      "GET " + (unix_socket ? std::string() : address.path) + std::string(target) +
      " HTTP/1.1\r\nHost: " + address.authority() +
      "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
      std::string(key) + "\r\n";
  for (const Header& header : headers.all()) {
    if (!is_ours(header.name)) out.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  return out.append("\r\n");
}

Result<void> check_websocket_answer(const ResponseHead& head, std::string_view key) {
  const Headers& headers = head.headers;
  if (head.status != 101) return fail("ws_handshake", "status");
  if (!list_has(headers, "upgrade", "websocket")) return fail("ws_handshake", "upgrade");
  if (!list_has(headers, "connection", "upgrade")) return fail("ws_handshake", "connection");
  if (headers.count("sec-websocket-accept") != 1 || headers.find("sec-websocket-accept") != websocket_accept(key)) {
    return fail("ws_handshake", "sec-websocket-accept");
  }
  // None was offered.
  if (headers.count("sec-websocket-extensions") + headers.count("sec-websocket-protocol") > 0) {
    return fail("ws_handshake", "extensions");
  }
  return {};
}

}  // namespace aipg::net
