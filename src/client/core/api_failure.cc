// SPDX-License-Identifier: Apache-2.0
#include "client/core/api_failure.h"

namespace aipg::client {
namespace {

constexpr std::string_view kInvalid = "invalid_request_error";
constexpr unsigned kClientGone = 499;  // nginx's; nobody is left to read it

ApiFailure of_api(api::ErrorCode code) {
  const api::ErrorInfo& info = api::info(code);
  // Whether a worker ran it nobody knows: only who asks can decide to ask again.
  const bool retry = info.retry && code != api::ErrorCode::upstream_lost;
  return {.status = info.status, .code = std::string(info.name.view()), .type = info.type.view(), .retry = retry};
}

ApiFailure unreachable(const Failure& failure) {
  const bool tls = failure.error.code == Literal("http_tls");
  return {.code = tls ? "gateway_tls" : "gateway_unreachable", .retry = !tls && !failure.prompt_sent};
}

ApiFailure inner(const Failure& failure) {
  if (const auto& error = failure.inner) {
    return {.status = error->status,
            .code = std::string(error->code.view()),
            .type = kInvalid,
            .parameter = error->parameter};
  }
  const bool large = failure.error.code == Literal("seal_body_too_large");
  return {.status = large ? 413U : 400U, .code = std::string(failure.error.code.view()), .type = kInvalid};
}

}  // namespace

ApiFailure api_failure(const Failure& failure) {
  if (failure.api) return of_api(*failure.api);
  switch (failure.kind) {
    case Failure::Kind::unreachable:
      return unreachable(failure);
    case Failure::Kind::no_candidate:
      return of_api(api::ErrorCode::no_confidential_worker);
    case Failure::Kind::inner:
      return inner(failure);
    case Failure::Kind::cancelled:
      return {.status = kClientGone, .code = "cancelled"};
    case Failure::Kind::refused:
    case Failure::Kind::broken_answer:
    case Failure::Kind::unfit_answer:
      break;
  }
  return {.code = std::string(failure.error.code.view())};
}

}  // namespace aipg::client
