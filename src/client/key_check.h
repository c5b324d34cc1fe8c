// SPDX-License-Identifier: Apache-2.0
// Whether a gateway knows an API key, without sending a prompt: a request that
// no worker could open is refused for the key, or for itself.
#pragma once

#include "client/core/gateway.h"

namespace aipg::client {

struct KeyCheck {
  enum class Outcome : std::uint8_t {
    accepted,
    refused,
    unreachable,  // `reason` says why
    unclear,      // what answered is no gateway of this protocol, or could not say
  };
  Outcome outcome = Outcome::unclear;
  std::string reason;
};

[[nodiscard]] net::Task<KeyCheck> check_key(Gateway& gateway, std::string api_key);

}  // namespace aipg::client
