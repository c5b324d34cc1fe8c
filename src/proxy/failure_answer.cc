// SPDX-License-Identifier: Apache-2.0
#include "proxy/failure_answer.h"

#include "client/core/api_failure.h"

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
  if (failure.inner) return describe(*failure.inner);
  client::ApiFailure api = client::api_failure(failure);
  const bool our_key = failure.api == api::ErrorCode::invalid_api_key;
  return {.status = api.status,
          .code = std::move(api.code),
          .type = api.type,
          .message = our_key ? key_refused() : message_of(failure, context),
          .retry = api.retry,
          .rejected = failure.kind == Failure::Kind::no_candidate && !failure.verdicts.empty()};
}

}  // namespace aipg::proxy
