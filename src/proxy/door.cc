// SPDX-License-Identifier: Apache-2.0
#include "proxy/door.h"

#include "codec/base64.h"
#include "net/address.h"

namespace aipg::proxy {
namespace {

constexpr std::string_view kInvalid = "invalid_request_error";

// The address that a Host field names; the port says nothing about who asks.
std::optional<net::Address> named_by(std::string_view host) {
  auto address = net::parse_url("http://" + std::string(host));
  if (!address || !address->path.empty() || host.contains('/')) return std::nullopt;
  return *std::move(address);
}

bool is_address(const net::Address& address) {
  const bool v6 = address.host.contains(':');
  return v6 || net::parse_listen(address.host + ":0").has_value();
}

bool is_known_host(const Door& door, std::string_view host) {
  const auto named = named_by(host);
  if (!named) return false;
  if (named->is_loopback() || net::equal_ignoring_case(named->host, "localhost")) return true;
  if (door.addresses && is_address(*named)) return true;
  return std::ranges::any_of(door.hosts,
                             [&](const std::string& name) { return net::equal_ignoring_case(name, named->host); });
}

// A page's request says so, in one of two ways. Programs that are no browser send neither.
bool is_from_a_page(const net::RequestHead& head, Place place) {
  const auto origin = head.headers.find("origin");
  const auto site = head.headers.find("sec-fetch-site");
  if (head.headers.count("origin") > 1 || head.headers.count("sec-fetch-site") > 1) return true;
  const bool own_site = !site || site == "none" || (place == Place::page && site == "same-origin");
  const std::string own_origin = "http://" + std::string(head.headers.find("host").value_or(""));
  const bool own = !origin || (place == Place::page && origin == own_origin);
  return !own || !own_site;
}

// What stands behind "Bearer ", or nothing.
std::string_view after_scheme(std::string_view authorization, std::string_view scheme) {
  if (authorization.size() <= scheme.size() || authorization[scheme.size()] != ' ') return {};
  if (!net::equal_ignoring_case(authorization.substr(0, scheme.size()), scheme)) return {};
  return authorization.substr(scheme.size() + 1);
}

bool is_token(const Door& door, std::string_view presented) {
  return equal_ct(door.token.reveal(), as_bytes(presented));
}

bool has_token(const Door& door, const net::Headers& headers, Place place) {
  const std::string_view authorization = headers.find("authorization").value_or("");
  if (is_token(door, after_scheme(authorization, "Bearer"))) return true;
  if (is_token(door, headers.find("x-api-key").value_or(""))) return true;
  if (place != Place::page) return false;
  // A browser asks for a name and a password; the name does not matter.
  const auto basic = codec::from_base64(after_scheme(authorization, "Basic"));
  if (!basic) return false;
  const std::string_view pair = as_text(*basic);
  const std::size_t colon = pair.find(':');
  return colon != std::string_view::npos && is_token(door, pair.substr(colon + 1));
}

}  // namespace

std::optional<ApiError> check_door(const Door& door, const net::RequestHead& head, Place place) {
  if (!is_known_host(door, head.headers.find("host").value_or(""))) {
    return ApiError{.status = 403,
                    .code = "foreign_host",
                    .type = kInvalid,
                    .message =
                        "The Host of this request is not this machine's own. Nothing was sent. Use "
                        "http://127.0.0.1 or http://localhost in the base URL; where the proxy is reached under "
                        "another name, start it with --host NAME."};
  }
  if (is_from_a_page(head, place)) {
    return ApiError{.status = 403,
                    .code = "foreign_origin",
                    .type = kInvalid,
                    .message =
                        "A web page made this request, and pages may not use this proxy: any page that is open "
                        "in a browser could. Nothing was sent. Ask from a program, or put the page's own server "
                        "in between."};
  }
  if (!door.token.empty() && !has_token(door, head.headers, place)) {
    return ApiError{.status = 401,
                    .code = "invalid_token",
                    .type = "authentication_error",
                    .message =
                        "This proxy asks for its token, which is missing or wrong. Nothing was sent. Give it to "
                        "the client as the API key: whoever started the proxy chose it."};
  }
  return std::nullopt;
}

}  // namespace aipg::proxy
