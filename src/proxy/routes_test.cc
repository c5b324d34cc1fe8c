// SPDX-License-Identifier: Apache-2.0
// The proxy over loopback: what it refuses before anything is asked of the
// gateway, and what it answers itself.
#include <gmock/gmock.h>

#include "codec/json.h"
#include "proxy/proxy_network_test.h"

namespace aipg::proxy {
namespace {

using testing::HasSubstr;
using RoutesTest = ProxyNetwork;

std::string code_in(const std::string& body) {
  const auto document = codec::json::parse(body);
  const auto error = document ? document->root().find("error") : std::nullopt;
  const auto code = error ? error->find("code") : std::nullopt;
  return code ? code->string().value_or("?") : "no error: " + body.substr(0, 200);
}

void expect_refused(const ProxyNetwork& network, const ProxyNetwork::Seen& seen, unsigned status,
                    std::string_view code) {
  EXPECT_EQ(seen.status, status) << seen.body;
  EXPECT_EQ(code_in(seen.body), code);
  EXPECT_EQ(seen.header("x-should-retry"), "false");
  EXPECT_EQ(seen.header("access-control-allow-origin"), "");
  EXPECT_EQ(network.inferences, 0);
}

TEST_F(RoutesTest, RefusesPagesAndForeignNamesBeforeItAsksAnybody) {
  add(1);
  start();
  for (const auto& [name, value] : std::initializer_list<std::pair<const char*, const char*>>{
           {"Origin", "https://attacker.example"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}}) {
    expect_refused(*this, ask_proxy(kChat, kQuestion, with(name, value)), 403, "foreign_origin");
    expect_refused(*this, get("/v1/models", with(name, value)), 403, "foreign_origin");
    expect_refused(*this, get("/", with(name, value)), 403, "foreign_origin");
    expect_refused(*this, run_request("OPTIONS", kChat, "", with(name, value)), 403, "foreign_origin");
  }
  run([](ProxyNetwork& t) -> net::Task<void> {
    auto stream = co_await t.raw(*t.proxy);
    co_await write(*stream, "GET / HTTP/1.1\r\nHost: attacker.example:8117\r\nConnection: close\r\n\r\n");
    const std::string answer = co_await read_to_end(*stream);
    EXPECT_THAT(answer, testing::StartsWith("HTTP/1.1 403 "));
    EXPECT_THAT(answer, HasSubstr("foreign_host"));
    EXPECT_THAT(answer, testing::Not(HasSubstr("Verified workers")));
  }(*this));
  EXPECT_EQ(challenges + directories, 0);
}

TEST_F(RoutesTest, AsksForItsTokenEverywhere) {
  door.token = SecretBytes(as_bytes("a-token-of-some-length"));
  add(1);
  start();
  for (const char* target : {"/", "/status.json", "/v1/models", "/healthz", "/nothing"}) {
    expect_refused(*this, get(target), 401, "invalid_token");
  }
  expect_refused(*this, ask_proxy(kChat, kQuestion, with("Authorization", "Bearer wrong")), 401, "invalid_token");
  const Seen seen = ask_proxy(kChat, kQuestion, with("Authorization", "Bearer a-token-of-some-length"));
  EXPECT_EQ(seen.status, 200U) << seen.body;
  EXPECT_EQ(authorization, "Bearer grid_key");  // not the client's
}

TEST_F(RoutesTest, IgnoresWhateverKeyAClientHasWhenThereIsNoToken) {
  add(1);
  start();
  EXPECT_EQ(ask_proxy(kChat, kQuestion, with("Authorization", "Bearer sk-of-somebody-else")).status, 200U);
  EXPECT_EQ(authorization, "Bearer grid_key");
}

TEST_F(RoutesTest, NamesWhatItTakesWhereThereIsNothing) {
  start();
  for (const char* target : {"/v1/audio/speech", "/v1/chat/completions/", "/v2/chat/completions", "/v1", "/favicon.ico",
                             "/v1/confidential/directory", "//", "/v1/models/../../etc"}) {
    const Seen seen = ask_proxy(target, "{}");
    EXPECT_EQ(seen.status, target == std::string("/v1/models/../../etc") ? 405U : 404U) << target;
  }
  const Seen seen = ask_proxy("/v1/audio/speech", "{}");
  expect_refused(*this, seen, 404, "not_found");
  for (const std::string_view path : seal::sealable_paths()) EXPECT_THAT(seen.body, HasSubstr(path));
  EXPECT_THAT(seen.body, HasSubstr("/v1/models"));
  EXPECT_THAT(ask_proxy("/chat/completions", "{}").body, HasSubstr("base URL ends in /v1"));
}

TEST_F(RoutesTest, TakesEachPathWithItsMethodOnly) {
  start();
  for (const std::string_view path : seal::sealable_paths()) {
    const Seen seen = get(std::string(path));
    EXPECT_EQ(seen.status, 405U) << path;
    EXPECT_EQ(seen.header("allow"), "POST");
  }
  for (const char* target : {"/", "/status.json", "/v1/models", "/v1/models/test-model", "/healthz"}) {
    const Seen seen = ask_proxy(target, "{}");
    expect_refused(*this, seen, 405, "method_not_allowed");
    EXPECT_EQ(seen.header("allow"), "GET");
  }
  expect_refused(*this, run_request("OPTIONS", kChat, "", {}), 405, "method_not_allowed");
}

TEST_F(RoutesTest, NeverFallsBackToWhatIsNotConfidential) {
  add(1);
  start();
  for (const char* wish : {"off", "preferred", "", "Required", "required, off"}) {
    expect_refused(*this, ask_proxy(kChat, kQuestion, with("X-AIPG-Confidential", wish)), 400,
                   "invalid_confidential_header");
  }
  net::Headers twice = with("X-AIPG-Confidential", "required");
  twice.add("x-aipg-confidential", "required");
  expect_refused(*this, ask_proxy(kChat, kQuestion, twice), 400, "invalid_confidential_header");
  EXPECT_EQ(ask_proxy(kChat, kQuestion, with("x-aipg-confidential", "required")).status, 200U);
}

TEST_F(RoutesTest, RefusesBodiesThatAreNotJson) {
  add(1);
  start();
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                           "application/jsonp", ""}) {
    expect_refused(*this, ask_proxy(kChat, kQuestion, with("Content-Type", type)), 400, "malformed_request");
  }
  EXPECT_EQ(ask_proxy(kChat, kQuestion, with("Content-Type", "Application/JSON; charset=utf-8")).status, 200U);
}

TEST_F(RoutesTest, RefusesWhatAWorkerWouldRefuseBeforeItSendsAnything) {
  add(1);
  start();
  expect_refused(*this, ask_proxy(kChat, "not JSON"), 400, "invalid_request");
  const Seen seen = ask_proxy(kChat, R"({"model":"test-model","messages":[],"surprise":1})");
  expect_refused(*this, seen, 400, "unknown_parameter");
  EXPECT_THAT(seen.body, HasSubstr(R"("param":"surprise")"));
  EXPECT_EQ(challenges + directories, 0);
}

TEST_F(RoutesTest, RefusesMoreThan32MiBBeforeItReadsThem) {
  add(1);
  start();
  run([](ProxyNetwork& t) -> net::Task<void> {
    auto stream = co_await t.raw(*t.proxy);
    co_await write(*stream,
                   "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                   "Content-Length: 33554433\r\n\r\n");
    const std::string answer = co_await read_until(*stream, "}}");
    EXPECT_THAT(answer, testing::StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(answer, HasSubstr("request_too_large"));
  }(*this));
  EXPECT_EQ(inferences, 0);
}

TEST_F(RoutesTest, SpeaksAnthropicsDialectBelowMessages) {
  start();
  const Seen seen = ask_proxy("/v1/messages", R"({"model":"test-model","messages":[],"max_tokens":8})");
  EXPECT_EQ(seen.status, 503U);
  EXPECT_THAT(seen.body, testing::StartsWith(R"({"type":"error","error":{)"));
  EXPECT_EQ(code_in(seen.body), "no_confidential_worker");
  EXPECT_THAT(ask_proxy("/v1/messages/count_tokens", "{}").body, HasSubstr(R"("type":"not_found_error")"));
  // Their clients ask like this for what is new.
  EXPECT_EQ(ask_proxy("/v1/messages?beta=true", R"({"model":"test-model","messages":[],"max_tokens":8})").status, 503U);
}

TEST_F(RoutesTest, ListsTheModelsThatVerifiedWorkersHave) {
  add(1);
  add(2);
  start();
  const Seen seen = get("/v1/models");
  EXPECT_EQ(seen.status, 200U);
  EXPECT_THAT(seen.body, HasSubstr(R"({"id":"test-model","object":"model","created":0,"owned_by":"aipg")"));
  EXPECT_THAT(seen.body, HasSubstr(R"("workers":2)"));
  EXPECT_EQ(get("/v1/models?limit=5").status, 200U);
  const Seen one = get("/v1/models/test%2Dmodel");
  EXPECT_EQ(one.status, 200U);
  EXPECT_THAT(one.body, testing::StartsWith(R"({"id":"test-model")"));
  expect_refused(*this, get("/v1/models/other"), 404, "model_not_found");
}

TEST_F(RoutesTest, ListsNoModelBecauseAGatewaySaysSo) {
  add(1);
  edit_directory = [](api::Directory& directory) {
    directory.entries[0].models.push_back({"zz-invented", {kChat}, {1, 1}});
  };
  start();
  const Seen seen = get("/v1/models");
  EXPECT_THAT(seen.body, HasSubstr("test-model"));
  EXPECT_THAT(seen.body, testing::Not(HasSubstr("zz-invented")));
}

TEST_F(RoutesTest, ListsNoModelOfAWorkerThatIsNotVerified) {
  add(1);
  attest::Policy other = policy();
  other.releases[0].workload_hash[0] ^= 1;
  start(other);
  const Seen seen = get("/v1/models");
  EXPECT_EQ(seen.status, 200U);
  EXPECT_EQ(seen.body, R"({"object":"list","data":[]})");
}

TEST_F(RoutesTest, ShowsItsStatusToPeopleAndPrograms) {
  add(1);
  start();
  EXPECT_EQ(ask_proxy(kChat, kQuestion).status, 200U);
  const Seen page = get("/");
  EXPECT_EQ(page.status, 200U);
  EXPECT_EQ(page.header("content-type"), "text/html; charset=utf-8");
  EXPECT_THAT(page.header("content-security-policy"), HasSubstr("default-src 'none'"));
  EXPECT_THAT(page.body, HasSubstr("SIMULATED"));
  EXPECT_THAT(page.body, HasSubstr("w-1"));
  for (const Seen& json : {get("/status.json"), get("/", with("Accept", "application/json"))}) {
    EXPECT_EQ(json.header("content-type"), "application/json");
    const auto document = codec::json::parse(json.body);
    ASSERT_TRUE(document) << json.body;
    EXPECT_EQ(document->root().find("requests")->find("answered")->uint(), 1U);
    EXPECT_EQ(document->root().find("workers")->size(), 1U);
    EXPECT_EQ(document->root().find("verdicts")->size(), 1U);
  }
  EXPECT_EQ(get("/healthz").body, "ok\n");
}

}  // namespace
}  // namespace aipg::proxy
