// SPDX-License-Identifier: Apache-2.0
// A Failure as the OpenAI API reports one: status, type, stable code, the
// member it is about, and whether asking again can help. For whoever answers
// in the place of a gateway: the proxy, another language's client. Pure.
#pragma once

#include <string>

#include "client/core/session.h"

namespace aipg::client {

struct ApiFailure {
  unsigned status = 502;
  std::string code;                        // docs/errors.md: "no_confidential_worker", "response_truncated"
  std::string_view type = "server_error";  // OpenAI's
  std::string parameter = {};              // of a body that was refused here; else empty
  bool retry = false;                      // x-should-retry: never where a worker may have run it
};

[[nodiscard]] ApiFailure api_failure(const Failure& failure);

}  // namespace aipg::client
