// SPDX-License-Identifier: Apache-2.0
#include "net/websocket.h"

#include <gmock/gmock.h>

#include "base/hex.h"
#include "net/loopback_test.h"
#include "net/test_certificate.h"
#include "net/websocket_stream.h"

namespace aipg::net {
namespace {

using testing::StartsWith;

constexpr std::size_t kMaxMessage = 1 << 20;
constexpr std::string_view kUpgrade =
    "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

// Sends everything back until the end.
Task<void> echo_on(Runtime& runtime, WebSocket& socket) {
  Inbox inbox(runtime, socket);
  while (const auto message = co_await inbox.receive()) socket.send(message->text, message->bytes);
}

class WebSockets : public Loopback {
 public:
  // What a server does.
  std::function<Task<void>(WebSocket&)> echo = [this](WebSocket& socket) { return echo_on(runtime, socket); };
  // Waits for one message or the end: "message", or the error's code.
  std::function<Task<void>(WebSocket&)> note(std::string_view& seen, Event& changed) {
    return [this, &seen, &changed](WebSocket& socket) -> Task<void> {
      Inbox inbox(runtime, socket);
      const auto message = co_await inbox.receive();
      seen = message ? "message" : message.error().code.view();
      changed.notify_all();
    };
  }
  // A server that accepts and hands each WebSocket to `talk`.
  std::unique_ptr<HttpServer> serve_sockets(std::function<Task<void>(WebSocket&)> talk, ServerLimits limits = {},
                                            std::optional<TlsFiles> tls = {}) {
    return serve(
        [talk](Exchange& exchange) -> Task<void> {
          auto socket = co_await exchange.accept_websocket(kMaxMessage);
          if (!socket) {
            (void)co_await exchange.respond(400, "text/plain", "no upgrade");
            co_return;
          }
          co_await talk(**socket);
        },
        limits, std::move(tls));
  }
  Task<std::unique_ptr<WebSocket>> connect(Address address, WebSocketOptions options = {}) {
    Headers headers;
    headers.add("Authorization", "Bearer x");
    auto socket = co_await connect_websocket(runtime, std::move(address), "/ws", headers, std::move(options));
    EXPECT_TRUE(socket.has_value()) << socket.error().code.view() << ' ' << socket.error().where.view();
    co_return socket ? *std::move(socket) : nullptr;
  }
};

TEST_F(WebSockets, EchoMessagesOfAllSizes) {
  run([](WebSockets& t) -> Task<void> {
    auto server = t.serve_sockets(t.echo);
    auto socket = co_await t.connect(at(*server));
    Inbox inbox(t.runtime, *socket);
    for (const std::size_t size : {0UL, 1UL, 125UL, 126UL, 65535UL, 65536UL, kMaxMessage}) {
      const Bytes body = pattern(size);
      socket->send(false, body);
      const auto back = co_await inbox.receive();
      EXPECT_TRUE(back.has_value());
      if (back) EXPECT_TRUE(back->bytes == body && !back->text) << size;
    }
    socket->send(true, as_bytes("h\xc3\xa9llo"));
    const auto text = co_await inbox.receive();
    EXPECT_TRUE(text && text->text && as_text(text->bytes) == "h\xc3\xa9llo");
    EXPECT_EQ(socket->channel_binding(), ByteArray<32>{});
  }(*this));
}

TEST_F(WebSockets, CloseEndsBothSidesProperly) {
  run([](WebSockets& t) -> Task<void> {
    Event changed(t.runtime);
    std::string_view seen;
    auto server = t.serve_sockets(t.note(seen, changed));
    auto socket = co_await t.connect(at(*server));
    Inbox inbox(t.runtime, *socket);
    socket->close();
    EXPECT_EQ((co_await inbox.receive()).error().code, Literal("ws_closed"));
    while (seen.empty()) co_await changed.wait();
    EXPECT_EQ(seen, "ws_closed");
  }(*this));
}

TEST_F(WebSockets, CloseEndsAReceiveInProgressThoughThePeerIsSilent) {
  run([](WebSockets& t) -> Task<void> {
    Event release(t.runtime);
    bool released = false;
    auto server = t.serve_sockets([&](WebSocket&) -> Task<void> {
      while (!released) co_await release.wait();
    });
    auto socket = co_await t.connect(at(*server));
    Inbox inbox(t.runtime, *socket);
    t.runtime.post([&] { socket->close(); });
    t.runtime.spawn([](Runtime& r, Event& e, bool& flag) -> Task<void> {
      co_await r.sleep(milliseconds(5));
      flag = true;
      e.notify_all();
    }(t.runtime, release, released));
    EXPECT_EQ((co_await inbox.receive()).error().code, Literal("ws_closed"));
  }(*this));
}

TEST_F(WebSockets, AbortIsNoProperClose) {
  run([](WebSockets& t) -> Task<void> {
    Event changed(t.runtime);
    std::string_view seen;
    auto server = t.serve_sockets(t.note(seen, changed));
    auto socket = co_await t.connect(at(*server));
    Inbox inbox(t.runtime, *socket);
    t.runtime.post([&] { socket->abort(); });
    EXPECT_EQ((co_await inbox.receive()).error().code, Literal("ws_failed"));
    while (seen.empty()) co_await changed.wait();
    EXPECT_EQ(seen, "ws_failed");
  }(*this));
}

TEST_F(WebSockets, AMessageThatIsTooLargeEndsTheConnection) {
  run([](WebSockets& t) -> Task<void> {
    Event changed(t.runtime);
    std::string_view seen;
    auto server = t.serve_sockets(t.note(seen, changed));
    auto socket = co_await t.connect(at(*server));
    Inbox inbox(t.runtime, *socket);
    const Bytes body(kMaxMessage + 1, 'x');
    socket->send(false, body);
    EXPECT_FALSE(co_await inbox.receive());
    while (seen.empty()) co_await changed.wait();
    EXPECT_EQ(seen, "ws_failed");
  }(*this));
}

TEST_F(WebSockets, ASilentPeerThatAnswersPingsIsKept) {
  run([](WebSockets& t) -> Task<void> {
    const milliseconds idle(20);
    Event release(t.runtime);
    bool released = false;
    auto server = t.serve_sockets(
        [&](WebSocket& socket) -> Task<void> {
          Inbox hears(t.runtime, socket);
          EXPECT_TRUE((co_await hears.receive()).has_value());
        },
        {.websocket_idle = idle});
    auto socket = co_await t.connect(at(*server));
    Inbox inbox(t.runtime, *socket);
    // The client reads, and so answers pings, all the while.
    t.runtime.spawn([](Inbox& i, bool& flag, Event& e) -> Task<void> {
      EXPECT_FALSE((co_await i.receive()).has_value());
      flag = true;
      e.notify_all();
    }(inbox, released, release));
    co_await t.runtime.sleep(idle * 5);
    socket->send(true, as_bytes("still here"));
    while (!released) co_await release.wait();
  }(*this));
}

// Counts texts, and looks once how many there were when others had their turn.
class Flooded final : public WebSocket::Events {
 public:
  explicit Flooded(Runtime& runtime) : changed(runtime), runtime_(runtime) {}
  void on_text(ByteView) override {
    if (++texts == 1) runtime_.post([this] { texts_at_others_turn = texts; });
    changed.notify_all();
  }
  void on_binary(ByteView, bool) override {}
  void on_end(const Error& why) override {
    end = why;
    changed.notify_all();
  }
  std::size_t texts = 0, texts_at_others_turn = 0;
  std::optional<Error> end;
  Event changed;

 private:
  Runtime& runtime_;
};

// A peer that says nothing, and takes as much as it is told to.
class SlowTaker final : public Stream {
 public:
  using Stream::Stream;
  void take(std::size_t bytes) {
    allowed_ = bytes;
    ready();
  }
  Transfer read_now(MutableByteView) override { return {Outcome::again, 0}; }
  Transfer write_now(const Pieces& pieces) override {
    std::size_t size = 0;
    for (const ByteView& piece : pieces) size += piece.size();
    const std::size_t taken = std::min(size, std::exchange(allowed_, 0));
    return {taken == 0 ? Outcome::again : Outcome::done, taken};
  }
  void end_sending() override {}
  [[nodiscard]] bool quiet() const override { return true; }

 private:
  void close_descriptor() override {}
  [[nodiscard]] std::unique_ptr<UnwatchedStream> let_go() override { return nullptr; }
  std::size_t allowed_ = 0;
};

// It shows that it lives by what it takes, and could not answer a ping that waits behind all that.
TEST_F(WebSockets, ASilentPeerThatIsStillTakingBytesIsKept) {
  run([](WebSockets& t) -> Task<void> {
    const milliseconds idle(800);
    const auto peer = std::make_shared<SlowTaker>(t.runtime);
    const auto socket = make_websocket(t.runtime, peer, {}, WebSocketRole::server, {.idle = idle});
    Flooded events(t.runtime);
    socket->start(events);
    socket->send(false, Bytes(1 << 20, 'x'));
    for (int i = 0; i < 40; ++i) {  // twice as long as it may be silent
      co_await t.runtime.sleep(idle / 20);
      EXPECT_FALSE(events.end) << i;
      peer->take(100);
    }
    while (!events.end) co_await events.changed.wait();  // once it takes nothing
  }(*this));
}

TEST_F(WebSockets, WhatCameBeforeABrokenFrameIsTold) {
  struct Notes final : WebSocket::Events {
    explicit Notes(Runtime& runtime) : changed(runtime) {}
    void on_text(ByteView) override { notes += "text "; }
    void on_binary(ByteView, bool) override {}
    void on_heard() override { notes += "heard "; }
    void on_writable() override {}
    void on_end(const Error&) override {
      notes += "end";
      ended = true;
      changed.notify_all();
    }
    std::string notes;
    bool ended = false;
    Event changed;
  };
  run([](WebSockets& t) -> Task<void> {
    Notes notes(t.runtime);
    auto server = t.serve_sockets([&](WebSocket& socket) -> Task<void> {
      socket.start(notes);
      while (!notes.ended) co_await notes.changed.wait();
    });
    auto stream = co_await t.raw(*server);
    co_await write(*stream, kUpgrade);
    (void)co_await read_until(*stream, "\r\n\r\n");
    const Bytes bytes = *from_hex(
        "818537fa213d7f9f4d5158"
        "ff");  // a text, and what is no frame
    co_await write(*stream, as_text(bytes));
    while (!notes.ended) co_await notes.changed.wait();
    EXPECT_EQ(notes.notes, "text heard end");
    stream->close();
  }(*this));
}

TEST_F(WebSockets, ADeadPeerIsPingedAndThenDropped) {
  run([](WebSockets& t) -> Task<void> {
    Event changed(t.runtime);
    std::string_view seen;
    auto server = t.serve_sockets(t.note(seen, changed), {.websocket_idle = milliseconds(20)});
    auto stream = co_await t.raw(*server);
    co_await write(*stream, kUpgrade);
    const std::string all = co_await read_to_end(*stream);
    EXPECT_THAT(all, StartsWith("HTTP/1.1 101 Switching Protocols\r\n"));
    EXPECT_TRUE(all.ends_with(std::string("\r\n\r\n\x89\x00", 6))) << "one ping, then nothing";
    while (seen.empty()) co_await changed.wait();
    EXPECT_EQ(seen, "ws_failed");
  }(*this));
}

TEST_F(WebSockets, FramesThatComeWithTheHandshakeAreNotLost) {
  run([](WebSockets& t) -> Task<void> {
    auto server = t.serve_sockets(t.echo);
    auto stream = co_await t.raw(*server);
    const Bytes hello = *from_hex("818537fa213d7f9f4d5158");
    std::string request(kUpgrade);
    request += as_text(hello);
    co_await write(*stream, request);
    EXPECT_THAT(co_await read_until(*stream, "Hello"), testing::EndsWith("Hello"));
    stream->close();
  }(*this));
}

TEST_F(WebSockets, KeepsMessagesInOrderThatTheSocketDoesNotTakeAtOnce) {
  run([](WebSockets& t) -> Task<void> {
    auto server = t.serve_sockets(t.echo);
    auto socket = co_await t.connect(at(*server));
    Inbox inbox(t.runtime, *socket);
    const Bytes body = pattern(50'000);
    for (int i = 0; i < 10; ++i) socket->send(false, body);
    for (int i = 0; i < 10; ++i) {
      const auto back = co_await inbox.receive();
      EXPECT_TRUE(back && back->bytes == body);
    }
  }(*this));
}

TEST_F(WebSockets, ARequestThatIsNoUpgradeIsAnsweredByTheHandler) {
  run([](WebSockets& t) -> Task<void> {
    auto server = t.serve_sockets(t.echo);
    HttpClient client(t.runtime, at(*server));
    const auto answer = co_await client.fetch({}, 100);
    EXPECT_TRUE(answer && answer->head.status == 400);
  }(*this));
}

TEST_F(WebSockets, AServerThatDoesNotUpgradeFailsTheHandshake) {
  run([](WebSockets& t) -> Task<void> {
    auto server =
        t.serve([](Exchange& e) -> Task<void> { (void)co_await e.respond(401, "text/plain", "who are you"); });
    const auto socket = co_await connect_websocket(t.runtime, at(*server), "/ws", {}, {});
    EXPECT_FALSE(socket.has_value());
    if (!socket) EXPECT_EQ(socket.error().code, Literal("ws_handshake"));
  }(*this));
}

TEST_F(WebSockets, DrainClosesThoseThatStayOpen) {
  run([](WebSockets& t) -> Task<void> {
    auto server = t.serve_sockets(t.echo);
    auto socket = co_await t.connect(at(*server));
    Inbox inbox(t.runtime, *socket);
    t.runtime.spawn([](HttpServer& s) -> Task<void> { co_await s.drain(milliseconds(1)); }(*server));
    EXPECT_EQ((co_await inbox.receive()).error().code, Literal("ws_failed"));
  }(*this));
}

TEST_F(WebSockets, BothEndsOfATlsConnectionHaveTheSameBinding) {
  TemporaryFolder folder;
  run([](WebSockets& t, const TemporaryFolder& f) -> Task<void> {
    const TestAuthority authority;
    authority.write_certificate(f.file("ca.pem"));
    auto server = t.serve_sockets(
        [&t](WebSocket& socket) -> Task<void> {
          const auto binding = socket.channel_binding();
          socket.send(false, binding);
          co_await t.echo(socket);
        },
        {}, authority.issue(f.file("server"), "DNS:localhost"));
    Address address = at(*server, true);
    address.host = "localhost";
    std::vector<ByteArray<32>> seen;
    for (int i = 0; i < 2; ++i) {
      auto socket = co_await t.connect(address, {.ca_file = f.file("ca.pem")});
      if (!socket) co_return;
      Inbox inbox(t.runtime, *socket);
      const auto theirs = co_await inbox.receive();
      EXPECT_TRUE(theirs.has_value());
      if (theirs) EXPECT_TRUE(equal(theirs->bytes, socket->channel_binding()));
      EXPECT_FALSE(all_zero(socket->channel_binding()));
      seen.push_back(socket->channel_binding());

      const Bytes body = pattern(300'000);
      socket->send(false, body);
      const auto back = co_await inbox.receive();
      EXPECT_TRUE(back && back->bytes == body);
    }
    EXPECT_NE(seen[0], seen[1]);
    const auto other = co_await connect_websocket(t.runtime, address, "/ws", {}, {});
    EXPECT_FALSE(other.has_value());
    if (!other) EXPECT_EQ(other.error().code, Literal("http_tls"));
  }(*this, folder));
}

TEST_F(WebSockets, AFloodLeavesOthersTheirTurn) {
  constexpr std::size_t kFlood = 2'000;
  run([](WebSockets& t) -> Task<void> {
    Flooded flooded(t.runtime);
    auto server = t.serve_sockets([&flooded](WebSocket& socket) -> Task<void> {
      socket.start(flooded);
      while (!flooded.end) co_await flooded.changed.wait();
    });
    auto socket = co_await t.connect(at(*server));
    Inbox inbox(t.runtime, *socket);
    for (std::size_t i = 0; i < kFlood; ++i) socket->send(true, as_bytes("x"));
    while (flooded.texts < kFlood) co_await flooded.changed.wait();
    EXPECT_LT(flooded.texts_at_others_turn, kFlood / 10);
    socket->close();
    while (!flooded.end) co_await flooded.changed.wait();
  }(*this));
}

TEST_F(WebSockets, ACloseIsNotPutOffByWhatIsSaidAfterIt) {
  run([](WebSockets& t) -> Task<void> {
    Flooded flooded(t.runtime);
    auto server = t.serve_sockets([&flooded](WebSocket& socket) -> Task<void> {
      socket.start(flooded);
      socket.close();
      while (!flooded.end) co_await flooded.changed.wait();
    });
    auto stream = co_await t.raw(*server);
    co_await write(*stream, kUpgrade);
    // A pong, again and again, and never the answer to the close.
    const Bytes pong = *from_hex("8a8000000000");
    while (!flooded.end) {
      co_await write(*stream, as_text(pong));
      co_await t.runtime.sleep(milliseconds(100));
    }
    EXPECT_EQ(flooded.end->code, Literal("ws_closed"));
  }(*this));
}

}  // namespace
}  // namespace aipg::net
