// SPDX-License-Identifier: Apache-2.0
// What the proxy answers when it does not pass an answer on, in the form that
// the client at hand reads: OpenAI's, or Anthropic's below /v1/messages. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/http.h"

namespace aipg::proxy {

struct ApiError {
  unsigned status = 500;
  std::string code;                        // one of docs/errors.md
  std::string_view type = "server_error";  // OpenAI's
  std::string message;                     // what happened, what was not sent, what to do
  std::string parameter = {};              // the body's member that it is about; empty if none
  bool retry = false;                      // the same request may succeed in a moment
  bool rejected = false;                   // evidence came and was refused
};

enum class Dialect : std::uint8_t { openai, anthropic };
[[nodiscard]] Dialect dialect_of(std::string_view path);

[[nodiscard]] std::string error_body(const ApiError& error, Dialect dialect);
// The last event of a stream that cannot go on.
[[nodiscard]] std::string error_event(const ApiError& error, Dialect dialect);
// Besides those of the body.
[[nodiscard]] net::Headers error_headers(const ApiError& error);

}  // namespace aipg::proxy
