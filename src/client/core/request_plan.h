// SPDX-License-Identifier: Apache-2.0
// From an OpenAI-style body to what is sealed: reads model, stream and token
// limits, and refuses before anything is sent what a worker would refuse after.
// Pure. The body is not changed.
#pragma once

#include <optional>
#include <string>

#include "seal/inner_request.h"
#include "seal/routing.h"

namespace aipg::client {

// Reserved for an answer whose request names no limit.
inline constexpr std::uint32_t kDefaultOutputTokens = 4096;

[[nodiscard]] std::expected<seal::Routing, seal::InnerError> plan_request(std::string_view path, std::string_view body,
                                                                          seal::Padding padding);

}  // namespace aipg::client
