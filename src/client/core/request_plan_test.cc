// SPDX-License-Identifier: Apache-2.0
#include "client/core/request_plan.h"

#include <gtest/gtest.h>

namespace aipg::client {
namespace {

constexpr std::string_view kChat = "/v1/chat/completions";

auto plan(std::string_view body, std::string_view path = kChat) { return plan_request(path, body, seal::Padding::p1); }

std::string refusal(std::string_view body, std::string_view path = kChat) {
  const auto routing = plan(body, path);
  return routing ? "accepted" : std::string(routing.error().code.view()) + " " + routing.error().parameter;
}

TEST(RequestPlan, ReadsModelStreamAndLimit) {
  const auto routing = plan(R"({"model":"m","messages":[],"stream":true,"max_tokens":300})");
  ASSERT_TRUE(routing.has_value());
  EXPECT_EQ(routing->model, "m");
  EXPECT_EQ(routing->path, kChat);
  EXPECT_TRUE(routing->stream);
  EXPECT_EQ(routing->max_output_tokens, 512U);
  EXPECT_EQ(routing->padding, seal::Padding::p1);
}

TEST(RequestPlan, ReservesTheDefaultWhereNoLimitIsNamed) {
  const auto routing = plan(R"({"model":"m","messages":[]})");
  ASSERT_TRUE(routing.has_value());
  EXPECT_EQ(routing->max_output_tokens, kDefaultOutputTokens);
  EXPECT_FALSE(routing->stream);
}

TEST(RequestPlan, CountsEveryAnswer) {
  EXPECT_EQ(plan(R"({"model":"m","messages":[],"n":3,"max_tokens":100})")->max_output_tokens, 512U);
  EXPECT_EQ(plan(R"({"model":"m","prompt":["a","b"],"n":2,"max_tokens":200})", "/v1/completions")->max_output_tokens,
            1024U);
  EXPECT_EQ(plan(R"({"model":"m","prompt":[1,2,3],"max_tokens":200})", "/v1/completions")->max_output_tokens, 256U);
}

TEST(RequestPlan, TakesTheLargerOfTwoLimits) {
  const auto routing = plan(R"({"model":"m","messages":[],"max_tokens":10,"max_completion_tokens":2000})");
  EXPECT_EQ(routing->max_output_tokens, 2048U);
}

TEST(RequestPlan, RefusesBeforeSendingWhatAWorkerWouldRefuse) {
  EXPECT_EQ(refusal(R"({"model":"m","messages":[],"kv_transfer_params":{}})"),
            "unsupported_parameter kv_transfer_params");
  EXPECT_EQ(refusal(R"({"model":"m","messages":[],"nonsense":1})"), "unknown_parameter nonsense");
  EXPECT_EQ(refusal(R"({"messages":[]})"), "invalid_request model");
  EXPECT_EQ(refusal(R"({"model":"two words","messages":[]})"), "invalid_request model");
  EXPECT_EQ(refusal("[]"), "invalid_request ");
  EXPECT_EQ(refusal("{"), "invalid_request ");
  EXPECT_EQ(refusal(R"({"model":"m"})", "/v1/files"), "invalid_request path");
}

TEST(RequestPlan, RefusesARateThatHasNoRoomForTheReceipt) {
  const std::string body = R"({"messages":[],"model":")" + std::string(65, 'm') + "\"}";
  const auto refused = plan_request(kChat, body, seal::Padding::p2(1));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().parameter, "model");
  EXPECT_NE(refused.error().message.view().find("p2:2"), std::string_view::npos);
  EXPECT_TRUE(plan_request(kChat, body, seal::Padding::p2(2)).has_value());
}

TEST(RequestPlan, RefusesMoreTokensThanCanBeRouted) {
  EXPECT_EQ(refusal(R"({"model":"m","messages":[],"max_tokens":9007199254740991})"), "invalid_request max_tokens");
  EXPECT_EQ(refusal(R"({"model":"m","messages":[],"max_tokens":2147483648,"n":2})"), "invalid_request max_tokens");
  EXPECT_EQ(refusal(R"({"model":"m","messages":[],"n":18446744073709551615})"), "invalid_request max_tokens");
}

}  // namespace
}  // namespace aipg::client
