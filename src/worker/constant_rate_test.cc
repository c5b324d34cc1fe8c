// SPDX-License-Identifier: Apache-2.0
// A worker that answers under p2: what the way sees of an answer says when it
// ended, to sixteen ticks, and nothing else. What the content could change about
// sizes and instants is in seal/paced_answer_test.cc, by a clock of its own.
#include "base/byte_reader.h"
#include "seal/chunk.h"
#include "worker/test_network.h"

namespace aipg::worker {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

std::string piece_of(std::size_t bytes) {
  return R"({"choices":[{"index":0,"delta":{"content":")" + std::string(bytes, 'x') + "\"}}]}";
}

std::vector<std::string> pieces(std::size_t count, std::size_t bytes) {
  std::vector<std::string> out(count, piece_of(bytes));
  out.emplace_back(R"({"choices":[{"index":0,"delta":{"content":"end"},"finish_reason":"stop"}]})");
  return out;
}

std::vector<std::size_t> chunk_sizes(ByteView answer) {
  std::vector<std::size_t> out;
  ByteReader reader(answer.subspan(seal::kResponsePreambleBytes));
  while (reader.left() > 0) {
    const std::size_t ciphertext = seal::parse_chunk_header(reader.array<4>())->ciphertext_bytes;
    reader.skip(ciphertext);
    out.push_back(ciphertext - 16);
  }
  EXPECT_TRUE(reader.finish());
  return out;
}

class ConstantRate : public WorkerNetwork {
 protected:
  // What the way saw of an answer, and what the client made of it.
  struct RawAnswer {
    std::vector<std::size_t> chunks;
    std::int64_t ticks = 0;  // from before it was asked until its end
    Opened opened;
  };
  net::Task<RawAnswer> ask_raw(Ask what) {
    const milliseconds asked = clock.monotonic();
    auto sealed = seal(what);
    const std::uint32_t stream = co_await gateway.send(std::move(sealed.wire));
    co_await gateway.wait_for([this, stream] { return gateway.streams[stream].over(); });
    const Bytes& answer = gateway.streams[stream].answer;
    co_return RawAnswer{chunk_sizes(answer), (clock.monotonic() - asked) / seal::kTick,
                        open(std::move(sealed.pending), answer)};
  }
  static Ask asking(std::string_view body, bool stream, unsigned kib) {
    Ask out;
    out.body = std::string(body);
    out.stream = stream;
    out.padding = seal::Padding::p2(kib);
    return out;
  }
  // The events, each when so many more bytes of the answer have come.
  TestEngine::Script dawdling(std::vector<std::string> data, std::size_t bytes) {
    return [this, data, bytes](net::Exchange& exchange, TestEngine&) -> net::Task<void> {
      const Bytes& answer = gateway.streams.rbegin()->second.answer;
      co_await gateway.wait_for([&] { return answer.size() >= bytes; });
      net::Headers headers;
      headers.add("Content-Type", "text/event-stream");
      (void)co_await exchange.write_head(200, headers, std::nullopt);
      for (const std::string& event : data) {
        const std::size_t before = answer.size();
        co_await gateway.wait_for([&] { return answer.size() >= before + bytes; });
        const std::string text = "data: " + event + "\n\n";
        (void)co_await exchange.write_body(as_bytes(text));
      }
      (void)co_await exchange.finish();
    };
  }
};

TEST_F(ConstantRate, HoldsWhateverTheEngineDoes) {
  const TestEngine::Script scripts[] = {events(pieces(1, 5)), events(pieces(400, 200)), answer(500, "{}"),
                                        dawdling(pieces(2, 5), 5 * 8 * 1024)};
  with_worker([&]() -> net::Task<void> {
    for (const TestEngine::Script& script : scripts) {
      test_engine.script = script;
      const RawAnswer answer = co_await ask_raw(asking(kAskStream, true, 8));
      EXPECT_THAT(answer.chunks, Each(8 * 1024U));
      EXPECT_EQ(answer.chunks.size() % 16, 0U);
      EXPECT_LE(answer.chunks.size(), static_cast<std::size_t>(answer.ticks)) << "never two in a tick";
      EXPECT_TRUE(answer.opened.proof.has_value());
    }
  });
}

TEST_F(ConstantRate, CarriesWholeAnswersToo) {
  const std::string embeddings =
      R"({"object":"list","data":[{"embedding":[)" + std::string(40'000, '1') + R"(]}],"usage":{"prompt_tokens":40}})";
  with_worker([&]() -> net::Task<void> {
    test_engine.script = answer(200, embeddings);
    Ask what = asking(R"({"model":"test-model","input":"x"})", false, 4);
    what.path = "/v1/embeddings";
    const RawAnswer whole = co_await ask_raw(what);
    EXPECT_THAT(whole.chunks, Each(4 * 1024U));
    EXPECT_EQ(whole.opened.body, embeddings);
    EXPECT_EQ(whole.opened.proof.value().receipt.response_chunks, whole.chunks.size() - 1);

    test_engine.script = events(pieces(1, 5));
    const RawAnswer chat = co_await ask_raw(asking(kAsk, false, 1));
    EXPECT_THAT(chat.chunks, Each(1024U));
    EXPECT_EQ(chat.chunks.size() % 16, 0U);
    EXPECT_THAT(chat.opened.body, HasSubstr("xxxxxend"));
  });
}

TEST_F(ConstantRate, HoldsForAnErrorOfTheRequest) {
  with_worker([this]() -> net::Task<void> {
    const RawAnswer refused = co_await ask_raw(asking(R"({"model":"test-model","messages":[],"no_such":1})", false, 2));
    EXPECT_EQ(refused.opened.status, 400U);
    EXPECT_EQ(refused.chunks, std::vector<std::size_t>(16, 2'048));
  });
}

TEST_F(ConstantRate, HoldsForARequestThatWasCutOff) {
  with_worker([this]() -> net::Task<void> {
    Bytes wire = seal(asking(kAsk, false, 2)).wire;
    wire.resize(wire.size() - 1);
    const std::uint32_t stream = co_await gateway.send(std::move(wire));
    co_await gateway.wait_for([this, stream] { return gateway.streams[stream].over(); });
    EXPECT_EQ(chunk_sizes(gateway.streams[stream].answer), std::vector<std::size_t>(16, 2'048));
  });
}

TEST_F(ConstantRate, TicksWhileTheEngineIsSilent) {
  test_engine.script = [](net::Exchange&, TestEngine& engine) -> net::Task<void> {
    while (engine.gone == 0) co_await engine.changed.wait();
  };
  with_worker([this]() -> net::Task<void> {
    const std::uint32_t stream = co_await gateway.send(seal(asking(kAskStream, true, 2)).wire);
    const std::size_t expected = seal::kResponsePreambleBytes + 20 * (4 + 2'048 + 16);
    co_await gateway.wait_for([&] { return gateway.streams[stream].answer.size() >= expected; });
    EXPECT_EQ(gateway.streams[stream].answer.size(), expected);
    // A cancel ends it.
    gateway.link->mux().send_reset(stream);
    gateway.link->flush();
    while (test_engine.gone == 0) co_await test_engine.changed.wait();
  });
}

TEST_F(ConstantRate, SlowsAFasterEngineDown) {
  bool finished = false;
  test_engine.script = [&](net::Exchange& exchange, TestEngine& engine) -> net::Task<void> {
    const TestEngine::Script all = events(pieces(500, 8'000));
    co_await all(exchange, engine);
    finished = true;
  };
  with_worker([&]() -> net::Task<void> {
    const std::uint32_t stream = co_await gateway.send(seal(asking(kAskStream, true, 1)).wire);
    co_await gateway.wait_for([&] { return gateway.streams[stream].answer.size() >= 10 * (4 + 1'024 + 16); });
    EXPECT_FALSE(finished) << "four megabytes, of which ten kilobytes are out";
    gateway.link->mux().send_reset(stream);
    gateway.link->flush();
    while (test_engine.gone == 0) co_await test_engine.changed.wait();
  });
}

TEST_F(ConstantRate, GivesASlowClientNoBurst) {
  test_engine.script = events(pieces(1, 5));
  with_worker([this]() -> net::Task<void> {
    auto sealed = seal(asking(kAskStream, true, 64));
    const std::uint32_t stream = gateway.link->mux().open({});
    TestGateway::Stream& answer = gateway.streams[stream];
    answer.hold_credit = true;
    (void)gateway.link->mux().send_data(stream, sealed.wire);
    gateway.link->flush();
    // Credit ends inside the fourth chunk, and while another answer comes and goes, ticks pass.
    co_await gateway.wait_for([&] { return answer.answer.size() == link::kInitialCredit; });
    (void)co_await ask_raw(asking(kAskStream, true, 1));
    answer.hold_credit = false;
    const milliseconds released = clock.monotonic();
    gateway.link->mux().consumed(stream, link::kInitialCredit);
    gateway.link->flush();
    co_await gateway.wait_for([&] { return answer.over(); });
    const std::vector<std::size_t> chunks = chunk_sizes(answer.answer);
    EXPECT_THAT(chunks, Each(64 * 1024U));
    EXPECT_EQ(chunks.size() % 16, 0U);
    // The rest of the fourth at once, the fifth at the next tick, and each other a tick later.
    EXPECT_GE((clock.monotonic() - released) / seal::kTick, static_cast<std::int64_t>(chunks.size()) - 6);
    EXPECT_TRUE(open(std::move(sealed.pending), answer.answer).proof.has_value());
  });
}

}  // namespace
}  // namespace aipg::worker
