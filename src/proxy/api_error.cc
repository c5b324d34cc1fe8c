// SPDX-License-Identifier: Apache-2.0
#include "proxy/api_error.h"

#include <array>

#include "api/names.h"
#include "codec/json.h"
#include "codec/utf8.h"
#include "proxy/names.h"

namespace aipg::proxy {
namespace {

using codec::json::quote;

// Paths of files in a message need not be UTF-8.
std::string quoted(std::string text) {
  if (!codec::is_utf8(text)) {
    for (char& c : text) {
      if (static_cast<unsigned char>(c) >= 0x80) c = '?';
    }
  }
  return quote(text);
}

std::string_view anthropic_type(const ApiError& error) {
  struct Row {
    unsigned status;
    std::string_view type;
  };
  static constexpr std::array kTypes{
      Row{401, "authentication_error"}, Row{403, "permission_error"}, Row{404, "not_found_error"},
      Row{413, "request_too_large"},    Row{429, "rate_limit_error"},
  };
  for (const Row& row : kTypes) {
    if (row.status == error.status) return row.type;
  }
  if (error.status < 500) return "invalid_request_error";
  return error.retry ? "overloaded_error" : "api_error";
}

}  // namespace

Dialect dialect_of(std::string_view path) {
  constexpr std::string_view kMessages = "/v1/messages";
  const bool messages = path == kMessages || (path.starts_with(kMessages) && path[kMessages.size()] == '/');
  return messages ? Dialect::anthropic : Dialect::openai;
}

std::string error_body(const ApiError& error, Dialect dialect) {
  const std::string said = R"({"message":)" + quoted(error.message) + R"(,"code":)" + quote(error.code);
  if (dialect == Dialect::anthropic) {
    return R"({"type":"error","error":)" + said + R"(,"type":)" + quote(anthropic_type(error)) + "}}";
  }
  return R"({"error":)" + said + R"(,"type":)" + quote(error.type) + R"(,"param":)" +
         (error.parameter.empty() ? "null" : quoted(error.parameter)) + "}}";
}

std::string error_event(const ApiError& error, Dialect dialect) {
  return (dialect == Dialect::anthropic ? "event: error\ndata: " : "data: ") + error_body(error, dialect) + "\n\n";
}

net::Headers error_headers(const ApiError& error) {
  net::Headers out;
  out.add("Cache-Control", "no-store");
  out.add(api::kShouldRetryHeader, error.retry ? "true" : "false");
  if (error.rejected) out.add(kVerdictHeader, "rejected");
  if (error.status == 401) out.add("WWW-Authenticate", "Bearer");
  return out;
}

}  // namespace aipg::proxy
