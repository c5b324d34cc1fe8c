// SPDX-License-Identifier: Apache-2.0
// An error that the gateway answers with, and the headers that tell a client
// whether and when to try again. Pure.
#pragma once

#include <optional>

#include "api/error.h"
#include "api/names.h"
#include "base/clock.h"
#include "net/http.h"

namespace aipg::gateway {

struct Refusal {
  api::ErrorCode code;
  std::optional<seconds> retry_after{};  // if that is known
  std::optional<unsigned> status{};      // if it is not the code's
};

// A place at a worker comes free soon, as a rule.
inline constexpr seconds kRetrySoon{1};

[[nodiscard]] inline net::Headers refusal_headers(const Refusal& refusal, bool retry) {
  net::Headers out;
  out.add(api::kShouldRetryHeader, retry ? "true" : "false");
  if (retry) out.add(api::kRetryAfterHeader, std::to_string(refusal.retry_after.value_or(kRetrySoon).count()));
  return out;
}

}  // namespace aipg::gateway
