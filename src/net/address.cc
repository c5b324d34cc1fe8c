// SPDX-License-Identifier: Apache-2.0
#include "net/address.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace aipg::net {
namespace {

constexpr std::string_view kUnix = "unix:";

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_ipv4(const std::string& host) {
  in_addr parsed{};
  return inet_pton(AF_INET, host.c_str(), &parsed) == 1;
}

bool is_ipv6(const std::string& host) {
  in6_addr parsed{};
  return inet_pton(AF_INET6, host.c_str(), &parsed) == 1;
}

bool is_name(std::string_view host) {
  // Underscores are no host name by the book, but containers have them.
  const auto allowed = [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_'; };
  return !host.empty() && host.size() <= 253 && std::ranges::all_of(host, allowed) && host.front() != '.' &&
         host.front() != '-';
}

bool is_prefix(std::string_view path) {
  const auto allowed = [](char c) { return is_alnum(c) || std::string_view("/-._~").contains(c); };
  return path.empty() || (path.front() == '/' && std::ranges::all_of(path, allowed) && !path.contains("//"));
}

// As a port is written by everybody: digits, no sign, and no zeros in front.
std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return port;
}

Result<Address> parse_unix(std::string_view path) {
  if (path.size() < 2 || path.front() != '/') return fail("invalid_address", "socket path");
  if (path.size() >= sizeof(sockaddr_un::sun_path)) return fail("invalid_address", "socket path too long");
  if (path.contains('\0') || path.back() == '/') return fail("invalid_address", "socket path");
  return Address{.kind = Address::Kind::unix_socket, .tls = false, .host = {}, .port = 0, .path = std::string(path)};
}

// "host", "host:port", "[v6]", "[v6]:port"; `otherwise` when no port is given.
Result<Address> parse_authority(std::string_view text, std::optional<std::uint16_t> otherwise) {
  Address out;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == text.npos) return fail("invalid_address", "host");
    out.host = text.substr(1, close - 1);
    port = text.substr(close + 1);
    if (!is_ipv6(out.host)) return fail("invalid_address", "host");
  } else {
    const auto colon = text.find(':');
    out.host = text.substr(0, colon);
    port = colon == text.npos ? std::string_view() : text.substr(colon);
    if (!is_name(out.host)) return fail("invalid_address", "host");
  }
  if (port.empty() && otherwise) {
    out.port = *otherwise;
    return out;
  }
  if (port.size() < 2 || port.front() != ':') return fail("invalid_address", "port");
  const auto number = parse_port(port.substr(1));
  if (!number) return fail("invalid_address", "port");
  out.port = *number;
  return out;
}

struct Scheme {
  std::string_view prefix;
  bool tls;
  std::uint16_t port;
};
constexpr Scheme kSchemes[] = {
    {"http://", false, 80}, {"https://", true, 443}, {"ws://", false, 80}, {"wss://", true, 443}};

}  // namespace

std::string Address::authority() const {
  if (kind == Kind::unix_socket) return "localhost";
  return (is_ipv6(host) ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

bool Address::is_loopback() const {
  if (kind == Kind::unix_socket || host == "localhost" || host == "::1") return true;
  return is_ipv4(host) && host.starts_with("127.");
}

Result<Address> parse_url(std::string_view url) {
  if (url.starts_with(kUnix)) return parse_unix(url.substr(kUnix.size()));
  for (const Scheme& scheme : kSchemes) {
    if (!url.starts_with(scheme.prefix)) continue;
    const std::string_view rest = url.substr(scheme.prefix.size());
    const auto slash = std::min(rest.find('/'), rest.size());
    AIPG_TRY(Address out, parse_authority(rest.substr(0, slash), scheme.port));
    if (out.port == 0) return fail("invalid_address", "port");
    std::string_view path = rest.substr(slash);
    if (path.ends_with('/')) path.remove_suffix(1);
    if (!is_prefix(path)) return fail("invalid_address", "path");
    out.tls = scheme.tls;
    out.path = path;
    return out;
  }
  return fail("invalid_address", "scheme");
}

Result<Address> parse_listen(std::string_view text) {
  if (text.starts_with(kUnix)) return parse_unix(text.substr(kUnix.size()));
  AIPG_TRY(Address out, parse_authority(text, std::nullopt));
  if (out.host != "localhost" && !is_ipv4(out.host) && !is_ipv6(out.host)) return fail("invalid_address", "host");
  return out;
}

}  // namespace aipg::net
