// SPDX-License-Identifier: Apache-2.0
#include "net/peer_network.h"

#include <arpa/inet.h>

#include "base/hex.h"

namespace aipg::net {
namespace {

constexpr std::string_view kMapped = "::ffff:";  // an IPv4 address on an IPv6 socket
constexpr std::size_t kPrefixBytes = 8;

}  // namespace

std::optional<std::string> network_of(std::string_view peer) {
  if (peer.starts_with(kMapped) && peer.find('.') != std::string_view::npos) peer.remove_prefix(kMapped.size());
  if (peer == "127.0.0.1" || peer == "::1" || peer == "unix") return std::nullopt;
  if (peer.find(':') == std::string_view::npos) return std::string(peer);
  ByteArray<16> address{};
  if (inet_pton(AF_INET6, std::string(peer).c_str(), address.data()) != 1) return std::string(peer);
  return to_hex(ByteView(address).first(kPrefixBytes)) + "/64";
}

}  // namespace aipg::net
