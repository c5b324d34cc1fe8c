// SPDX-License-Identifier: Apache-2.0
// Requests through the proxy to a scripted gateway: answers with their proof,
// failures that are never taken for less, and clients that leave or are slow.
#include "proxy/inference.h"

#include <gmock/gmock.h>

#include "client/core/insertion.h"
#include "codec/base64.h"
#include "program/whole_file.h"
#include "proxy/proxy_network_test.h"

namespace aipg::proxy {
namespace {

using testing::HasSubstr;
using testing::Not;
using InferenceTest = ProxyNetwork;

std::string code_of(const std::string& body) {
  const std::size_t at = body.find(R"("code":")");
  return at == std::string::npos ? body : body.substr(at + 8, body.find('"', at + 8) - at - 8);
}

attest::Verdict judge(const std::string& answer, std::string_view question, const attest::Policy& policy) {
  const auto apart = client::separate_attestation(as_bytes(answer));
  if (!apart) return {};
  const auto attestation = attest::parse_attestation(as_text(*codec::from_base64(apart->attestation)));
  return attest::verify_attestation(*attestation, policy,
                                    attest::BoundExchange{as_bytes(question), 200, apart->original.reveal()});
}

TEST_F(InferenceTest, BringsAnAnswerWithItsAttestationAndSaysWhose) {
  add(1);
  start();
  const Seen seen = ask_proxy(kChat, kQuestion);
  EXPECT_EQ(seen.status, 200U);
  EXPECT_EQ(seen.header("content-type"), "application/json");
  EXPECT_EQ(seen.header("x-aipg-verdict"), "accepted");
  EXPECT_EQ(seen.header("x-aipg-level"), "L0");
  EXPECT_EQ(seen.header("x-aipg-worker"), "w-1");
  EXPECT_EQ(seen.header("content-length"), std::to_string(seen.body.size()));
  EXPECT_THAT(seen.body, HasSubstr("Paris."));
  EXPECT_TRUE(judge(seen.body, kQuestion, policy()).accepted);
  ASSERT_EQ(received.size(), 1U);
  EXPECT_FALSE(as_text(received[0]).contains("canary"));
  EXPECT_EQ(workers[0]->opened, std::vector<std::string>{kQuestion});
  EXPECT_EQ(activity.answered, 1U);
}

TEST_F(InferenceTest, StreamsWithTheAttestationInTheLastEvent) {
  add(1);
  start();
  answer_stream({": wait\n\n", kFirstEvent, kLastEvent, "data: [DONE]\n\n"});
  const Seen seen = ask_proxy(kChat, kStreamed);
  EXPECT_EQ(seen.status, 200U);
  EXPECT_EQ(seen.header("content-type"), "text/event-stream");
  EXPECT_EQ(seen.header("x-aipg-verdict"), "accepted");
  EXPECT_EQ(seen.header("x-aipg-worker"), "w-1");
  EXPECT_THAT(seen.body, testing::StartsWith(": wait\n\n" + kFirstEvent));
  EXPECT_THAT(seen.body, testing::EndsWith("data: [DONE]\n\n"));
  EXPECT_TRUE(judge(seen.body, kStreamed, policy()).accepted);
  EXPECT_FALSE(seen.failed);
}

TEST_F(InferenceTest, PassesOnOnlyHeadersThatAreMeantForClients) {
  net::Headers out;
  run([](ProxyNetwork& t, net::Headers& headers) -> net::Task<void> {
    auto server = t.serve([](net::Exchange& exchange) -> net::Task<void> {
      ClientAnswer answer(exchange);
      client::Candidate worker;
      worker.entry.worker_id = "w-9";
      worker.appraisal.verdict.level = attest::Level::l2;
      answer.worker(worker);
      answer.head(429, {{"content-type", "application/json"},
                        {"retry-after", "7"},
                        {"x-request-id", "r-1"},
                        {"openai-processing-ms", "5"},
                        {"set-cookie", "a=b"},
                        {"access-control-allow-origin", "*"},
                        {"x-aipg-worker", "w-1"},
                        {"transfer-encoding", "chunked"},
                        {"openai-broken", "a\r\nSet-Cookie: b"}});
      answer.body(as_bytes("{}"));
      EXPECT_TRUE(co_await answer.finish());
    });
    net::HttpClient client(t.runtime, at(*server));
    const auto whole = co_await client.fetch({}, 100);
    EXPECT_EQ(whole->head.status, 429U);
    headers = whole->head.headers;
  }(*this, out));
  std::vector<std::string> names;
  for (const net::Header& header : out.all()) names.emplace_back(header.name);
  EXPECT_THAT(names, testing::UnorderedElementsAre("content-type", "retry-after", "x-request-id",
                                                   "openai-processing-ms", "Cache-Control", "x-aipg-verdict",
                                                   "x-aipg-level", "x-aipg-worker", "Content-Length"));
  EXPECT_EQ(out.find("x-aipg-worker"), "w-9");
  EXPECT_EQ(out.find("x-aipg-level"), "L2");
}

// --- failures -------------------------------------------------------------------------

TEST_F(InferenceTest, SendsNothingToWorkersThatThePolicyRejects) {
  add(1);
  attest::Policy other = policy();
  other.releases[0].workload_hash[0] ^= 1;
  start(other);
  const Seen seen = ask_proxy(kChat, kQuestion);
  EXPECT_EQ(seen.status, 503U);
  EXPECT_EQ(code_of(seen.body), "no_confidential_worker");
  EXPECT_EQ(seen.header("x-aipg-verdict"), "rejected");
  EXPECT_EQ(seen.header("x-should-retry"), "false");
  EXPECT_THAT(seen.body, HasSubstr("Nothing was sent"));
  EXPECT_THAT(seen.body, HasSubstr("w-1"));
  EXPECT_EQ(inferences, 0);
  ASSERT_EQ(activity.recent().size(), 1U);
  EXPECT_FALSE(activity.recent()[0].level);
  EXPECT_THAT(activity.recent()[0].why, HasSubstr("workload_unbound"));
}

TEST_F(InferenceTest, PassesTheGatewaysRefusalsOnWithTheirStatus) {
  add(1);
  start();
  for (const api::ErrorCode code : {api::ErrorCode::worker_busy, api::ErrorCode::quota_exceeded,
                                    api::ErrorCode::invalid_api_key, api::ErrorCode::upstream_lost}) {
    inference = [code](net::Exchange& exchange, Bytes, int) { return refuse(exchange, code); };
    const Seen seen = ask_proxy(kChat, kQuestion);
    EXPECT_EQ(seen.status, api::info(code).status);
    EXPECT_EQ(code_of(seen.body), api::info(code).name.view());
    const bool retry = api::info(code).retry && code != api::ErrorCode::upstream_lost;
    EXPECT_EQ(seen.header("x-should-retry"), retry ? "true" : "false");
  }
}

TEST_F(InferenceTest, NeverShowsHalfAJsonAnswer) {
  add(1);
  start();
  inference = [this](net::Exchange& exchange, Bytes wire, int) -> net::Task<void> {
    const Bytes sealed = honest_answer(wire);
    co_await begin_answer(exchange);
    (void)co_await exchange.write_body(ByteView(sealed).first(sealed.size() - 20));
    exchange.abort();
  };
  const Seen seen = ask_proxy(kChat, kQuestion);
  EXPECT_EQ(seen.status, 502U);
  EXPECT_EQ(code_of(seen.body), "response_truncated");
  EXPECT_THAT(seen.body, Not(HasSubstr("Paris")));
  EXPECT_EQ(seen.header("x-aipg-verdict"), "");
}

TEST_F(InferenceTest, NeverEndsAStreamCleanlyThatWasCut) {
  add(1);
  start();
  inference = [this](net::Exchange& exchange, Bytes wire, int) -> net::Task<void> {
    const Bytes sealed =
        worker_of(wire)->answer(wire, "text/event-stream", {kFirstEvent, kLastEvent, "data: [DONE]\n\n"});
    co_await begin_answer(exchange);
    (void)co_await exchange.write_body(ByteView(sealed).first(sealed.size() - 1));
    exchange.abort();
  };
  const Seen seen = ask_proxy(kChat, kStreamed);
  EXPECT_EQ(seen.status, 200U);
  ASSERT_TRUE(seen.failed) << seen.body;
  EXPECT_EQ(seen.failed->code, Literal("http_truncated"));
  EXPECT_THAT(seen.body, testing::StartsWith(kFirstEvent + "data: {\"error\":{"));
  EXPECT_EQ(code_of(seen.body), "response_truncated");
  EXPECT_THAT(seen.body, Not(HasSubstr("[DONE]")));
  EXPECT_THAT(seen.body, Not(HasSubstr("finish_reason")));
  EXPECT_EQ(activity.cut, 1U);
}

// What a lax reader behind the proxy could take for the proof.
TEST_F(InferenceTest, WithholdsAnAnswerWithAnAttestationOfItsEnginesOwn) {
  add(1);
  start();
  for (const auto& [body, code] :
       {std::pair(R"({"choices":[],"attestation":"YWJj"})", "answer_has_attestation"),
        std::pair(R"({"choices":[],"attestation":"YWJj","logprob":NaN})", "insertion_not_object")}) {
    inference = [this, body](net::Exchange& exchange, Bytes wire, int) -> net::Task<void> {
      const Bytes sealed = worker_of(wire)->answer(wire, "application/json", {body});
      co_await begin_answer(exchange);
      (void)co_await exchange.write_body(sealed);
      (void)co_await exchange.finish();
    };
    const Seen seen = ask_proxy(kChat, kQuestion);
    EXPECT_EQ(seen.status, 502U);
    EXPECT_EQ(code_of(seen.body), code);
    EXPECT_THAT(seen.body, Not(HasSubstr("YWJj")));
    EXPECT_EQ(seen.header("x-aipg-verdict"), "");
    EXPECT_EQ(seen.header("x-should-retry"), "false");

    answer_stream({kFirstEvent, std::string("data: ") + body + "\n\n", kLastEvent, "data: [DONE]\n\n"});
    const Seen stream = ask_proxy(kChat, kStreamed);
    EXPECT_TRUE(stream.failed);
    EXPECT_THAT(stream.body, testing::StartsWith(kFirstEvent + "data: {\"error\":{"));
    EXPECT_EQ(code_of(stream.body), code);
    EXPECT_THAT(stream.body, Not(HasSubstr("YWJj")));
    EXPECT_THAT(stream.body, Not(HasSubstr("[DONE]")));
  }
}

TEST_F(InferenceTest, NamesThePathsOnWhichTheModelIsOffered) {
  add(1);
  start();
  const Seen seen = ask_proxy("/v1/responses", R"({"model":"test-model","input":"a question"})");
  EXPECT_EQ(seen.status, 404U);
  EXPECT_EQ(code_of(seen.body), "model_not_found");
  EXPECT_THAT(seen.body, HasSubstr("Nothing was sent."));
  EXPECT_THAT(seen.body, HasSubstr("not on this path of the API; those are: /v1/chat/completions"));
  EXPECT_EQ(inferences, 0);
}

TEST_F(InferenceTest, ShowsNothingOfAnAnswerThatWasChangedBeforeItBegan) {
  add(1);
  start();
  for (const std::string& question : {kQuestion, kStreamed}) {
    inference = [this](net::Exchange& exchange, Bytes wire, int) {
      Bytes sealed = honest_answer(wire);
      sealed[sealed.size() / 2] ^= 1;
      return send(exchange, std::move(sealed));
    };
    const Seen seen = ask_proxy(kChat, question);
    EXPECT_EQ(seen.status, 502U);
    EXPECT_EQ(code_of(seen.body), "response_open_failed");
    EXPECT_THAT(seen.body, Not(HasSubstr("Paris")));
  }
  EXPECT_EQ(activity.refused, 2U);
}

TEST_F(InferenceTest, SaysThatTheGatewayCannotBeReached) {
  add(1);
  start();
  server.reset();
  const Seen seen = ask_proxy(kChat, kQuestion);
  EXPECT_EQ(seen.status, 502U);
  EXPECT_EQ(code_of(seen.body), "gateway_unreachable");
  EXPECT_EQ(seen.header("x-should-retry"), "true");
}

TEST_F(InferenceTest, TakesTheNextWorkerWhenThoseItWasSealedToHaveLeft) {
  for (std::uint8_t number = 1; number <= 4; ++number) add(number);
  start();
  EXPECT_EQ(ask_proxy(kChat, kQuestion).status, 200U);
  std::vector<std::string> refused;
  inference = [&](net::Exchange& exchange, Bytes wire, int) {
    if (refused.empty()) {
      refused.emplace_back(worker_of(wire)->entry().worker_id);
      return refuse(exchange, api::ErrorCode::no_confidential_worker);
    }
    return send(exchange, honest_answer(wire));
  };
  const int before = inferences;
  EXPECT_EQ(ask_proxy(kChat, kQuestion).status, 200U);
  EXPECT_EQ(inferences, before + 2);
}

TEST_F(InferenceTest, GivesUpWhenTheNextHaveLeftToo) {
  add(1);
  start();
  inference = [](net::Exchange& exchange, Bytes, int) {
    return refuse(exchange, api::ErrorCode::no_confidential_worker);
  };
  const Seen seen = ask_proxy(kChat, kQuestion);
  EXPECT_EQ(seen.status, 503U);
  EXPECT_EQ(inferences, 2);
}

// --- clients that leave, are slow, or many ----------------------------------------------

TEST_F(InferenceTest, EndsTheJobOfAClientThatLeavesAndNobodyElses) {
  add(1);
  start();
  run([](ProxyNetwork& t) -> net::Task<void> {
    net::Event changed(t.runtime);
    int cancelled = 0;
    std::size_t running = 0;
    bool go_on = false;
    t.inference = [&](net::Exchange& exchange, Bytes wire, int) -> net::Task<void> {
      const Bytes sealed = t.worker_of(wire)->answer(wire, "text/event-stream", {kFirstEvent, kLastEvent});
      co_await begin_answer(exchange);
      (void)co_await exchange.write_body(ByteView(sealed).first(700));
      exchange.on_gone([&] {
        ++cancelled;
        changed.notify_all();
      });
      ++running;
      changed.notify_all();
      while (!go_on && !exchange.client_gone()) co_await changed.wait();
      if (exchange.client_gone()) co_return;
      (void)co_await exchange.write_body(ByteView(sealed).subspan(700));
      (void)co_await exchange.finish();
    };
    Seen stays;
    bool done = false;
    t.runtime.spawn([](ProxyNetwork& self, Seen& into, bool& ended, net::Event& told) -> net::Task<void> {
      into = co_await self.request("POST", kChat, kStreamed);
      ended = true;
      told.notify_all();
    }(t, stays, done, changed));
    net::HttpClient leaver(t.runtime, at(*t.proxy));
    net::Headers headers = with("Content-Type", "application/json");
    t.runtime.spawn([](net::HttpClient& client, net::Headers h) -> net::Task<void> {
      (void)co_await client.fetch(
          {.method = "POST", .target = kChat, .headers = std::move(h), .body = as_bytes(kStreamed)}, 1 << 20);
    }(leaver, headers));
    while (running < 2) co_await changed.wait();
    leaver.cancel_all();
    while (cancelled == 0) co_await changed.wait();
    go_on = true;
    changed.notify_all();
    while (!done) co_await changed.wait();
    EXPECT_EQ(cancelled, 1);
    EXPECT_FALSE(stays.failed);
    EXPECT_THAT(stays.body, HasSubstr("attestation"));
  }(*this));
  EXPECT_EQ(activity.left, 1U);
  EXPECT_EQ(activity.answered, 1U);
  EXPECT_EQ(activity.running, 0U);
}

TEST_F(InferenceTest, ReadsNoFasterThanTheClientDoes) {
  add(1);
  start();
  std::size_t taken = 0;
  const std::string event = "data: {\"choices\":[{\"delta\":{\"content\":\"" + std::string(16'000, 'x') + "\"}}]}\n\n";
  const std::size_t count = 2'000;
  inference = [&](net::Exchange& exchange, Bytes wire, int) -> net::Task<void> {
    const Bytes sealed = worker_of(wire)->answer(wire, "text/event-stream", std::vector<std::string>(count, event));
    co_await begin_answer(exchange);
    for (std::size_t at = 0; at < sealed.size(); at += 65'536) {
      if (!co_await exchange.write_body(
              ByteView(sealed).subspan(at, std::min<std::size_t>(65'536, sealed.size() - at)))) {
        co_return;
      }
      taken += 65'536;
    }
    (void)co_await exchange.finish();
  };
  run([](ProxyNetwork& t, std::size_t& n) -> net::Task<void> {
    auto stream = co_await t.raw(*t.proxy);
    co_await write(*stream,
                   "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                   "Content-Length: " +
                       std::to_string(kStreamed.size()) + "\r\n\r\n" + kStreamed);
    (void)co_await read_until(*stream, "\r\n\r\n");
    // Until nothing moves any more: what is on its way is in buffers of sockets, which are bounded.
    for (std::size_t before = 1; before != n;) {
      before = n;
      co_await t.runtime.sleep(milliseconds(100));
    }
    EXPECT_LT(n, 24U << 20);
    EXPECT_GT(n, 0U);
    stream->close();
  }(*this, taken));
}

TEST_F(InferenceTest, VerifiesOnceForAHundredFirstRequests) {
  add(1);
  add(2);
  start();
  run([](ProxyNetwork& t) -> net::Task<void> {
    net::Event changed(t.runtime);
    int good = 0;
    int ended = 0;
    for (int i = 0; i < 100; ++i) {
      t.runtime.spawn([](ProxyNetwork& self, int& ok, int& n, net::Event& told) -> net::Task<void> {
        const Seen seen = co_await self.request("POST", kChat, kQuestion);
        ok += seen.status == 200 ? 1 : 0;
        ++n;
        told.notify_all();
      }(t, good, ended, changed));
    }
    while (ended < 100) co_await changed.wait();
    EXPECT_EQ(good, 100);
  }(*this));
  EXPECT_EQ(inferences, 100);
  EXPECT_EQ(challenges, 1);
  EXPECT_EQ(directories, 1);
}

// --- what engines may remember -----------------------------------------------------------

TEST_F(InferenceTest, SharesAPrefixCacheBetweenRequestsOfOneKeyOnly) {
  add(1);
  start();
  const Secret32 secret{Hash256{1}};
  const auto salt = [&](net::Headers headers) {
    EXPECT_EQ(ask_proxy(kChat, kQuestion, std::move(headers)).status, 200U);
    return workers[0]->salts.back();
  };
  EXPECT_FALSE(salt({}));
  context->cache_secret = &secret;
  const auto none = salt({});
  const auto one = salt(with("Authorization", "Bearer one"));
  ASSERT_TRUE(none && one);
  EXPECT_EQ(salt({}), none);
  EXPECT_EQ(salt(with("Authorization", "Bearer one")), one);
  EXPECT_NE(one, none);
  EXPECT_NE(salt(with("Authorization", "Bearer two")), one);
  EXPECT_NE(salt(with("x-api-key", "Bearer one")), one);
}

// --- kept attestations --------------------------------------------------------------------

TEST_F(InferenceTest, KeepsTheAttestationOfEachAnswerAndNothingOfItsContent) {
  const net::TemporaryFolder folder;
  add(1);
  kept.emplace(runtime, *AttestationFolder::open(folder.file("kept"), policy()));
  start();
  const Seen seen = ask_proxy(kChat, kQuestion);
  EXPECT_EQ(seen.status, 200U);
  answer_stream({kFirstEvent, kLastEvent, "data: [DONE]\n\n"});
  EXPECT_EQ(ask_proxy(kChat, kStreamed).status, 200U);
  const auto files = list_kept(folder.file("kept"));
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 2U);
  for (const KeptAttestation& each : *files) {
    const auto content = program::read_whole(folder.file("kept/" + each.name), 1 << 22);
    ASSERT_TRUE(content);
    EXPECT_THAT(std::string(content->reveal_text()), Not(HasSubstr("Paris")));
    EXPECT_THAT(std::string(content->reveal_text()), Not(HasSubstr("canary")));
    const auto attestation = attest::parse_attestation(content->reveal_text());
    ASSERT_TRUE(attestation);
    EXPECT_TRUE(attest::verify_attestation(*attestation, policy(), std::nullopt).accepted);
  }
}

TEST_F(InferenceTest, GivesNoWholeAnswerWhoseAttestationCouldNotBeKept) {
  const net::TemporaryFolder folder;
  add(1);
  kept.emplace(runtime, *AttestationFolder::open(folder.file("kept"), policy()));
  start();
  std::filesystem::remove_all(folder.file("kept"));
  const Seen seen = ask_proxy(kChat, kQuestion);
  EXPECT_EQ(seen.status, 500U);
  EXPECT_EQ(code_of(seen.body), "attestation_not_kept");
  EXPECT_THAT(seen.body, Not(HasSubstr("Paris")));
  answer_stream({kFirstEvent, kLastEvent, "data: [DONE]\n\n"});
  const Seen streamed = ask_proxy(kChat, kStreamed);
  EXPECT_TRUE(streamed.failed);
  EXPECT_EQ(code_of(streamed.body), "attestation_not_kept");
  EXPECT_THAT(streamed.body, Not(HasSubstr("[DONE]")));
}

}  // namespace
}  // namespace aipg::proxy
