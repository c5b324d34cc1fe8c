// SPDX-License-Identifier: Apache-2.0
#include "client/core/api_failure.h"

namespace aipg::client {
namespace {

constexpr unsigned kClientGone = 499;  // nginx's; nobody is left to read it

ApiFailure of_api(api::ErrorCode code) {
  const api::ErrorInfo& info = api::info(code);
  return {info.status, std::string(info.name.view()), std::string(info.type.view()), {}, info.retry};
}

// What is none of the API's own errors.
ApiFailure of_server(Literal code, bool retry) { return {502, std::string(code.view()), "server_error", {}, retry}; }

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
      return {failure.inner->status, std::string(failure.inner->code.view()), "invalid_request_error",
              failure.inner->parameter, false};
    case Failure::Kind::cancelled:
      return {kClientGone, "cancelled", "server_error", {}, false};
    case Failure::Kind::refused:
    case Failure::Kind::broken_answer:
      break;
  }
  return of_server(failure.error.code, false);
}

}  // namespace aipg::client
