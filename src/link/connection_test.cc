// SPDX-License-Identifier: Apache-2.0
// Two ends of a worker link over a real WebSocket.
#include "link/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "link/mux_recorder.h"
#include "net/loopback_test.h"

namespace aipg::link {
namespace {

using ::testing::ElementsAre;

// One end: what it heard, and how its link ended.
class End : public ConnectionEvents {
 public:
  explicit End(net::Runtime& runtime) : changed(runtime) {}

  net::Task<void> run(net::Runtime& runtime, std::unique_ptr<net::WebSocket> socket, Role role) {
    connection = std::make_unique<Connection>(runtime, std::move(socket), role);
    changed.notify_all();
    const Result<void> result = co_await connection->run(*this);
    ended = result ? Error{"no_error", {}, 0} : result.error();
    changed.notify_all();
  }
  net::Task<void> wait_for(std::function<bool()> condition) {
    while (!condition()) co_await changed.wait();
  }
  Mux& mux() { return connection->mux(); }

  void on_open(std::uint32_t stream, const ByteArray<16>& id) override {
    note([&] { heard.on_open(stream, id); });
  }
  void on_data(std::uint32_t stream, ByteView bytes) override {
    note([&] { heard.on_data(stream, bytes); });
    if (consume) mux().consumed(stream, bytes.size());
  }
  void on_end(std::uint32_t stream, ByteView payload) override {
    note([&] { heard.on_end(stream, payload); });
  }
  void on_refuse(std::uint32_t stream, std::string_view code) override {
    note([&] { heard.on_refuse(stream, code); });
  }
  void on_reset(std::uint32_t stream) override {
    note([&] { heard.on_reset(stream); });
  }
  void on_credit(std::uint32_t stream) override {
    note([&] { heard.on_credit(stream); });
  }
  void on_ack(std::uint32_t stream) override {
    note([&] { heard.on_ack(stream); });
  }
  void on_evidence(ByteView bytes) override {
    note([&] { heard.on_evidence(bytes); });
  }
  void on_control(const Control& message) override {
    note([&] { heard.log.push_back("control " + std::to_string(message.index())); });
    if (replies != 0) connection->send(Refused{std::string(replies, 'a')});
  }
  void on_room() override {
    note([&] { ++rooms; });
  }

  std::unique_ptr<Connection> connection;
  MuxRecorder heard;
  std::optional<Error> ended;
  bool consume = true;
  std::size_t replies = 0;  // bytes with which each control message is answered
  int rooms = 0;
  net::Event changed;

 private:
  template <typename Call>
  void note(Call call) {
    call();
    changed.notify_all();
  }
};

class LinkConnection : public net::Loopback {
 public:
  // Both ends running; then the test; then both ended.
  void with_link(std::function<net::Task<void>()> test) {
    run([](LinkConnection& t, std::function<net::Task<void>()> body) -> net::Task<void> {
      auto server = t.serve([&t](net::Exchange& exchange) -> net::Task<void> {
        auto socket = co_await exchange.accept_websocket(4 << 20);
        if (socket) co_await t.gateway.run(t.runtime, *std::move(socket), Role::gateway);
      });
      auto socket = co_await net::connect_websocket(t.runtime, at(*server), "/ws", {}, {});
      EXPECT_TRUE(socket);
      t.runtime.spawn(t.worker.run(t.runtime, *std::move(socket), Role::worker));
      co_await t.gateway.wait_for([&t] { return t.gateway.connection != nullptr; });
      co_await t.worker.wait_for([&t] { return t.worker.connection != nullptr; });
      co_await body();
      if (!t.worker.ended) t.worker.connection->close();
      co_await t.worker.wait_for([&t] { return t.worker.ended.has_value(); });
      co_await t.gateway.wait_for([&t] { return t.gateway.ended.has_value(); });
      co_await server->drain(milliseconds(0));
    }(*this, std::move(test)));
  }

  End gateway{runtime}, worker{runtime};
};

TEST_F(LinkConnection, CarriesAJobBothWays) {
  with_link([this]() -> net::Task<void> {
    const std::uint32_t stream = gateway.mux().open({});
    (void)gateway.mux().send_data(stream, as_bytes("question"));
    gateway.mux().send_end(stream, {});
    gateway.connection->flush();
    co_await worker.wait_for([this] { return worker.heard.ended.contains(1); });
    EXPECT_THAT(worker.heard.log, ElementsAre("open 1", "data 1 8", "end 1"));
    (void)worker.mux().send_data(stream, as_bytes("answer"));
    worker.mux().send_end(stream, as_bytes("receipt"));
    worker.connection->flush();
    co_await gateway.wait_for([this] { return gateway.heard.ended.contains(1); });
    gateway.mux().send_ack(stream);
    gateway.connection->flush();
    co_await worker.wait_for([this] { return worker.heard.acked.contains(1); });
  });
}

TEST_F(LinkConnection, KeepsControlAndFramesInOrder) {
  with_link([this]() -> net::Task<void> {
    const Bytes evidence(1'500'000, 'e');
    worker.connection->send(EvidenceComing{.id = 1, .keyset_id = {}, .bytes = evidence.size()});
    worker.mux().send_evidence(evidence);
    worker.connection->send(Retire{});
    co_await gateway.wait_for([this] { return !gateway.heard.log.empty() && gateway.heard.log.back() == "control 6"; });
    EXPECT_EQ(gateway.heard.log.front(), "control 5");
    EXPECT_EQ(gateway.heard.evidence, evidence);
  });
}

TEST_F(LinkConnection, MovesMoreThanAWindowWhenItIsConsumed) {
  with_link([this]() -> net::Task<void> {
    const Bytes body = net::pattern(1'000'000);
    const std::uint32_t stream = gateway.mux().open({});
    ByteView left = body;
    while (!left.empty()) {
      left = left.subspan(gateway.mux().send_data(stream, left));
      gateway.connection->flush();
      if (!left.empty()) co_await gateway.changed.wait();
    }
    co_await worker.wait_for([&] { return worker.heard.data[stream].size() == body.size(); });
    EXPECT_EQ(worker.heard.data[stream], body);
  });
}

TEST_F(LinkConnection, AnswersResetsByItself) {
  with_link([this]() -> net::Task<void> {
    for (std::size_t i = 0; i < kMaxStreams; ++i) gateway.mux().send_reset(gateway.mux().open({}));
    EXPECT_EQ(gateway.mux().open({}), 0U);
    gateway.connection->flush();
    co_await worker.wait_for([this] { return worker.heard.reset.size() == kMaxStreams; });
    // The worker's owner said nothing; still the ids come free.
    gateway.connection->send(Drain{});
    worker.connection->send(Retire{});
    co_await gateway.wait_for([this] { return !gateway.heard.log.empty(); });
    EXPECT_NE(gateway.mux().open({}), 0U);
  });
}

TEST_F(LinkConnection, WritesWhatIsUnsentBeforeItCloses) {
  with_link([this]() -> net::Task<void> {
    worker.connection->send(Retire{});
    worker.connection->close();
    co_await gateway.wait_for([this] { return gateway.ended.has_value(); });
    EXPECT_THAT(gateway.heard.log, ElementsAre("control 6"));
    EXPECT_EQ(gateway.ended->code.view(), "ws_closed");
  });
}

TEST_F(LinkConnection, DropsALinkOverWhichTheWrongSideSpeaks) {
  with_link([this]() -> net::Task<void> {
    worker.connection->send(Drain{});
    co_await gateway.wait_for([this] { return gateway.ended.has_value(); });
    EXPECT_EQ(*gateway.ended, (Error{"link_control", "direction", 0}));
  });
}

TEST_F(LinkConnection, DropsALinkWithEvidenceThatNobodyAnnounced) {
  with_link([this]() -> net::Task<void> {
    worker.mux().send_evidence(Bytes(10));
    worker.connection->flush();
    co_await gateway.wait_for([this] { return gateway.ended.has_value(); });
    EXPECT_EQ(gateway.ended->code.view(), "link_credit");
  });
}

TEST_F(LinkConnection, EndsAtOnceWhenAborted) {
  with_link([this]() -> net::Task<void> {
    worker.connection->abort();
    co_await gateway.wait_for([this] { return gateway.ended.has_value(); });
    EXPECT_EQ(gateway.ended->code.view(), "ws_failed");
  });
}

TEST_F(LinkConnection, SaysWhyItWasAborted) {
  with_link([this]() -> net::Task<void> {
    gateway.connection->abort({"link_state", "challenge", 0});
    co_await gateway.wait_for([this] { return gateway.ended.has_value(); });
    EXPECT_EQ(gateway.ended->code.view(), "link_state");
    EXPECT_EQ(gateway.ended->where.view(), "challenge");
  });
}

TEST_F(LinkConnection, TellsOfRoomOnceThereIsSomeAgain) {
  with_link([this]() -> net::Task<void> {
    EXPECT_TRUE(worker.connection->has_room());
    while (worker.connection->has_room()) worker.connection->send(LateReceipt{std::string(8'000, 'a')});
    co_await worker.wait_for([this] { return worker.rooms == 1; });
    EXPECT_TRUE(worker.connection->has_room());
  });
}

TEST_F(LinkConnection, DropsALinkWhosePeerReadsNothingOfWhatItMakesItSay) {
  run([](LinkConnection& t) -> net::Task<void> {
    t.gateway.replies = 60'000;
    auto server = t.serve([&t](net::Exchange& exchange) -> net::Task<void> {
      auto socket = co_await exchange.accept_websocket(4 << 20);
      if (socket) co_await t.gateway.run(t.runtime, *std::move(socket), Role::gateway);
    });
    auto deaf = co_await net::connect_websocket(t.runtime, at(*server), "/ws", {}, {});  // never started
    const std::string message = write_control(Retire{});
    for (int i = 0; i < 1'000; ++i) (*deaf)->send(true, as_bytes(message));
    co_await t.gateway.wait_for([&t] { return t.gateway.ended.has_value(); });
    EXPECT_EQ(t.gateway.ended->code.view(), "link_limit");
    EXPECT_EQ(t.gateway.ended->where.view(), "unread");
    co_await server->drain(milliseconds(0));
  }(*this));
}

}  // namespace
}  // namespace aipg::link
