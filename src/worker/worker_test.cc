// SPDX-License-Identifier: Apache-2.0
// A whole worker between a scripted engine and the link's other end.
#include "worker/test_network.h"

namespace aipg::worker {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class WorkerTest : public WorkerNetwork {};

TEST_F(WorkerTest, AssemblesAnAnswerThatWasNotAskedForAsAStream) {
  test_engine.script = events(paris());
  with_worker([this]() -> net::Task<void> {
    const Opened answer = co_await ask(asking(kAsk));
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(
        answer.body,
        R"({"id":"c","object":"chat.completion","created":1,"model":"test-model","choices":[{"index":0,"message":{"role":"assistant","content":"Paris"},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":33,"completion_tokens":2}})");
    EXPECT_TRUE(answer.proof.has_value());
    EXPECT_EQ(answer.proof->receipt.tokens_in, 64U);
    EXPECT_EQ(answer.proof->receipt.tokens_out, 32U);
    EXPECT_EQ(answer.proof->receipt_jws, gateway.streams.at(1).receipt);
  });
}

TEST_F(WorkerTest, AsksTheEngineAlwaysForAStreamAndSendsItNoClientHeaders) {
  test_engine.script = events(paris());
  with_worker([this]() -> net::Task<void> {
    (void)co_await ask(asking(kAsk));
    EXPECT_THAT(test_engine.targets, ElementsAre("/v1/chat/completions"));
    EXPECT_EQ(
        test_engine.bodies.at(0),
        R"({"model":"test-model","messages":[{"role":"user","content":"canary"}],"stream":true,"stream_options":{"include_usage":true},"max_tokens":256})");
    std::set<std::string> lower;
    for (std::string name : test_engine.header_names) {
      std::ranges::transform(name, name.begin(), [](char c) { return static_cast<char>(std::tolower(c)); });
      lower.insert(name);
    }
    EXPECT_THAT(lower, testing::IsSubsetOf({"host", "content-type", "content-length", "connection"}));
  });
}

TEST_F(WorkerTest, StreamsEventsWithoutTheEnginesExtras) {
  test_engine.script = events(paris());
  with_worker([this]() -> net::Task<void> {
    const Opened answer = co_await ask(asking(kAskStream, true));
    EXPECT_EQ(
        answer.body,
        "data: "
        "{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"test-model\",\"choices\":[{"
        "\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Par\"}}]}\n\n"
        "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"is\"},\"finish_reason\":\"stop\"}]}\n\n"
        "data: [DONE]\n\n");
    EXPECT_EQ(answer.proof.value().receipt.tokens_in, 64U);
  });
}

TEST_F(WorkerTest, KeepsTheUsageEventThatTheClientAskedFor) {
  test_engine.script = events(paris());
  with_worker([this]() -> net::Task<void> {
    const Opened answer = co_await ask(
        asking(R"({"model":"test-model","messages":[],"stream":true,"stream_options":{"include_usage":true}})", true));
    EXPECT_THAT(answer.body, HasSubstr(R"("usage":{"prompt_tokens":33,"completion_tokens":2}})"));
  });
}

TEST_F(WorkerTest, PacesAnswersInTicks) {
  test_engine.script = events(paris());
  with_worker([this]() -> net::Task<void> {
    Ask what = asking(kAskStream, true);
    what.padding = seal::Padding::p1;
    const Opened answer = co_await ask(what);
    EXPECT_THAT(answer.body, HasSubstr("[DONE]"));
    // All of it fell into one tick, or two on a slow machine: never a chunk an event.
    EXPECT_LE(answer.proof.value().receipt.response_chunks, 2U);
  });
}

TEST_F(WorkerTest, ReceiptsKeepToTheKeysetsTimeWhenTheHostSetsTheClock) {
  test_engine.script = events(paris());
  with_worker([this]() -> net::Task<void> {
    const auto keyset = attest::parse_keyset(gateway.registrations.back().keyset).value();
    auto sealed = seal(asking(kAsk));
    clock.ahead = milliseconds(24 * 60 * 60 * 1000);
    const std::uint32_t stream = co_await gateway.send(std::move(sealed.wire));
    co_await gateway.wait_for([this, stream] { return gateway.streams[stream].over(); });
    const Opened answer = open(std::move(sealed.pending), gateway.streams[stream].answer);
    EXPECT_EQ(answer.status, 200U);
    EXPECT_GE(answer.proof.value().receipt.issued, keyset.not_before);
    EXPECT_LE(answer.proof.value().receipt.issued, keyset.not_after);
  });
}

TEST_F(WorkerTest, AsksForAMessageAsAStreamAndPutsItTogether) {
  test_engine.script = [](net::Exchange& exchange, TestEngine&) -> net::Task<void> {
    (void)co_await exchange.respond(
        200, "text/event-stream",
        "event: message_start\n"
        "data: {\"type\":\"message_start\",\"message\":{\"content\":[],\"usage\":{\"input_tokens\":40}}}\n\n"
        "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
        "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"hi\"}}\n\n"
        "data: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
        "data: "
        "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}\n\n"
        "data: {\"type\":\"message_stop\"}\n\n");
  };
  with_worker([this]() -> net::Task<void> {
    Ask what = asking(R"({"model":"test-model","messages":[],"max_tokens":9})");
    what.path = "/v1/messages";
    const Opened opened = co_await ask(what);
    EXPECT_EQ(
        opened.body,
        R"({"content":[{"type":"text","text":"hi"}],"usage":{"input_tokens":40,"output_tokens":2},"model":"test-model","stop_reason":"end_turn"})");
    EXPECT_EQ(opened.proof.value().receipt.tokens_in, 64U);
    EXPECT_EQ(opened.proof.value().receipt.tokens_out, 32U);
  });
}

TEST_F(WorkerTest, AsksForAResponseAsAStreamAndTakesItsLastEvent) {
  test_engine.script = [](net::Exchange& exchange, TestEngine&) -> net::Task<void> {
    (void)co_await exchange.respond(
        200, "text/event-stream",
        "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{}}\n\n"
        "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"usage\":"
        "{\"input_tokens\":40,\"output_tokens\":2}}}\n\n");
  };
  with_worker([this]() -> net::Task<void> {
    Ask what = asking(R"({"model":"test-model","input":"canary"})");
    what.path = "/v1/responses";
    const Opened opened = co_await ask(what);
    EXPECT_EQ(opened.body, R"({"id":"r","usage":{"input_tokens":40,"output_tokens":2},"model":"test-model"})");
    EXPECT_EQ(opened.proof.value().receipt.tokens_in, 64U);
  });
}

TEST_F(WorkerTest, PassesEmbeddingsAsTheEngineGivesThem) {
  test_engine.script = answer(200, R"({"object":"list","data":[{"embedding":[0.5]}],"usage":{"prompt_tokens":40}})");
  with_worker([this]() -> net::Task<void> {
    Ask what = asking(R"({"model":"test-model","input":"x"})");
    what.path = "/v1/embeddings";
    const Opened opened = co_await ask(what);
    EXPECT_EQ(opened.body, R"({"object":"list","data":[{"embedding":[0.5]}],"usage":{"prompt_tokens":40}})");
    EXPECT_EQ(opened.proof.value().receipt.tokens_in, 64U);
  });
}

TEST_F(WorkerTest, KeepsEventNamesOfOtherApis) {
  test_engine.script = [](net::Exchange& exchange, TestEngine&) -> net::Task<void> {
    (void)co_await exchange.respond(200, "text/event-stream",
                                    "event: message_stop\ndata: {\"type\":\"message_stop\",\ndata: \"x\":1}\n\n");
  };
  with_worker([this]() -> net::Task<void> {
    Ask what = asking(R"({"model":"test-model","messages":[],"max_tokens":9,"stream":true})", true);
    what.path = "/v1/messages";
    const Opened opened = co_await ask(what);
    EXPECT_EQ(opened.body, "event: message_stop\ndata: {\"type\":\"message_stop\", \"x\":1}\n\n");
  });
}

TEST_F(WorkerTest, SealsTheEnginesRefusalWithItsStatus) {
  test_engine.script = answer(422, R"({"error":{"code":422,"message":"too \"long\"","type":"x"}})");
  with_worker([this]() -> net::Task<void> {
    const Opened opened = co_await ask(asking(kAsk));
    EXPECT_EQ(opened.status, 422U);
    EXPECT_EQ(
        opened.body,
        R"({"error":{"message":"too \"long\"","type":"invalid_request_error","code":"engine_refused","param":null}})");
    EXPECT_TRUE(opened.proof.has_value());
  });
}

TEST_F(WorkerTest, SealsTheEnginesFailureWithoutItsWords) {
  test_engine.script = answer(500, R"({"error":{"message":"at /srv/secret.cc"}})");
  with_worker([this]() -> net::Task<void> {
    const Opened opened = co_await ask(asking(kAsk));
    EXPECT_EQ(opened.status, 502U);
    EXPECT_THAT(opened.body, HasSubstr(R"("code":"engine_failed")"));
    EXPECT_THAT(opened.body, Not(HasSubstr("secret")));
  });
}

TEST_F(WorkerTest, SealsTheEnginesFailureInsideAStreamWithoutItsWords) {
  test_engine.script = events({R"({"choices":[{"index":0,"delta":{"content":"Pa"}}]})",
                               R"({"error":{"code":500,"message":"at /srv/secret.cc"}})"});
  with_worker([this]() -> net::Task<void> {
    const Opened opened = co_await ask(asking(kAskStream, true));
    EXPECT_THAT(opened.body, HasSubstr("\"Pa\""));
    EXPECT_THAT(opened.body, HasSubstr(R"(data: {"error":{"message":"the inference engine failed)"));
    EXPECT_THAT(opened.body, Not(HasSubstr("secret")));
  });
}

TEST_F(WorkerTest, SaysWhatWentWrongInTheFormOfTheMessagesApi) {
  Ask what = asking(R"({"model":"test-model","messages":[],"max_tokens":9})");
  what.path = "/v1/messages";
  const std::string failed =
      R"({"type":"error","error":{"message":"the inference engine failed; the request may be sent again",)"
      R"("type":"api_error","code":"engine_failed","param":null}})";
  with_worker([&]() -> net::Task<void> {
    test_engine.script = answer(422, R"({"error":{"message":"too long"}})");
    EXPECT_THAT((co_await ask(what)).body,
                StartsWith(R"({"type":"error","error":{"message":"too long","type":"invalid_request_error")"));
    test_engine.script = answer(500, "{}");
    EXPECT_EQ((co_await ask(what)).body, failed);
    test_engine.script = events({R"({"type":"message_start","message":{}})", "no JSON"});
    what.body = R"({"model":"test-model","messages":[],"max_tokens":9,"stream":true})";
    what.stream = true;
    EXPECT_THAT((co_await ask(what)).body, EndsWith("event: error\ndata: " + failed + "\n\n"));
  });
}

TEST_F(WorkerTest, LosesNothingOfAnOddlyWrittenStream) {
  test_engine.script = [](net::Exchange& exchange, TestEngine&) -> net::Task<void> {
    (void)co_await exchange.respond(
        200, "text/event-stream",
        ": hello\r\n\r\ndata:\r\n\r\nid: 7\r\ndata: {\"choices\":\r\n"
        "data: [{\"delta\":{\"content\":\"\u00e9\"},\"finish_reason\":\"stop\"}]}\r\n\r\ndata: [DONE]");
  };
  with_worker([this]() -> net::Task<void> {
    EXPECT_EQ(
        (co_await ask(asking(kAskStream, true))).body,
        "data: {\"choices\":[{\"delta\":{\"content\":\"\u00e9\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
  });
}

TEST_F(WorkerTest, RefusesAnEventThatTheStreamsEndCuts) {
  test_engine.script = [](net::Exchange& exchange, TestEngine&) -> net::Task<void> {
    (void)co_await exchange.respond(200, "text/event-stream", "data: {\"choices\":[{\"delta\":{\"conte");
  };
  with_worker([this]() -> net::Task<void> {
    EXPECT_THAT((co_await ask(asking(kAskStream, true))).body, HasSubstr("engine_failed"));
  });
}

TEST_F(WorkerTest, RefusesAnAttestationOfTheEnginesOwn) {
  test_engine.script = events({R"({"choices":[],"attestation":"forged"})"});
  with_worker([this]() -> net::Task<void> {
    const Opened opened = co_await ask(asking(kAskStream, true));
    EXPECT_THAT(opened.body, HasSubstr("engine_failed"));
    EXPECT_THAT(opened.body, Not(HasSubstr("forged")));
  });
}

TEST_F(WorkerTest, SaysSoWhenTheEngineBreaksOff) {
  test_engine.script = [](net::Exchange& exchange, TestEngine&) -> net::Task<void> {
    (void)co_await exchange.write_head(200, {}, std::nullopt);
    (void)co_await exchange.write_body(
        as_bytes("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Pa\"}}]}\n\n"));
    exchange.abort();
  };
  with_worker([this]() -> net::Task<void> {
    const Opened streamed = co_await ask(asking(kAskStream, true));
    EXPECT_THAT(streamed.body, HasSubstr("\"Pa\""));
    EXPECT_THAT(streamed.body, HasSubstr("data: {\"error\""));
    const Opened whole = co_await ask(asking(kAsk));
    EXPECT_EQ(whole.status, 502U);
  });
}

TEST_F(WorkerTest, SaysSoWhenTheEngineStopsBeforeItsEnd) {
  const std::string half = R"({"choices":[{"index":0,"delta":{"content":"Pa"}}]})";
  const std::vector<std::vector<std::string>> stopped = {{half}, {half, "[DONE]"}, {}};
  with_worker([&]() -> net::Task<void> {
    for (const auto& what_came : stopped) {
      test_engine.script = events(what_came);
      const Opened opened = co_await ask(asking(kAskStream, true));
      EXPECT_THAT(opened.body, HasSubstr("engine_failed"));
      EXPECT_THAT(opened.body, Not(HasSubstr("[DONE]")));
    }
  });
}

TEST_F(WorkerTest, SealsErrorsOfTheRequestItself) {
  with_worker([this]() -> net::Task<void> {
    const Opened opened = co_await ask(asking(R"({"model":"test-model","messages":[],"no_such":1})"));
    EXPECT_EQ(opened.status, 400U);
    EXPECT_THAT(opened.body, HasSubstr("unknown_parameter"));
    EXPECT_TRUE(opened.proof.has_value());
    EXPECT_THAT(test_engine.targets, IsEmpty());
  });
}

TEST_F(WorkerTest, RefusesWhatItCannotOpen) {
  with_worker([this]() -> net::Task<void> {
    Bytes other_kid = seal(asking(kAsk)).wire;
    const auto keyset = attest::parse_keyset(gateway.registrations.back().keyset).value();
    const auto at = std::ranges::search(other_kid, keyset.find_suite(2)->kid).begin();
    *at ^= 1;
    EXPECT_EQ(co_await refusal_of(other_kid), "worker_key_expired");

    EXPECT_EQ(co_await refusal_of(to_bytes("POST / HTTP/1.1")), "malformed_seal");

    Ask late = asking(kAsk);
    late.expires_in = milliseconds(-31'000);
    EXPECT_EQ(co_await refusal_of(seal(late).wire), "request_expired");
    EXPECT_THAT(test_engine.targets, IsEmpty());
  });
}

TEST_F(WorkerTest, FollowsTheClockWhenItRefusesARequestForItsTime) {
  test_engine.script = events(paris());
  with_worker([this]() -> net::Task<void> {
    const std::size_t before = gateway.registrations.size();
    clock.ahead = milliseconds(60 * 60'000);  // the guest was paused for an hour
    EXPECT_EQ(co_await refusal_of(seal(asking(kAsk)).wire), "request_expired");
    co_await gateway.wait_for([&] { return gateway.registrations.size() > before; });
    EXPECT_EQ((co_await ask(asking(kAsk))).status, 200U);
  });
}

TEST_F(WorkerTest, RefusesARequestItHasSeen) {
  test_engine.script = events(paris());
  with_worker([this]() -> net::Task<void> {
    const Bytes wire = seal(asking(kAsk)).wire;
    EXPECT_EQ(co_await refusal_of(wire), "answered");
    EXPECT_EQ(co_await refusal_of(wire), "request_replayed");
  });
}

TEST_F(WorkerTest, RefusesARequestThatEndsInItsPreamble) {
  with_worker([this]() -> net::Task<void> {
    Bytes wire = seal(asking(kAsk)).wire;
    wire.resize(100);
    EXPECT_EQ(co_await refusal_of(wire), "malformed_seal");
  });
}

TEST_F(WorkerTest, AnswersARequestThatWasCutOffWithASealedError) {
  with_worker([this]() -> net::Task<void> {
    auto sealed = seal(asking(kAsk));
    sealed.wire.resize(sealed.wire.size() - 1);
    const std::uint32_t stream = co_await gateway.send(sealed.wire);
    co_await gateway.wait_for([this, stream] { return gateway.streams[stream].over(); });
    EXPECT_TRUE(gateway.streams[stream].receipt);
    EXPECT_THAT(test_engine.targets, IsEmpty());
  });
}

TEST_F(WorkerTest, RefusesMoreJobsThanItHasPlacesFor) {
  workload.max_jobs = 1;
  test_engine.script = endless();
  with_worker([this]() -> net::Task<void> {
    const std::uint32_t first = co_await gateway.send(seal(asking(kAskStream, true)).wire);
    co_await gateway.wait_for([this, first] { return !gateway.streams[first].answer.empty(); });
    EXPECT_EQ(co_await refusal_of(seal(asking(kAsk)).wire), "worker_busy");
    gateway.link->mux().send_reset(first);
    gateway.link->flush();
    while (test_engine.gone == 0) co_await test_engine.changed.wait();
  });
}

// A gateway counts places, and gives a new one away with the frame after the reset.
TEST_F(WorkerTest, ACancelledJobsPlaceIsFreeAtOnce) {
  workload.max_jobs = 1;
  test_engine.script = endless();
  with_worker([this]() -> net::Task<void> {
    const std::uint32_t first = co_await gateway.send(seal(asking(kAskStream, true)).wire);
    co_await gateway.wait_for([this, first] { return !gateway.streams[first].answer.empty(); });
    gateway.link->mux().send_reset(first);
    const std::uint32_t second = co_await gateway.send(seal(asking(kAskStream, true)).wire);
    co_await gateway.wait_for([this, second] { return !gateway.streams[second].answer.empty(); });
    EXPECT_FALSE(gateway.streams[second].refused);
    gateway.link->mux().send_reset(second);
    gateway.link->flush();
    while (test_engine.gone < 2) co_await test_engine.changed.wait();
  });
}

TEST_F(WorkerTest, AnAnswersPlaceIsFreeWhenItsEndHasCome) {
  test_engine.script = events(paris());
  std::optional<std::size_t> running;
  gateway.at_end = [&] { running = jobs->running; };
  with_worker([&]() -> net::Task<void> {
    EXPECT_EQ((co_await ask(asking(kAsk))).status, 200U);
    EXPECT_EQ(running, 0U);
  });
}

TEST_F(WorkerTest, ACancelReachesTheEngine) {
  test_engine.script = endless();
  with_worker([this]() -> net::Task<void> {
    const std::uint32_t stream = co_await gateway.send(seal(asking(kAskStream, true)).wire);
    co_await gateway.wait_for([this, stream] { return !gateway.streams[stream].answer.empty(); });
    gateway.link->mux().send_reset(stream);
    gateway.link->flush();
    while (test_engine.gone == 0) co_await test_engine.changed.wait();
  });
}

TEST_F(WorkerTest, ACancelReachesAnEngineThatHasNotAnsweredYet) {
  test_engine.script = [](net::Exchange&, TestEngine& engine) -> net::Task<void> {
    while (engine.gone == 0) co_await engine.changed.wait();
  };
  with_worker([this]() -> net::Task<void> {
    const std::uint32_t stream = co_await gateway.send(seal(asking(kAsk)).wire);
    while (test_engine.bodies.empty()) co_await test_engine.changed.wait();
    gateway.link->mux().send_reset(stream);
    gateway.link->flush();
    while (test_engine.gone == 0) co_await test_engine.changed.wait();
  });
}

TEST_F(WorkerTest, ASlowClientSlowsTheEngineDown) {
  bool finished = false;
  std::vector<std::string> large;
  for (int i = 0; i < 1000; ++i) {
    large.push_back(R"({"choices":[{"index":0,"delta":{"content":")" + std::string(8000, 'x') + "\"}}]}");
  }
  large.push_back(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})");
  test_engine.script = [&](net::Exchange& exchange, TestEngine& engine) -> net::Task<void> {
    const bool first = engine.bodies.size() == 1;
    const TestEngine::Script script = events(first ? large : paris());
    co_await script(exchange, engine);
    if (first) finished = true;
  };
  with_worker([&]() -> net::Task<void> {
    auto sealed = seal(asking(kAskStream, true));
    const std::uint32_t stream = gateway.link->mux().open({});
    gateway.streams[stream].hold_credit = true;
    (void)gateway.link->mux().send_data(stream, sealed.wire);
    gateway.link->flush();
    co_await gateway.wait_for([&] { return gateway.streams[stream].answer.size() == link::kInitialCredit; });
    // Another job comes and goes: the engine had all the time it could want.
    EXPECT_EQ((co_await ask(asking(kAsk))).status, 200U);
    EXPECT_FALSE(finished);
    gateway.streams[stream].hold_credit = false;
    gateway.link->mux().consumed(stream, link::kInitialCredit);
    gateway.link->flush();
    co_await gateway.wait_for([&] { return gateway.streams[stream].over(); });
    EXPECT_TRUE(finished);
    EXPECT_GT(open(std::move(sealed.pending), gateway.streams[stream].answer).body.size(), 8'000'000U);
  });
}

TEST_F(WorkerTest, DropsAJobWhoseRequestGoesOnAfterItsEnd) {
  test_engine.script = [](net::Exchange&, TestEngine& engine) -> net::Task<void> {
    while (engine.gone == 0) co_await engine.changed.wait();
  };
  with_worker([this]() -> net::Task<void> {
    const std::uint32_t stream = co_await gateway.send(seal(asking(kAsk)).wire, false);
    while (test_engine.bodies.empty()) co_await test_engine.changed.wait();
    (void)gateway.link->mux().send_data(stream, Bytes(10));
    gateway.link->flush();
    co_await gateway.wait_for([this, stream] { return gateway.streams[stream].reset; });
    while (test_engine.gone == 0) co_await test_engine.changed.wait();
  });
}

TEST_F(WorkerTest, TakesNoJobsForAWhileAfterTooManySealsThatDoNotOpen) {
  with_worker([this]() -> net::Task<void> {
    Bytes wire = seal(asking(kAsk)).wire;
    const auto keyset = attest::parse_keyset(gateway.registrations.back().keyset).value();
    const auto& kid = keyset.find_suite(2)->kid;
    *(std::ranges::search(wire, kid).begin() + std::ssize(kid)) ^= 1;  // of what is decapsulated
    clock.stop();
    for (std::size_t i = 0; i < BadSeals::kMostPerSecond; ++i) {
      if (co_await refusal_of(wire) != "malformed_seal") ADD_FAILURE() << "at " << i;
    }
    EXPECT_EQ(co_await refusal_of(wire), "worker_busy");
    EXPECT_EQ(co_await refusal_of(seal(asking(kAsk)).wire), "worker_busy");
  });
}

}  // namespace
}  // namespace aipg::worker
