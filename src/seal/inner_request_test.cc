// SPDX-License-Identifier: Apache-2.0
#include "seal/inner_request.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "codec/bhttp.h"
#include "codec/json.h"

namespace aipg::seal {
namespace {

using codec::bhttp::Field;

Routing routing_for(std::string_view path) {
  Routing routing;
  routing.path = path;
  routing.model = "m";
  return routing;
}

// `members` after the model.
std::string body_with(std::string_view members) {
  return R"({"model":"m")" + (members.empty() ? std::string() : "," + std::string(members)) + "}";
}

// The code and the member that a body is refused with; empty when it is not.
std::pair<std::string, std::string> refusal(std::string_view path, std::string_view body,
                                            std::optional<Routing> routing = {}) {
  const auto checked = validate_body(path, body, routing.value_or(routing_for(path)));
  if (checked) return {};
  return {std::string(checked.error().code.view()), checked.error().parameter};
}

using Refusal = std::pair<std::string, std::string>;
constexpr std::string_view kChat = "/v1/chat/completions", kCompletions = "/v1/completions";
constexpr std::string_view kEmbeddings = "/v1/embeddings", kResponses = "/v1/responses", kMessages = "/v1/messages";
const Refusal kAccepted{};

// --- bodies that clients really send -------------------------------------------

TEST(Body, AcceptsAPlainChat) {
  EXPECT_EQ(
      refusal(kChat, body_with(R"("messages":[{"role":"user","content":"hi"}],"temperature":0.7,"max_tokens":99)")),
      kAccepted);
}

TEST(Body, AcceptsAnAgentsChat) {
  Routing routing = routing_for(kChat);
  routing.stream = true;
  const std::string body = body_with(
      R"("stream":true,"stream_options":{"include_usage":true},"n":1,"stop":null,"seed":7,"user":"u","store":false,)"
      R"("metadata":{"a":"b"},"service_tier":"auto","modalities":["text"],"reasoning_effort":"low","logprobs":true,)"
      R"("top_logprobs":2,"logit_bias":{"50256":-100},"parallel_tool_calls":true,"tool_choice":"auto",)"
      R"("response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"properties":{"url":{"type":"string"}},)"
      R"("examples":[{"url":"https://example.com"}]}}},)"
      R"("tools":[{"type":"function","function":{"name":"fetch","parameters":{"properties":{"url":{"type":"string",)"
      R"("default":"https://example.com"}}}}}],"messages":[{"role":"system","content":"s"},{"role":"assistant",)"
      R"("tool_calls":[{"id":"1","type":"function","function":{"name":"fetch","arguments":"{\"url\":\"https://a\"}"}}]},)"
      R"({"role":"tool","tool_call_id":"1","content":"see https://a"}],"chat_template_kwargs":{"enable_thinking":false})");
  EXPECT_EQ(refusal(kChat, body, routing), kAccepted);
}

TEST(Body, AcceptsImagesThatAreData) {
  EXPECT_EQ(refusal(kChat, body_with(R"("messages":[{"role":"user","content":[{"type":"text","text":"what?"},)"
                                     R"({"type":"image_url","image_url":{"url":"data:image\/png;base64,AAAA"}}]}])")),
            kAccepted);
}

TEST(Body, AcceptsCompletionsAndEmbeddings) {
  EXPECT_EQ(
      refusal(kCompletions, body_with(R"("prompt":"Once","max_tokens":16,"echo":false,"suffix":null,"best_of":1)")),
      kAccepted);
  EXPECT_EQ(refusal(kEmbeddings, body_with(R"("input":["a","b"],"encoding_format":"base64","dimensions":64)")),
            kAccepted);
}

TEST(Body, AcceptsResponsesWithoutServerSideState) {
  EXPECT_EQ(
      refusal(kResponses,
              body_with(R"("input":[{"role":"user","content":[{"type":"input_text","text":"hi"}]}],"store":false,)"
                        R"("instructions":"be brief","max_output_tokens":200,"previous_response_id":null,)"
                        R"("reasoning":{"effort":"low"},"text":{"format":{"type":"text"}},"truncation":"auto",)"
                        R"("tools":[{"type":"function","name":"f","parameters":{}}],"include":[])")),
      kAccepted);
}

TEST(Body, AcceptsAnthropicMessagesWithToolUse) {
  EXPECT_EQ(
      refusal(kMessages,
              body_with(R"("max_tokens":256,"system":"s","stop_sequences":["x"],"thinking":{"type":"disabled"},)"
                        R"("tools":[{"name":"get","input_schema":{"type":"object"}}],"messages":[)"
                        R"({"role":"assistant","content":[{"type":"tool_use","id":"1","name":"get",)"
                        R"("input":{"url":"https://example.com"}}]},{"role":"user","content":[)"
                        R"({"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA"}}]}])")),
      kAccepted);
}

// --- what is refused, by name ---------------------------------------------------

TEST(Body, RefusesMembersOutsideTheAllowList) {
  const std::tuple<std::string_view, std::string_view, Refusal> cases[] = {
      {kChat, R"("frobnicate":1)", {"unknown_parameter", "frobnicate"}},
      {kChat, R"("Messages":[])", {"unknown_parameter", "Messages"}},
      {kChat, R"("prompt":"x")", {"unknown_parameter", "prompt"}},
      {kChat, R"("":1)", {"unknown_parameter", ""}},
      {kChat, R"("kv_transfer_params":{})", {"unsupported_parameter", "kv_transfer_params"}},
      {kChat, R"("cache_salt":"a")", {"unsupported_parameter", "cache_salt"}},
      {kChat, R"("\u0063ache_salt":"a")", {"unsupported_parameter", "cache_salt"}},
      {kChat, R"("priority":-1)", {"unsupported_parameter", "priority"}},
      {kChat, R"("lora":[])", {"unsupported_parameter", "lora"}},
      {kChat, R"("cache_prompt":true)", {"unsupported_parameter", "cache_prompt"}},
      {kChat, R"("id_slot":0)", {"unsupported_parameter", "id_slot"}},
      {kChat, R"("grammar":"root ::= x")", {"unsupported_parameter", "grammar"}},
      {kChat, R"("n_predict":-1)", {"unsupported_parameter", "n_predict"}},
      {kChat, R"("chat_template":"{{x}}")", {"unsupported_parameter", "chat_template"}},
      {kChat, R"("audio":{"voice":"a"})", {"unsupported_parameter", "audio"}},
      {kChat, R"("web_search_options":{})", {"unsupported_parameter", "web_search_options"}},
      {kCompletions, R"("prompt_embeds":"AA")", {"unsupported_parameter", "prompt_embeds"}},
      {kMessages, R"("mcp_servers":[])", {"unsupported_parameter", "mcp_servers"}},
      {kMessages, R"("container":"c")", {"unsupported_parameter", "container"}},
      {kEmbeddings, R"("stream":false)", {"unknown_parameter", "stream"}},
  };
  for (const auto& [path, members, expected] : cases) EXPECT_EQ(refusal(path, body_with(members)), expected) << members;
}

TEST(Body, RefusesValuesThatStoreFetchOrLeaveTheTier) {
  const std::tuple<std::string_view, std::string_view, Refusal> cases[] = {
      {kChat, R"("store":true)", {"unsupported_parameter", "store"}},
      {kChat, R"("service_tier":"flex")", {"unsupported_parameter", "service_tier"}},
      {kChat, R"("modalities":["text","audio"])", {"unsupported_parameter", "modalities"}},
      {kChat, R"("chat_template_kwargs":{"chat_template":"x"})", {"unsupported_parameter", "chat_template_kwargs"}},
      {kChat, R"("chat_template_kwargs":{"thinking":"x"})", {"unsupported_parameter", "chat_template_kwargs"}},
      {kChat, R"("chat_template_kwargs":[])", {"invalid_request", "chat_template_kwargs"}},
      {kChat, R"("tools":{})", {"invalid_request", "tools"}},
      {kChat, R"("tools":[1])", {"invalid_request", "tools"}},
      {kResponses, R"("background":true)", {"unsupported_parameter", "background"}},
      {kResponses, R"("previous_response_id":"r")", {"unsupported_parameter", "previous_response_id"}},
      {kResponses, R"("conversation":"c")", {"unsupported_parameter", "conversation"}},
      {kResponses, R"("prompt":{"id":"p"})", {"unsupported_parameter", "prompt"}},
      {kResponses, R"("tools":[{"type":"web_search"}])", {"unsupported_parameter", "tools"}},
      {kResponses, R"("tools":[{"type":"mcp","server_url":"https://a"}])", {"unsupported_parameter", "tools"}},
      {kResponses, R"("tools":[{"type":"\u0066unction"}])", {"unsupported_parameter", "tools"}},
      {kMessages, R"("tools":[{"type":"web_fetch_20250910","name":"f"}])", {"unsupported_parameter", "tools"}},
  };
  for (const auto& [path, members, expected] : cases) EXPECT_EQ(refusal(path, body_with(members)), expected) << members;
}

TEST(Body, RefusesAddressesAtAnyDepth) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {kChat, R"({"type":"image_url","image_url":{"url":"https://a/b.png"}})"},
      {kChat, R"({"type":"image_url","image_url":"https://a/b.png"})"},
      {kChat, R"({"image_url":{"url":"file:///etc/passwd"}})"},
      {kChat, R"({"image_url":{"url":"DATA:image/png,"}})"},
      {kChat, R"({"image_url":{"url":" data:image/png,"}})"},
      {kChat, R"({"image_url":{"url":"\u0064ata:image/png,"}})"},
      {kChat, R"({"image_url":{"url":""}})"},
      {kChat, R"({"image_url":{"\u0075rl":"https://a"}})"},
      {kChat, R"({"image_url":{"url":["data:,","https://a"]}})"},
      {kChat, R"({"video_url":{"url":"https://a"}})"},
      {kChat, R"({"audio_url":[["https://a"]]})"},
      {kChat, R"({"type":"image","image":"https://a"})"},
      {kChat, R"({"type":"file","file":{"file_id":"f"}})"},
      {kChat, R"({"type":"image_embeds","image_embeds":"AA"})"},
      {kChat, R"({"type":"tool_use","input":{},"url":"https://a"})"},
      {kChat, R"({"type":"text","input":{"url":"https://a"}})"},
      {kResponses, R"({"type":"input_image","image_url":"https://a"})"},
      {kResponses, R"({"type":"input_file","file_url":"https://a"})"},
      {kMessages, R"({"type":"image","source":{"type":"url","url":"https://a"}})"},
      {kMessages, R"({"type":"tool_result","content":[{"type":"image","source":{"url":"https://a"}}]})"},
  };
  for (const auto& [path, part] : cases) {
    const std::string member = path == kResponses ? "input" : "messages";
    const std::string members = "\"" + member + R"(":[{"role":"user","content":[)" + std::string(part) + "]}]";
    EXPECT_EQ(refusal(path, body_with(members)), Refusal("unsupported_parameter", member)) << part;
  }
}

TEST(Body, RefusesWhatIsNoStrictJsonObject) {
  std::string deep = R"({"model":"m","messages":)" + std::string(64, '[') + std::string(64, ']') + "}";
  for (const std::string& body : {std::string(), std::string("[]"), std::string("{"),
                                  body_with("\"messages\":[]") + " x", body_with(R"("messages":[],"messages":[])"),
                                  body_with(R"("messages":[{"a":1,"\u0061":2}])"), body_with("\"messages\":[\"\xFF\"]"),
                                  body_with(R"("messages":["\ud800"])"), "\xEF\xBB\xBF" + body_with(""), deep}) {
    EXPECT_EQ(refusal(kChat, body), Refusal("invalid_request", "")) << body;
  }
  deep.erase(deep.find('['), 1);
  deep.erase(deep.find(']'), 1);
  EXPECT_EQ(refusal(kChat, deep), kAccepted);
}

TEST(Body, MustEqualTheRouting) {
  EXPECT_EQ(refusal(kChat, "{}"), Refusal("routing_mismatch", "model"));
  EXPECT_EQ(refusal(kChat, R"({"model":"n"})"), Refusal("routing_mismatch", "model"));
  EXPECT_EQ(refusal(kChat, R"({"model":1})"), Refusal("routing_mismatch", "model"));
  EXPECT_EQ(refusal(kChat, R"({"model":"\u006d"})"), kAccepted);
  EXPECT_EQ(refusal(kChat, body_with(R"("stream":true)")), Refusal("routing_mismatch", "stream"));
  EXPECT_EQ(refusal(kChat, body_with(R"("stream":null)")), kAccepted);
  EXPECT_EQ(refusal(kChat, body_with(R"("stream":1)")), Refusal("invalid_request", "stream"));
  Routing streaming = routing_for(kChat);
  streaming.stream = true;
  EXPECT_EQ(refusal(kChat, body_with(""), streaming), Refusal("routing_mismatch", "stream"));
}

TEST(Body, MayNotAskForMoreTokensThanTheRouting) {
  const std::tuple<std::string_view, std::string_view, Refusal> cases[] = {
      {kChat, R"("max_tokens":256)", {}},
      {kChat, R"("max_tokens":257)", {"routing_mismatch", "max_tokens"}},
      {kChat, R"("max_completion_tokens":257)", {"routing_mismatch", "max_completion_tokens"}},
      {kChat, R"("max_completion_tokens":300,"max_tokens":1)", {"routing_mismatch", "max_completion_tokens"}},
      {kChat, R"("max_tokens":128,"n":2)", {}},
      {kChat, R"("n":2,"max_tokens":129)", {"routing_mismatch", "max_tokens"}},
      {kChat, R"("max_tokens":18446744073709551615,"n":2)", {"routing_mismatch", "max_tokens"}},
      {kChat, R"("max_tokens":18446744073709551616)", {"invalid_request", "max_tokens"}},
      {kChat, R"("max_tokens":-1)", {"invalid_request", "max_tokens"}},
      {kChat, R"("max_tokens":1e2)", {"invalid_request", "max_tokens"}},
      {kChat, R"("max_tokens":"10")", {"invalid_request", "max_tokens"}},
      {kChat, R"("max_tokens":null,"n":null)", {}},
      {kChat, R"("n":0)", {"invalid_request", "n"}},
      {kChat, R"("n":129)", {"invalid_request", "n"}},
      {kCompletions, R"("prompt":"x","max_tokens":86,"best_of":3)", {"routing_mismatch", "max_tokens"}},
      {kCompletions, R"("prompt":["a","b"],"max_tokens":129)", {"routing_mismatch", "max_tokens"}},
      {kCompletions, R"("prompt":[[1],[2]],"max_tokens":128)", {}},
      {kCompletions, R"("prompt":[1,2,3],"max_tokens":256)", {}},
      {kCompletions, R"("prompt":[])", {"invalid_request", "prompt"}},
      {kResponses, R"("input":"x","max_output_tokens":257)", {"routing_mismatch", "max_output_tokens"}},
      {kMessages, R"("messages":[],"max_tokens":257)", {"routing_mismatch", "max_tokens"}},
  };
  for (const auto& [path, members, expected] : cases) EXPECT_EQ(refusal(path, body_with(members)), expected) << members;
}

TEST(Body, CutsALongNameWhereACharacterEnds) {
  const std::string name = std::string(63, 'a') + "\xC3\xA9";
  EXPECT_EQ(refusal(kChat, body_with("\"" + name + "\":1")), Refusal("unknown_parameter", std::string(63, 'a')));
}

// --- the whole inner request -----------------------------------------------------

SecretBytes message(const std::vector<Field>& fields, std::string_view body, std::string path = std::string(kChat)) {
  return codec::bhttp::write_request({"POST", std::move(path), fields, as_bytes(body)});
}

TEST(InnerRequest, KeepsExactlyTheBodysBytes) {
  const std::string body = "  {\"model\" : \"m\",\n\"messages\":[ ], \"max_tokens\":7, \"n\":2 }\r\n";
  const auto read = validate_inner(
      message({{"content-type", "application/json; charset=utf-8"}, {"x-other", "y"}}, body), routing_for(kChat));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->body.reveal_text(), body);
  EXPECT_EQ(read->path, kChat);
  EXPECT_EQ(read->model, "m");
  EXPECT_EQ(read->max_tokens, 14U);
  EXPECT_EQ(read->choices, 2U);
  EXPECT_FALSE(read->cache_salt);
}

TEST(InnerRequest, LeavesTheCapToTheWorkerWhereTheBodyNamesNone) {
  const auto read = validate_inner(message({}, body_with(R"("n":3)")), routing_for(kChat));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->max_tokens, 0U);
  EXPECT_EQ(read->choices, 3U);
}

TEST(InnerRequest, ReadsTheCacheSalt) {
  const Hash256 salt{1, 2, 3};
  const auto read =
      validate_inner(message({{"aipg-cache-salt", codec::to_base64url(salt)}}, body_with("")), routing_for(kChat));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->cache_salt, salt);
}

TEST(InnerRequest, RefusesBadHeaders) {
  const std::string salt = codec::to_base64url(Hash256{});
  const std::pair<std::vector<Field>, std::string_view> cases[] = {
      {{{"content-type", "text/plain"}}, "content-type"},
      {{{"content-type", "application/jsonp"}}, "content-type"},
      {{{"aipg-cache-salt", "AAAA"}}, "aipg-cache-salt"},
      {{{"aipg-cache-salt", salt + "="}}, "aipg-cache-salt"},
      {{{"aipg-cache-salt", salt}, {"aipg-cache-salt", salt}}, "aipg-cache-salt"},
  };
  for (const auto& [fields, name] : cases) {
    const auto read = validate_inner(message(fields, body_with("")), routing_for(kChat));
    ASSERT_FALSE(read.has_value()) << name;
    EXPECT_EQ(read.error().code.view(), "invalid_request");
    EXPECT_EQ(read.error().parameter, name);
  }
}

TEST(InnerRequest, RefusesAnotherPathBeforeItReadsTheBody) {
  const auto read = validate_inner(message({}, "nonsense", "/v1/completions"), routing_for(kChat));
  EXPECT_EQ(read.error().code.view(), "routing_mismatch");
  EXPECT_EQ(read.error().parameter, "path");
}

TEST(InnerRequest, RefusesWhatIsNoBinaryHttp) {
  EXPECT_EQ(validate_inner(SecretBytes(as_bytes("hello")), routing_for(kChat)).error().code.view(), "malformed_seal");
}

TEST(InnerError, IsWrittenAsAnApiErrorWhateverTheName) {
  const InnerError error{400, "unknown_parameter", "a\"b\n", "Leave it out."};
  EXPECT_EQ(error_body(error),
            R"({"error":{"message":"Leave it out.","type":"invalid_request_error","code":"unknown_parameter",)"
            R"("param":"a\"b\n"},"detail":"Leave it out."})");
  const std::string without = error_body({404, "model_not_found", {}, "No."});
  EXPECT_NE(without.find(R"("param":null)"), std::string::npos);
  EXPECT_TRUE(codec::json::parse(without));
}

}  // namespace
}  // namespace aipg::seal
