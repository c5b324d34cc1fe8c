// SPDX-License-Identifier: Apache-2.0
// Why the session brought no answer, as an API's error: our stable code and its
// status, and a message that is enough by itself where a client shows nothing
// else. Pure.
#pragma once

#include "client/core/failure_text.h"
#include "proxy/api_error.h"

namespace aipg::proxy {

[[nodiscard]] ApiError describe(const client::Failure& failure, const client::FailureContext& context);
// The client's own body was refused before anything was sealed.
[[nodiscard]] ApiError describe(const seal::InnerError& error);
[[nodiscard]] ApiError describe(api::ErrorCode code, std::string message);

}  // namespace aipg::proxy
