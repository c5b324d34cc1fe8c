// SPDX-License-Identifier: Apache-2.0
#include "proxy/api_error.h"

#include <gtest/gtest.h>

#include "codec/json.h"
#include "proxy/failure_answer.h"

namespace aipg::proxy {
namespace {

const ApiError kError{
    .status = 404, .code = "model_not_found", .type = "invalid_request_error", .message = "No \"x\"."};

std::string member(const std::string& json, std::string_view name) {
  const auto document = codec::json::parse(json);
  if (!document) return "no JSON: " + json;
  const auto value = document->root().find("error")->find(name);
  return value ? std::string(value->raw()) : "absent";
}

TEST(ApiError, HasTheFormThatOpenAiClientsRead) {
  const std::string body = error_body(kError, Dialect::openai);
  EXPECT_EQ(member(body, "message"), R"("No \"x\".")");
  EXPECT_EQ(member(body, "type"), R"("invalid_request_error")");
  EXPECT_EQ(member(body, "code"), R"("model_not_found")");
  EXPECT_EQ(member(body, "param"), "null");
  ApiError with = kError;
  with.parameter = "max_tokens";
  EXPECT_EQ(member(error_body(with, Dialect::openai), "param"), R"("max_tokens")");
}

TEST(ApiError, HasTheFormThatAnthropicClientsReadBelowMessages) {
  EXPECT_EQ(dialect_of("/v1/messages"), Dialect::anthropic);
  EXPECT_EQ(dialect_of("/v1/messages/count_tokens"), Dialect::anthropic);
  EXPECT_EQ(dialect_of("/v1/messagesx"), Dialect::openai);
  EXPECT_EQ(dialect_of("/v1/chat/completions"), Dialect::openai);
  struct Case {
    unsigned status;
    bool retry;
    std::string_view type;
  };
  for (const Case& each : std::initializer_list<Case>{{400, false, "invalid_request_error"},
                                                      {401, false, "authentication_error"},
                                                      {403, false, "permission_error"},
                                                      {404, false, "not_found_error"},
                                                      {413, false, "request_too_large"},
                                                      {429, true, "rate_limit_error"},
                                                      {409, false, "invalid_request_error"},
                                                      {502, false, "api_error"},
                                                      {503, true, "overloaded_error"}}) {
    ApiError error = kError;
    error.status = each.status;
    error.retry = each.retry;
    const std::string body = error_body(error, Dialect::anthropic);
    EXPECT_TRUE(body.starts_with(R"({"type":"error",)")) << body;
    EXPECT_EQ(member(body, "type"), '"' + std::string(each.type) + '"') << each.status;
    EXPECT_EQ(member(body, "code"), R"("model_not_found")");
  }
}

TEST(ApiError, EndsAStreamAsAnEventOfItsOwn) {
  EXPECT_EQ(error_event(kError, Dialect::openai), "data: " + error_body(kError, Dialect::openai) + "\n\n");
  EXPECT_EQ(error_event(kError, Dialect::anthropic),
            "event: error\ndata: " + error_body(kError, Dialect::anthropic) + "\n\n");
}

TEST(ApiError, StaysJsonWhateverAMessageQuotes) {
  ApiError error = kError;
  error.message = "the policy /tmp/\xff\xfe\n\x01";
  EXPECT_TRUE(codec::json::parse(error_body(error, Dialect::openai)).has_value());
}

TEST(ApiError, SaysWhetherToRetryAndThatEvidenceWasRejected) {
  EXPECT_EQ(error_headers(kError).find("x-should-retry"), "false");
  EXPECT_FALSE(error_headers(kError).find("x-aipg-verdict"));
  ApiError error = kError;
  error.retry = error.rejected = true;
  EXPECT_EQ(error_headers(error).find("x-should-retry"), "true");
  EXPECT_EQ(error_headers(error).find("x-aipg-verdict"), "rejected");
}

// --- failures of the session ---------------------------------------------------------

using client::Failure;
const client::FailureContext kContext{"http://gateway.example", "test-model", ""};

ApiError described(Failure::Kind kind, const std::function<void(Failure&)>& edit = {}) {
  Failure failure;
  failure.kind = kind;
  if (edit) edit(failure);
  return describe(failure, kContext);
}

TEST(FailureAnswer, SaysThatTheGatewayCannotBeReachedAndNothingWasSent) {
  const ApiError error = described(Failure::Kind::unreachable, [](Failure& f) { f.reason = "connection refused"; });
  EXPECT_EQ(error.status, 502U);
  EXPECT_EQ(error.code, "gateway_unreachable");
  EXPECT_TRUE(error.message.contains("Nothing was sent"));
  EXPECT_TRUE(error.message.contains("connection refused"));
  EXPECT_FALSE(error.message.contains("(gateway_unreachable)"));
  EXPECT_TRUE(error.retry);
}

TEST(FailureAnswer, DoesNotAdviseToRetryWhatMayHaveRun) {
  for (const bool sent : {false, true}) {
    EXPECT_EQ(described(Failure::Kind::unreachable, [&](Failure& f) { f.prompt_sent = sent; }).retry, !sent);
  }
  const ApiError lost = described(Failure::Kind::refused, [](Failure& f) { f.api = api::ErrorCode::upstream_lost; });
  EXPECT_EQ(lost.status, 502U);
  EXPECT_FALSE(lost.retry);
  EXPECT_TRUE(described(Failure::Kind::refused, [](Failure& f) { f.api = api::ErrorCode::worker_busy; }).retry);
}

TEST(FailureAnswer, KeepsTheGatewaysCodesAndTheirStatus) {
  for (const api::ErrorCode code : {api::ErrorCode::worker_busy, api::ErrorCode::quota_exceeded,
                                    api::ErrorCode::price_above_max, api::ErrorCode::request_replayed}) {
    const ApiError error = described(Failure::Kind::refused, [&](Failure& f) { f.api = code; });
    EXPECT_EQ(error.code, api::info(code).name.view());
    EXPECT_EQ(error.status, api::info(code).status);
    EXPECT_EQ(error.type, api::info(code).type.view());
    EXPECT_TRUE(error.message.contains(api::info(code).message.view()));
  }
}

TEST(FailureAnswer, SaysWhoseKeyTheGatewayRefused) {
  const ApiError error = described(Failure::Kind::refused, [](Failure& f) { f.api = api::ErrorCode::invalid_api_key; });
  EXPECT_EQ(error.status, 401U);
  EXPECT_EQ(error.code, "invalid_api_key");
  EXPECT_TRUE(error.message.contains("AIPG_API_KEY"));
}

TEST(FailureAnswer, TellsNobodyVerifiedFromNobodyThere) {
  const ApiError none = described(Failure::Kind::no_candidate, [](Failure& f) {
    f.api = api::ErrorCode::model_not_found;
    f.reason = "other-model";
  });
  EXPECT_EQ(none.status, 404U);
  EXPECT_FALSE(none.rejected);
  EXPECT_TRUE(none.message.contains("other-model"));
  const ApiError rejected = described(Failure::Kind::no_candidate, [](Failure& f) {
    f.api = api::ErrorCode::no_confidential_worker;
    f.verdicts.emplace_back();
    f.verdicts.back().entry.worker_id = "w-17";
  });
  EXPECT_EQ(rejected.status, 503U);
  EXPECT_EQ(rejected.code, "no_confidential_worker");
  EXPECT_TRUE(rejected.rejected);
  EXPECT_FALSE(rejected.retry);
  EXPECT_TRUE(rejected.message.contains("w-17"));
  EXPECT_TRUE(rejected.message.contains("Nothing was sent"));
}

TEST(FailureAnswer, NamesTheMemberThatAWorkerWouldRefuse) {
  const ApiError error = described(Failure::Kind::inner, [](Failure& f) {
    f.inner = seal::InnerError{400, "unknown_parameter", "surprise", "This parameter is not known."};
  });
  EXPECT_EQ(error.status, 400U);
  EXPECT_EQ(error.code, "unknown_parameter");
  EXPECT_EQ(error.parameter, "surprise");
  EXPECT_TRUE(error.message.contains("Nothing was sent"));
}

TEST(FailureAnswer, DoesNotTakeACutAnswerForLess) {
  const ApiError error =
      described(Failure::Kind::broken_answer, [](Failure& f) { f.error = Error{"response_truncated", {}, 0}; });
  EXPECT_EQ(error.status, 502U);
  EXPECT_EQ(error.code, "response_truncated");
  EXPECT_FALSE(error.retry);
}

}  // namespace
}  // namespace aipg::proxy
