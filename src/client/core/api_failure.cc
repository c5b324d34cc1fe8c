// SPDX-License-Identifier: Apache-2.0
#include "client/core/api_failure.h"

namespace aipg::client {
namespace {

constexpr std::string_view kServer = "server_error", kInvalid = "invalid_request_error";  // OpenAI's types
constexpr unsigned kClientGone = 499;  // nginx's; nobody is left to read it

ApiFailure of_api(api::ErrorCode code) {
  const api::ErrorInfo& info = api::info(code);
  return {info.status, std::string(info.name.view()), std::string(info.type.view()), {}, info.retry};
}

// What is none of the API's own errors.
ApiFailure of_server(Literal code, bool retry) {
  ApiFailure out;
  out.code = code.view();
  out.type = kServer;
  out.retry = retry;
  return out;
}

}  // namespace

ApiFailure api_failure(const Failure& failure) {
  if (failure.api) return of_api(*failure.api);
  switch (failure.kind) {
    case Failure::Kind::unreachable: {
      const bool tls = failure.error.code == Literal("http_tls");
      return of_server(tls ? Literal("gateway_tls") : Literal("gateway_unreachable"), !failure.prompt_sent);
    }
    case Failure::Kind::no_candidate:
      return of_api(api::ErrorCode::no_confidential_worker);
    case Failure::Kind::inner:
      if (!failure.inner) return of_server(failure.error.code, false);
      return {failure.inner->status, std::string(failure.inner->code.view()), std::string(kInvalid),
              failure.inner->parameter, false};
    case Failure::Kind::cancelled:
      return {kClientGone, "cancelled", std::string(kServer), {}, false};
    case Failure::Kind::refused:
    case Failure::Kind::broken_answer:
      break;
  }
  return of_server(failure.error.code, false);
}

}  // namespace aipg::client
