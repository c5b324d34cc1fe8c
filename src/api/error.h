// SPDX-License-Identifier: Apache-2.0
// The errors of the public API (docs/errors.md): code, status, whether a client
// should retry, and a fixed message that says what to do. The text is
// diagnostics; programs look at the code.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace aipg::api {

enum class ErrorCode : std::uint8_t {
  no_confidential_worker,
  sealing_required,
  invalid_confidential_header,
  model_not_found,
  worker_key_expired,
  request_replayed,
  request_expired,
  malformed_seal,
  unsupported_version,
  unsupported_suite,
  attestation_stale,
  attestation_invalid,
  worker_busy,
  insufficient_stake,
  invalid_api_key,
  standard_tier_not_offered,
  price_above_max,
  quota_exceeded,
  upstream_lost,
  // Of the HTTP surface itself:
  malformed_request,
  not_found,
  method_not_allowed,
  request_too_large,
};

struct ErrorInfo {
  ErrorCode code;
  Literal name;  // "no_confidential_worker"
  unsigned status;
  bool retry;       // x-should-retry (upstream_lost: true, sent only before dispatch was answered)
  Literal type;     // OpenAI's: "invalid_request_error", "authentication_error", "server_error", "rate_limit_error"
  Literal message;  // what happened, and what to do
};

[[nodiscard]] const ErrorInfo& info(ErrorCode code);
[[nodiscard]] std::span<const ErrorInfo> all_errors();
[[nodiscard]] std::optional<ErrorCode> error_from_name(std::string_view name);

// {"error":{"message","type","code","param":null},"detail":message}
[[nodiscard]] std::string error_body(ErrorCode code);
// The code inside such a body; nullopt when it is none of ours. Never fails louder: it is unauthenticated text.
[[nodiscard]] std::optional<ErrorCode> parse_error_body(std::string_view body);

}  // namespace aipg::api
