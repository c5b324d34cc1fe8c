// SPDX-License-Identifier: Apache-2.0
// Exchanges that begin at one server and go on at another, on another thread.
#include <gmock/gmock.h>

#include <thread>

#include "net/loopback_test.h"
#include "net/test_certificate.h"

namespace aipg::net {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// Takes the whole body, and answers with what it was and who read it.
class Echo final : public Responder {
 public:
  Echo(Exchange& exchange, std::string name) : exchange_(exchange), name_(std::move(name)) {}
  void on_body(ByteView bytes, bool last) override {
    body_ += as_text(bytes);
    if (last) exchange_.put_answer(200, "text/plain", name_ + " read " + body_, {});
  }
  void on_body_failed(const Error&) override { exchange_.put_answer(400, "text/plain", "bad body", {}); }
  void on_sent() override {}
  void on_gone() override {}

 private:
  Exchange& exchange_;
  std::string name_, body_;
};

// Reads until it has seen "|", and has another server go on then.
class Mover final : public Responder {
 public:
  Mover(Exchange& exchange, std::shared_ptr<const ServerDoor> there, HttpServer::Handler handler)
      : exchange_(exchange), there_(std::move(there)), handler_(std::move(handler)) {}
  void on_body(ByteView bytes, bool last) override {
    append(body_, bytes);
    if (last || as_text(body_).contains('|')) exchange_.move_to(there_, std::move(body_), handler_);
  }
  void on_body_failed(const Error&) override { exchange_.put_answer(400, "text/plain", "bad body", {}); }
  void on_sent() override {}
  void on_gone() override {}

 private:
  Exchange& exchange_;
  std::shared_ptr<const ServerDoor> there_;
  HttpServer::Handler handler_;
  Bytes body_;
};

// A server without a listener, on a thread of its own.
class OtherServer {
 public:
  explicit OtherServer(HttpServer::Handler handler, std::optional<TlsFiles> tls = {}) {
    server_ = *HttpServer::without_listener(runtime_, std::move(tls), {}, std::move(handler));
    runtime_.reactor().begin_work();
    thread_ = std::thread([this] { runtime_.run(); });
  }
  ~OtherServer() {
    runtime_.post([this] {
      runtime_.spawn([](OtherServer& self) -> Task<void> {
        co_await self.server_->drain(milliseconds(100));
        self.runtime_.stop();
      }(*this));
    });
    thread_.join();
    server_.reset();
    runtime_.destroy_tasks();
  }
  [[nodiscard]] std::shared_ptr<const ServerDoor> door() const { return server_->door(); }
  [[nodiscard]] std::thread::id thread() const { return thread_.get_id(); }
  Runtime& runtime() { return runtime_; }

 private:
  Runtime runtime_;
  std::unique_ptr<HttpServer> server_;
  std::thread thread_;
};

// On the other server's thread or not.
Task<void> echo_elsewhere(Exchange& exchange, std::thread::id expected) {
  const std::string name = std::this_thread::get_id() == expected ? "there" : "here";
  exchange.hand_over(std::make_shared<Echo>(exchange, name));
  co_return;
}

class HttpMove : public Loopback {
 public:
  // What the other server does with requests of its own, such as one that follows on a connection that was moved.
  static Task<void> at_home(Exchange& exchange) {
    (void)co_await exchange.respond(200, "text/plain", "of its own: " + exchange.head().target);
  }
  // Moves each request elsewhere when it has seen enough.
  HttpServer::Handler moving() {
    return [this](Exchange& exchange) -> Task<void> {
      const auto there = [expected = other->thread()](Exchange& e) { return echo_elsewhere(e, expected); };
      exchange.hand_over(std::make_shared<Mover>(exchange, other->door(), there));
      co_return;
    };
  }
  static std::string counted(std::string_view body, std::string_view more = {}) {
    return "POST /a HTTP/1.1\r\nHost: h\r\n" + std::string(more) + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n";
  }

  std::unique_ptr<OtherServer> other = std::make_unique<OtherServer>(at_home);
};

TEST_F(HttpMove, TheOtherGoesOnWithTheSameRequest) {
  run([](HttpMove& t) -> Task<void> {
    auto server = t.serve(t.moving());
    auto stream = co_await t.raw(*server);
    co_await write(*stream, counted("some|rest") + "some|rest");
    EXPECT_THAT(co_await read_until(*stream, "rest"), EndsWith("there read some|rest"));
    stream->close();
    co_await server->drain(milliseconds(0));
  }(*this));
}

// A server that ends closes who is idle. Who is on the way is not.
TEST_F(HttpMove, ARequestOnItsWayIsNotLostWhenItsServerEnds) {
  run([](HttpMove& t) -> Task<void> {
    std::unique_ptr<HttpServer> server;
    bool drained = false;
    server = t.serve([&](Exchange& exchange) -> Task<void> {
      const auto there = [expected = t.other->thread()](Exchange& e) { return echo_elsewhere(e, expected); };
      exchange.move_to(t.other->door(), {}, there);
      t.runtime.start([](HttpServer& ends, bool& ended) -> Task<void> {
        co_await ends.drain(milliseconds(5'000));
        ended = true;
      }(*server, drained));
      co_return;
    });
    auto stream = co_await t.raw(*server);
    co_await write(*stream, counted("some|rest") + "some|rest");
    EXPECT_THAT(co_await read_until(*stream, "rest"), EndsWith("there read some|rest"));
    stream->close();
    while (!drained) co_await t.runtime.sleep(milliseconds(1));
  }(*this));
}

// Its client is cut off between the head and the handler's turn.
TEST_F(HttpMove, ARequestThatIsCutOffBeforeItsHandlerRunsGoesNowhere) {
  run([](HttpMove& t) -> Task<void> {
    std::unique_ptr<HttpServer> server;
    int handled = 0;
    server = t.serve([&](Exchange& exchange) -> Task<void> {
      if (exchange.head().target == "/end") {
        (void)co_await exchange.respond(200, "text/plain", "");
        t.runtime.start([](HttpServer& ends) -> Task<void> { co_await ends.drain(milliseconds(0)); }(*server));
        co_return;
      }
      ++handled;
      exchange.move_to(t.other->door(), {}, at_home);
    });
    // Both are read in one turn of the loop: the one that is to move, whose handler waits for the turn's end, and the
    // one whose handler ends the server.
    auto first = co_await t.raw(*server), second = co_await t.raw(*server);
    co_await t.runtime.sleep(milliseconds(20));
    co_await write(*first, "GET /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    co_await write(*second, "GET /end HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(co_await read_to_end(*first), "");
    EXPECT_EQ(handled, 1);
    (void)co_await read_to_end(*second);
    co_await server->drain(milliseconds(0));
  }(*this));
}

TEST_F(HttpMove, WhatComesLaterComesToTheOther) {
  run([](HttpMove& t) -> Task<void> {
    auto server = t.serve(t.moving());
    auto stream = co_await t.raw(*server);
    const std::string body = "some|" + std::string(200'000, 'x') + "end";
    co_await write(*stream, counted(body) + "some|");
    co_await t.runtime.sleep(milliseconds(20));
    co_await write(*stream, std::string_view(body).substr(5));
    EXPECT_THAT(co_await read_until(*stream, "xend"), HasSubstr("there read some|xxx"));
    stream->close();
    co_await server->drain(milliseconds(0));
  }(*this));
}

TEST_F(HttpMove, ChunksGoOnWhereTheyWere) {
  run([](HttpMove& t) -> Task<void> {
    auto server = t.serve(t.moving());
    auto stream = co_await t.raw(*server);
    co_await write(*stream, "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nsome|m\r\n4\r\nor");
    co_await t.runtime.sleep(milliseconds(20));
    co_await write(*stream, "e!\r\n0\r\n\r\n");
    EXPECT_THAT(co_await read_until(*stream, "more!"), EndsWith("there read some|more!"));
    stream->close();
    co_await server->drain(milliseconds(0));
  }(*this));
}

TEST_F(HttpMove, TheNextRequestIsTheOthersToo) {
  run([](HttpMove& t) -> Task<void> {
    auto server = t.serve(t.moving());
    auto stream = co_await t.raw(*server);
    co_await write(*stream, counted("a|b") + "a|bGET /next HTTP/1.1\r\nHost: h\r\n\r\n");
    const std::string both = co_await read_until(*stream, "/next");
    EXPECT_THAT(both, HasSubstr("there read a|bHTTP/1.1 200"));
    EXPECT_THAT(both, EndsWith("of its own: /next"));
    stream->close();
    co_await server->drain(milliseconds(0));
  }(*this));
}

TEST_F(HttpMove, ABodyThatBreaksIsRefusedThere) {
  run([](HttpMove& t) -> Task<void> {
    auto server = t.serve(t.moving());
    auto stream = co_await t.raw(*server);
    co_await write(*stream,
                   "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nsome|\r\nnonsense\r\n");
    EXPECT_THAT(co_await read_to_end(*stream), StartsWith("HTTP/1.1 400"));
    co_await server->drain(milliseconds(0));
  }(*this));
}

TEST_F(HttpMove, AClientThatWaitsToBeToldIsTold) {
  run([](HttpMove& t) -> Task<void> {
    auto server = t.serve(t.moving());
    auto stream = co_await t.raw(*server);
    co_await write(*stream, counted("some|rest", "Expect: 100-continue\r\n"));
    EXPECT_THAT(co_await read_until(*stream, "\r\n\r\n"), StartsWith("HTTP/1.1 100"));
    co_await write(*stream, "some|rest");
    EXPECT_THAT(co_await read_until(*stream, "rest"), EndsWith("there read some|rest"));
    stream->close();
    co_await server->drain(milliseconds(0));
  }(*this));
}

TEST_F(HttpMove, AnUpgradeIsMovedBeforeItHappens) {
  run([](HttpMove& t) -> Task<void> {
    auto server = t.serve([&t](Exchange& exchange) -> Task<void> {
      exchange.move_to(t.other->door(), {}, [&t](Exchange& there) -> Task<void> {
        auto socket = co_await there.accept_websocket(1 << 20);
        if (!socket) co_return;
        Inbox inbox(t.other->runtime(), **socket);
        while (auto message = co_await inbox.receive()) (*socket)->send(message->text, message->bytes);
      });
      co_return;
    });
    auto socket = co_await connect_websocket(t.runtime, at(*server), "/ws", {}, {});
    EXPECT_TRUE(socket.has_value());
    if (!socket) co_return;
    {
      Inbox inbox(t.runtime, **socket);
      const Bytes body = pattern(300'000);
      (*socket)->send(false, body);
      const auto back = co_await inbox.receive();
      EXPECT_TRUE(back && back->bytes == body);
      (*socket)->close();
      EXPECT_FALSE((co_await inbox.receive()).has_value());
    }
    co_await server->drain(milliseconds(0));
  }(*this));
}

TEST_F(HttpMove, TlsGoesOnToo) {
  TemporaryFolder folder;
  const TestAuthority authority;
  authority.write_certificate(folder.file("ca.pem"));
  const TlsFiles files = authority.issue(folder.file("server"), "IP:127.0.0.1", 3600);
  run([](HttpMove& t, TlsFiles f, std::string ca) -> Task<void> {
    auto server = t.serve(t.moving(), {}, f);
    HttpClient client(t.runtime, at(*server, true), {.ca_file = ca});
    const std::string body = "some|" + std::string(100'000, 'x');
    for (int i = 0; i < 2; ++i) {
      const auto answer = co_await client.fetch({"POST", "/a", {}, as_bytes(body)}, 1 << 20);
      EXPECT_TRUE(answer.has_value());
      // The connection is the other's from then on.
      if (answer) EXPECT_EQ(as_text(answer->body), i == 0 ? "there read " + body : "of its own: /a");
    }
    co_await server->drain(milliseconds(0));
  }(*this, files, folder.file("ca.pem")));
}

TEST_F(HttpMove, ToAServerThatIsGoneIsTheEnd) {
  run([](HttpMove& t) -> Task<void> {
    const auto door = t.other->door();
    t.other.reset();
    auto server = t.serve([door](Exchange& exchange) -> Task<void> {
      exchange.move_to(door, {}, at_home);
      co_return;
    });
    auto stream = co_await t.raw(*server);
    co_await write(*stream, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(co_await read_to_end(*stream), "");
    co_await server->drain(milliseconds(0));
  }(*this));
}

TEST_F(HttpMove, AServerSharesItsConnections) {
  run([](HttpMove& t) -> Task<void> {
    auto server =
        t.serve([](Exchange& exchange) -> Task<void> { (void)co_await exchange.respond(200, "text/plain", "here"); });
    server->share_with({t.other->door()});
    std::string who;
    for (int i = 0; i < 4; ++i) {
      auto stream = co_await t.raw(*server);
      co_await write(*stream, "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
      who += (co_await read_to_end(*stream)).ends_with("here") ? "h" : "o";
    }
    EXPECT_THAT(who, testing::AnyOf("hoho", "ohoh"));
    co_await server->drain(milliseconds(0));
  }(*this));
}

}  // namespace
}  // namespace aipg::net
