// SPDX-License-Identifier: Apache-2.0
#include "client/core/api_failure.h"

#include <gtest/gtest.h>

namespace aipg::client {
namespace {

Failure of(Failure::Kind kind, Error error = {}) {
  Failure out;
  out.kind = kind;
  out.error = error;
  return out;
}

TEST(ApiFailure, IsTheGatewaysOwnErrorWhereThereIsOne) {
  Failure busy = of(Failure::Kind::refused, {"gateway_status", {}, 0});
  busy.api = api::ErrorCode::worker_busy;
  const ApiFailure out = api_failure(busy);
  EXPECT_EQ(out.status, 503U);
  EXPECT_EQ(out.code, "worker_busy");
  EXPECT_EQ(out.type, "server_error");
  EXPECT_TRUE(out.retry);
}

TEST(ApiFailure, SaysThatNobodyIsCapable) {
  const ApiFailure out = api_failure(of(Failure::Kind::no_candidate));
  EXPECT_EQ(out.status, 503U);
  EXPECT_EQ(out.code, "no_confidential_worker");
  EXPECT_FALSE(out.retry);
}

TEST(ApiFailure, NamesTheMemberThatIsRefusedHere) {
  Failure failure = of(Failure::Kind::inner);
  failure.inner = seal::InnerError{400, "unsupported_parameter", "priority", "It cannot be set."};
  const ApiFailure out = api_failure(failure);
  EXPECT_EQ(out.status, 400U);
  EXPECT_EQ(out.code, "unsupported_parameter");
  EXPECT_EQ(out.parameter, "priority");
  EXPECT_EQ(out.type, "invalid_request_error");
}

TEST(ApiFailure, InvitesToAskAgainOnlyWhereNothingWasSent) {
  Failure failure = of(Failure::Kind::unreachable, {"http_connect", {}, 0});
  EXPECT_TRUE(api_failure(failure).retry);
  EXPECT_EQ(api_failure(failure).code, "gateway_unreachable");
  failure.prompt_sent = true;
  EXPECT_FALSE(api_failure(failure).retry);
  const Failure tls = of(Failure::Kind::unreachable, {"http_tls", {}, 0});
  EXPECT_EQ(api_failure(tls).code, "gateway_tls");
  EXPECT_FALSE(api_failure(tls).retry);
}

TEST(ApiFailure, DoesNotInviteToRepeatWhatMayHaveRun) {
  Failure lost = of(Failure::Kind::refused, {"gateway_status", {}, 0});
  lost.api = api::ErrorCode::upstream_lost;
  EXPECT_EQ(api_failure(lost).status, 502U);
  EXPECT_FALSE(api_failure(lost).retry);
}

TEST(ApiFailure, TellsABodyThatIsTooLargeFromOneThatIsWrong) {
  EXPECT_EQ(api_failure(of(Failure::Kind::inner, {"seal_body_too_large", {}, 0})).status, 413U);
  EXPECT_EQ(api_failure(of(Failure::Kind::inner, {"hpke_public_key", {}, 0})).status, 400U);
}

TEST(ApiFailure, NeverInvitesToAskAgainAfterABrokenAnswer) {
  const ApiFailure out = api_failure(of(Failure::Kind::broken_answer, {"response_truncated", {}, 0}));
  EXPECT_EQ(out.status, 502U);
  EXPECT_EQ(out.code, "response_truncated");
  EXPECT_FALSE(out.retry);
}

}  // namespace
}  // namespace aipg::client
