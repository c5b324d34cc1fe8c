// SPDX-License-Identifier: Apache-2.0
#include "proxy/failure_answer.h"

namespace aipg::proxy {
namespace {

using client::Failure;

constexpr std::string_view kInvalid = "invalid_request_error";

// The same text as in a terminal, without the code below it: that has a member of its own.
std::string message_of(const Failure& failure, const client::FailureContext& context) {
  std::string text = client::explain(failure, context);
  const std::size_t code = text.rfind("\n(");
  if (code != std::string::npos) text.resize(code);
  return text;
}

// It knows the proxy by its own key, which is not what the client at hand presents.
std::string key_refused() {
  return "The gateway does not take this proxy's key. The request was not run. Whoever runs the proxy starts it with "
         "the key of an account there, as AIPG_API_KEY; what the client presents is not passed on.";
}

ApiError refused(const Failure& failure, const client::FailureContext& context) {
  if (!failure.api) {
    return {.status = 502, .code = std::string(failure.error.code.view()), .message = message_of(failure, context)};
  }
  if (*failure.api == api::ErrorCode::invalid_api_key) return describe(*failure.api, key_refused());
  ApiError out = describe(*failure.api, message_of(failure, context));
  // Whether a worker ran it nobody knows: only who asks can decide to ask again.
  if (*failure.api == api::ErrorCode::upstream_lost) out.retry = false;
  return out;
}

ApiError unreachable(const Failure& failure, const client::FailureContext& context) {
  const bool tls = failure.error.code == Literal("http_tls");
  return {.status = 502,
          .code = tls ? "gateway_tls" : "gateway_unreachable",
          .message = message_of(failure, context),
          .retry = !tls && !failure.prompt_sent};
}

ApiError no_candidate(const Failure& failure, const client::FailureContext& context) {
  ApiError out = describe(failure.api.value_or(api::ErrorCode::no_confidential_worker), message_of(failure, context));
  out.rejected = !failure.verdicts.empty();
  return out;
}

ApiError inner(const Failure& failure, const client::FailureContext& context) {
  if (failure.inner) return describe(*failure.inner);
  const bool large = failure.error.code == Literal("seal_body_too_large");
  return {.status = large ? 413U : 400U,
          .code = std::string(failure.error.code.view()),
          .type = kInvalid,
          .message = message_of(failure, context)};
}

}  // namespace

ApiError describe(api::ErrorCode code, std::string message) {
  const api::ErrorInfo& info = api::info(code);
  return {.status = info.status,
          .code = std::string(info.name.view()),
          .type = info.type.view(),
          .message = std::move(message),
          .retry = info.retry};
}

ApiError describe(const seal::InnerError& error) {
  std::string message = "The request is not one that a worker takes. Nothing was sent. ";
  if (!error.parameter.empty()) message += error.parameter + ": ";
  return {.status = error.status,
          .code = std::string(error.code.view()),
          .type = kInvalid,
          .message = message + std::string(error.message.view()),
          .parameter = error.parameter};
}

ApiError describe(const Failure& failure, const client::FailureContext& context) {
  switch (failure.kind) {
    case Failure::Kind::unreachable:
      return unreachable(failure, context);
    case Failure::Kind::refused:
      return refused(failure, context);
    case Failure::Kind::no_candidate:
      return no_candidate(failure, context);
    case Failure::Kind::inner:
      return inner(failure, context);
    case Failure::Kind::broken_answer:
    case Failure::Kind::cancelled:
      break;
  }
  return {.status = 502, .code = std::string(failure.error.code.view()), .message = message_of(failure, context)};
}

}  // namespace aipg::proxy
