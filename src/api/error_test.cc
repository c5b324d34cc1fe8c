// SPDX-License-Identifier: Apache-2.0
#include "api/error.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "codec/json.h"

namespace aipg::api {
namespace {

std::vector<ErrorCode> all_codes() {
  std::vector<ErrorCode> out;
  for (unsigned i = 0; i <= static_cast<unsigned>(ErrorCode::request_too_large); ++i) {
    out.push_back(static_cast<ErrorCode>(i));
  }
  return out;
}

TEST(ApiError, EachCodeHasItsOwnNameThatLeadsBackToIt) {
  std::set<std::string_view> names;
  for (const ErrorCode code : all_codes()) {
    EXPECT_EQ(info(code).code, code);
    EXPECT_EQ(error_from_name(info(code).name), code);
    EXPECT_TRUE(names.insert(info(code).name.view()).second);
  }
  EXPECT_EQ(names.size(), 23U);
  EXPECT_EQ(error_from_name("No_confidential_worker"), std::nullopt);
  EXPECT_EQ(error_from_name(""), std::nullopt);
}

TEST(ApiError, StatusesAreThoseOfTheProtocol) {
  const std::vector<std::pair<std::string_view, unsigned>> expected = {{"no_confidential_worker", 503},
                                                                       {"sealing_required", 400},
                                                                       {"invalid_confidential_header", 400},
                                                                       {"model_not_found", 404},
                                                                       {"worker_key_expired", 409},
                                                                       {"request_replayed", 409},
                                                                       {"request_expired", 400},
                                                                       {"malformed_seal", 400},
                                                                       {"unsupported_version", 400},
                                                                       {"unsupported_suite", 400},
                                                                       {"attestation_stale", 503},
                                                                       {"attestation_invalid", 503},
                                                                       {"worker_busy", 503},
                                                                       {"insufficient_stake", 403},
                                                                       {"invalid_api_key", 401},
                                                                       {"standard_tier_not_offered", 400},
                                                                       {"price_above_max", 402},
                                                                       {"quota_exceeded", 429},
                                                                       {"upstream_lost", 502}};
  for (const auto& [name, status] : expected) EXPECT_EQ(info(*error_from_name(name)).status, status) << name;
}

TEST(ApiError, OnlyThreeCodesInviteARetry) {
  std::set<std::string_view> retried;
  for (const ErrorCode code : all_codes()) {
    if (info(code).retry) retried.insert(info(code).name.view());
  }
  EXPECT_EQ(retried, (std::set<std::string_view>{"worker_busy", "quota_exceeded", "upstream_lost"}));
}

TEST(ApiError, MessagesSayWhatDidNotHappenInPlainCharacters) {
  for (const ErrorCode code : all_codes()) {
    const auto message = info(code).message.view();
    EXPECT_TRUE(std::ranges::all_of(message, [](char c) { return c >= ' ' && c <= '~'; })) << message;
    EXPECT_TRUE(message.ends_with('.')) << message;
    EXPECT_TRUE(message.find(" not ") != message.npos || message.find("Nothing was run.") != message.npos) << message;
    // An error about trust never suggests to check less.
    for (const char* word : {"disable", "skip", "turn off", "ignore"}) EXPECT_EQ(message.find(word), message.npos);
  }
}

TEST(ApiError, BodyHasTheShapeThatOpenAiClientsRead) {
  for (const ErrorCode code : all_codes()) {
    const std::string body = error_body(code);
    const auto document = codec::json::parse(body);
    ASSERT_TRUE(document) << body;
    const auto error = document->root().find("error");
    ASSERT_TRUE(error);
    EXPECT_EQ(error->find("message")->string(), info(code).message.view());
    EXPECT_EQ(error->find("type")->string(), info(code).type.view());
    EXPECT_EQ(error->find("code")->string(), info(code).name.view());
    EXPECT_TRUE(error->find("param")->is_null());
    EXPECT_EQ(error->size(), 4U);
    EXPECT_EQ(document->root().find("detail")->string(), info(code).message.view());
    EXPECT_EQ(document->root().size(), 2U);
    EXPECT_EQ(parse_error_body(body), code);
  }
}

TEST(ApiError, ABodyThatIsNoneOfOursHasNoCode) {
  for (const char* body :
       {"", "{", "[]", "{}", R"({"error":"worker_busy"})", R"({"error":{}})", R"({"error":{"code":7}})",
        R"({"error":{"code":"teapot"}})", "<html>502</html>", R"({"error":{"code":"worker_busy"},"error":{}})"}) {
    EXPECT_EQ(parse_error_body(body), std::nullopt) << body;
  }
  EXPECT_EQ(parse_error_body(R"({"error":{"code":"worker_busy"}})"), ErrorCode::worker_busy);
}

TEST(ApiError, EveryCodeHasItsRowInTheDocumentation) {
  std::ifstream file(AIPG_SOURCE_DIR "/docs/errors.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  for (const ErrorCode code : all_codes()) {
    const std::string row = "| `" + std::string(info(code).name.view()) + "` | " + std::to_string(info(code).status) +
                            (info(code).retry ? " | yes |" : " | no |");
    EXPECT_NE(page.find(row), page.npos) << row;
  }
}

}  // namespace
}  // namespace aipg::api
