// SPDX-License-Identifier: Apache-2.0
// Who may ask. A server on loopback can be reached by every web page that this
// machine's browser shows, under any name that resolves to it, so heads are
// held against three rules before anything else is looked at:
//
//   Host is a loopback name or address, or one that the user named
//   nothing from a page: no Origin, no Sec-Fetch-Site; but the status page may refresh itself
//   the token, where there is one
//
// Pure. Codes: foreign_host, foreign_origin, invalid_token.
#pragma once

#include <optional>
#include <vector>

#include "base/secret.h"
#include "proxy/api_error.h"

namespace aipg::proxy {

struct Door {
  std::vector<std::string> hosts;  // names that requests may come under, besides loopback's
  bool addresses = false;          // and any IP address: names are what an attacker can point here
  SecretBytes token;               // empty: none is asked for
};

enum class Place : std::uint8_t {
  api,
  page,  // the status page, for browsers: a password may be the token
};

// nullopt: come in.
[[nodiscard]] std::optional<ApiError> check_door(const Door& door, const net::RequestHead& head, Place place);

}  // namespace aipg::proxy
