// SPDX-License-Identifier: Apache-2.0
#include "seal/inner_request.h"

#include "codec/base64.h"
#include "codec/bhttp.h"
#include "codec/json.h"
#include "seal/body_rules.h"

namespace aipg::seal {
namespace {

using codec::bhttp::RequestView;

constexpr std::string_view kContentType = "application/json";

std::unexpected<InnerError> refuse(Literal code, std::string parameter, Literal message) {
  return std::unexpected(InnerError{400, code, std::move(parameter), message});
}

std::expected<void, InnerError> check_target(const RequestView& request, const Routing& routing) {
  if (request.method != routing.method) {
    return refuse("routing_mismatch", "method", "The sealed method differs from the request's routing.");
  }
  if (request.path != routing.path) {
    return refuse("routing_mismatch", "path", "The sealed path differs from the request's routing.");
  }
  return {};
}

// "application/json", or that with parameters.
bool is_json(std::string_view content_type) {
  if (!content_type.starts_with(kContentType)) return false;
  const std::string_view rest = content_type.substr(kContentType.size());
  return rest.empty() || rest[0] == ';' || rest[0] == ' ';
}

std::expected<void, InnerError> read_fields(const RequestView& request, InnerRequest& out) {
  for (const auto& field : request.fields) {
    if (field.name == "content-type" && !is_json(field.value)) {
      return refuse("invalid_request", "content-type", "The body must be application/json.");
    }
    if (field.name != "aipg-cache-salt") continue;
    const auto salt = codec::from_base64url(field.value);
    if (!salt || salt->size() != 32 || out.cache_salt) {
      return refuse("invalid_request", "aipg-cache-salt", "The cache salt must be 32 bytes as base64url, once.");
    }
    out.cache_salt = to_array<32>(*salt);
  }
  return {};
}

// Leaves exactly the body in `message`, without a second copy of it.
void keep_body(SecretBytes& message, ByteView body) {
  const auto offset = static_cast<std::size_t>(body.data() - message.reveal().data());
  const std::size_t size = body.size();
  message.truncate(offset + size);
  message.drop_front(offset);
}

}  // namespace

std::expected<InnerRequest, InnerError> validate_inner(SecretBytes message, const Routing& routing) {
  const auto request = codec::bhttp::parse_request(message.reveal());
  if (!request) return refuse("malformed_seal", {}, "The sealed message is not a request of this protocol.");
  if (auto checked = check_target(*request, routing); !checked) return std::unexpected(checked.error());

  InnerRequest out;
  out.path = routing.path;
  out.model = routing.model;
  out.stream = routing.stream;
  if (auto read = read_fields(*request, out); !read) return std::unexpected(read.error());
  const auto facts = check_body(routing.path, as_text(request->content), routing);
  if (!facts) return std::unexpected(facts.error());
  out.max_tokens = facts->max_tokens;
  out.choices = facts->choices;
  keep_body(message, request->content);
  out.body = std::move(message);
  return out;
}

std::expected<void, InnerError> validate_body(std::string_view path, std::string_view body, const Routing& routing) {
  const auto facts = check_body(path, body, routing);
  if (!facts) return std::unexpected(facts.error());
  return {};
}

std::string error_body(const InnerError& error) {
  using codec::json::quote;
  const std::string_view type = error.status >= 500 ? "api_error" : "invalid_request_error";
  const std::string message = quote(error.message.view());
  return R"({"error":{"message":)" + message + R"(,"type":)" + quote(type) + R"(,"code":)" + quote(error.code.view()) +
         R"(,"param":)" + (error.parameter.empty() ? "null" : quote(error.parameter)) + R"(},"detail":)" + message +
         "}";
}

}  // namespace aipg::seal
