// SPDX-License-Identifier: Apache-2.0
#include "worker/engine_request.h"

#include <gtest/gtest.h>

#include "codec/json.h"

namespace aipg::worker {
namespace {

class EngineRequestTest : public ::testing::Test {
 protected:
  EngineRequestTest() {
    request.path = routing.path = "/v1/chat/completions";
    request.model = routing.model = "m";
    request.max_tokens = 16;
    routing.max_output_tokens = 512;
  }
  EngineRequest make(std::string_view body, PrefixCache cache = PrefixCache::disabled) {
    request.body = SecretBytes(as_bytes(body));
    auto made = make_engine_request(request, routing, cache, rng);
    EXPECT_TRUE(made);
    EXPECT_TRUE(codec::json::parse(made->body.reveal_text())) << made->body.reveal_text();
    return *std::move(made);
  }
  std::string body_of(std::string_view body, PrefixCache cache = PrefixCache::disabled) {
    return std::string(make(body, cache).body.reveal_text());
  }

  seal::InnerRequest request;
  seal::Routing routing;
  crypto::ScriptedRng rng{Bytes(64, 7)};
};

TEST_F(EngineRequestTest, AlwaysAsksForAStreamWithUsage) {
  EXPECT_EQ(body_of(R"({"model":"m"})"), R"({"model":"m","stream":true,"stream_options":{"include_usage":true}})");
  EXPECT_TRUE(make(R"({"model":"m"})").assemble);
}

TEST_F(EngineRequestTest, ReplacesWhatIsThereAndKeepsEveryOtherByte) {
  EXPECT_EQ(
      body_of(R"({ "stream" : false , "messages":[{"content":"é\u00e9 \"stream\":1"}] , "stream_options":null })"),
      R"({ "stream" : true , "messages":[{"content":"é\u00e9 \"stream\":1"}] , "stream_options":{"include_usage":true} })");
}

TEST_F(EngineRequestTest, SetsMembersOfAnEmptyObject) {
  EXPECT_EQ(body_of("{}"), R"({"stream":true,"stream_options":{"include_usage":true}})");
}

TEST_F(EngineRequestTest, ReplacesAMemberWhoseNameIsEscaped) {
  EXPECT_EQ(body_of(R"({"\u0073tream":false,"stream_options":{}})"),
            R"({"\u0073tream":true,"stream_options":{"include_usage":true}})");
}

TEST_F(EngineRequestTest, RemembersWhetherTheClientWantsTheUsageEvent) {
  request.stream = true;
  EXPECT_FALSE(make(R"({"stream":true})").keep_usage);
  EXPECT_FALSE(make(R"({"stream":true,"stream_options":{"include_usage":false}})").keep_usage);
  EXPECT_TRUE(make(R"({"stream":true,"stream_options":{"include_usage":true}})").keep_usage);
  EXPECT_FALSE(make(R"({"stream":true})").assemble);
}

TEST_F(EngineRequestTest, BoundsAnswersWhoseBodyNamesNoBound) {
  request.max_tokens = 0;
  request.choices = 4;
  EXPECT_NE(body_of(R"({"max_tokens":null})").find(R"("max_tokens":128)"), std::string::npos);
  request.path = "/v1/responses";
  EXPECT_EQ(body_of("{}"), R"({"stream":true,"max_output_tokens":128})");
  request.path = "/v1/embeddings";
  EXPECT_EQ(body_of("{}"), "{}");
}

TEST_F(EngineRequestTest, AsksEveryApiThatHasAStreamForOne) {
  for (const char* path : {"/v1/messages", "/v1/responses"}) {
    request.path = path;
    EXPECT_EQ(body_of(R"({"stream":false})"), R"({"stream":true})") << path;
    EXPECT_TRUE(make("{}").assemble) << path;
  }
  request.path = "/v1/embeddings";
  EXPECT_EQ(body_of("{}"), "{}");
  EXPECT_FALSE(make("{}").assemble);
}

TEST_F(EngineRequestTest, TurnsThePrefixCacheOff) {
  request.path = "/v1/messages";
  EXPECT_EQ(body_of("{}", PrefixCache::off_per_request), R"({"stream":true,"cache_prompt":false})");
}

TEST_F(EngineRequestTest, SaltsThePrefixCacheWithTheClientsSaltOrAFreshOne) {
  request.path = "/v1/messages";
  const std::string first = body_of("{}", PrefixCache::salted);
  EXPECT_EQ(first, R"({"stream":true,"cache_salt":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"})");
  request.cache_salt = Hash256{};
  EXPECT_EQ(body_of("{}", PrefixCache::salted),
            R"({"stream":true,"cache_salt":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})");
  request.path = "/v1/embeddings";
  EXPECT_EQ(body_of("{}", PrefixCache::salted), "{}");
}

TEST_F(EngineRequestTest, RefusesABodyThatIsNoObject) {
  request.body = SecretBytes(as_bytes("[]"));
  EXPECT_EQ(make_engine_request(request, routing, PrefixCache::disabled, rng).error().code.view(), "engine_request");
}

}  // namespace
}  // namespace aipg::worker
