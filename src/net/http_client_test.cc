// SPDX-License-Identifier: Apache-2.0
// The client, against our server and against bytes that a server of ours would not send.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <unordered_map>

#include "net/loopback_test.h"

namespace aipg::net {
namespace {

// Answers with the body of the request, piece by piece as it comes.
Task<void> echo(Exchange& exchange) {
  Headers headers;
  headers.add("X-Target", exchange.head().target);
  if (!co_await exchange.write_head(200, headers, exchange.head().content_length)) co_return;
  for (;;) {
    const auto piece = co_await exchange.read_body();
    if (!piece) co_return;
    if (piece->empty()) break;
    if (!co_await exchange.write_body(*piece)) co_return;
  }
  (void)co_await exchange.finish();
}

Task<void> hello(Exchange& exchange) { (void)co_await exchange.respond(200, "text/plain", "hello"); }

using HttpClients = Loopback;

TEST_F(HttpClients, EchoesBodiesOfOddSizesByteExact) {
  run([](HttpClients& t) -> Task<void> {
    auto server = t.serve(echo);
    HttpClient client(t.runtime, at(*server));
    for (const std::size_t size : {0UL, 1UL, 4095UL, 4096UL, 65535UL, 65537UL, 1'000'003UL, 5'000'001UL}) {
      const Bytes body = pattern(size);
      const auto answer = co_await client.fetch({.method = "POST", .target = "/echo", .body = body}, size);
      EXPECT_TRUE(answer.has_value()) << size;
      if (!answer) co_return;
      EXPECT_EQ(answer->head.status, 200U);
      EXPECT_EQ(answer->head.headers.find("x-target"), "/echo");
      EXPECT_TRUE(answer->body == body) << size;
    }
  }(*this));
}

TEST_F(HttpClients, KeepsTheConnectionForTheNextRequest) {
  int connections = 0;
  run([](HttpClients& t, int& n) -> Task<void> {
    std::unordered_map<const Exchange*, int> seen;
    auto server = t.serve([&](Exchange& exchange) -> Task<void> {
      if (seen[&exchange]++ == 0) ++n;
      co_await hello(exchange);
    });
    HttpClient client(t.runtime, at(*server));
    for (int i = 0; i < 5; ++i) {
      const auto answer = co_await client.fetch({}, 100);
      EXPECT_TRUE(answer.has_value());
      if (answer) EXPECT_EQ(as_text(answer->body), "hello");
    }
  }(*this, connections));
  EXPECT_EQ(connections, 1);
}

TEST_F(HttpClients, StreamsAChunkedAnswerPieceByPiece) {
  run([](HttpClients& t) -> Task<void> {
    Event next(t.runtime);
    int taken = 0;
    auto server = t.serve([&](Exchange& exchange) -> Task<void> {
      (void)co_await exchange.write_head(200, {}, std::nullopt);
      int given = 0;
      for (const std::string_view piece : {"one", "two", "three"}) {
        (void)co_await exchange.write_body(as_bytes(piece));
        ++given;
        while (taken < given) co_await next.wait();
      }
      (void)co_await exchange.finish();
    });
    HttpClient client(t.runtime, at(*server));
    auto response = co_await client.send({});
    EXPECT_TRUE(response.has_value());
    if (!response) co_return;
    EXPECT_TRUE((*response)->head().chunked);
    for (const std::string_view piece : {"one", "two", "three", ""}) {
      const auto got = co_await (*response)->read();
      EXPECT_TRUE(got.has_value());
      if (got) EXPECT_EQ(as_text(*got), piece);
      ++taken;
      next.notify_all();
    }
  }(*this));
}

TEST_F(HttpClients, AnAbortedAnswerIsSeenAsTruncated) {
  run([](HttpClients& t) -> Task<void> {
    auto server = t.serve([](Exchange& exchange) -> Task<void> {
      const bool counted = exchange.head().target == "/counted";
      (void)co_await exchange.write_head(200, {}, counted ? std::optional<std::uint64_t>(100) : std::nullopt);
      (void)co_await exchange.write_body(as_bytes("part"));
      exchange.abort();
    });
    HttpClient client(t.runtime, at(*server));
    for (const char* target : {"/counted", "/chunked"}) {
      const auto answer = co_await client.fetch({.method = "GET", .target = target}, 1000);
      EXPECT_FALSE(answer.has_value());
      if (!answer) EXPECT_EQ(answer.error().code, Literal("http_truncated"));
    }
  }(*this));
}

// What a program that was killed leaves behind.
void leave_stale_socket(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  EXPECT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ::close(fd);
}

TEST_F(HttpClients, SpeaksOverUnixSockets) {
  TemporaryFolder folder;
  run([](HttpClients& t, std::string path) -> Task<void> {
    const Address address = *parse_url("unix:" + path);
    leave_stale_socket(path);
    auto server = HttpServer::listen(t.runtime, address, {}, {}, echo);
    EXPECT_TRUE(server.has_value()) << "the stale file is in the way";
    struct stat info{};
    EXPECT_EQ(lstat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U);

    HttpClient client(t.runtime, address);
    const Bytes body = pattern(1'000'001);
    const auto answer = co_await client.fetch({.method = "POST", .target = "/x", .body = body}, body.size());
    EXPECT_TRUE(answer.has_value());
    if (answer) EXPECT_TRUE(answer->body == body);

    const auto second = HttpServer::listen(t.runtime, address, {}, {}, echo);
    EXPECT_FALSE(second.has_value()) << "the first listens there";
    if (!second) EXPECT_EQ(second.error().code, Literal("listen_failed"));
    server->reset();
    EXPECT_NE(lstat(path.c_str(), &info), 0) << "the socket's file is left behind";
  }(*this, folder.file("engine.sock")));
}

TEST_F(HttpClients, CancelEndsAReadInProgress) {
  run([](HttpClients& t) -> Task<void> {
    Event changed(t.runtime);
    bool gone = false;
    auto server = t.serve([&](Exchange& exchange) -> Task<void> {
      exchange.on_gone([&] {
        gone = true;
        changed.notify_all();
      });
      (void)co_await exchange.write_head(200, {}, std::nullopt);
      while (!gone) co_await changed.wait();
    });
    HttpClient client(t.runtime, at(*server));
    auto response = co_await client.send({});
    EXPECT_TRUE(response.has_value());
    t.runtime.post([&] { (*response)->cancel(); });
    EXPECT_EQ((co_await (*response)->read()).error().code, Literal("http_cancelled"));
    while (!gone) co_await changed.wait();
  }(*this));
}

TEST_F(HttpClients, CancelAllEndsRequestsBeforeTheirAnswer) {
  run([](HttpClients& t) -> Task<void> {
    Event changed(t.runtime);
    bool gone = false;
    HttpClient* asking = nullptr;
    auto server = t.serve([&](Exchange& exchange) -> Task<void> {
      exchange.on_gone([&] {
        gone = true;
        changed.notify_all();
      });
      t.runtime.post([&] { asking->cancel_all(); });
      while (!gone) co_await changed.wait();
    });
    HttpClient client(t.runtime, at(*server));
    asking = &client;
    EXPECT_EQ((co_await client.send({})).error().code, Literal("http_cancelled"));
    while (!gone) co_await changed.wait();
  }(*this));
}

TEST_F(HttpClients, ClientsBesideEachOtherShareConnectionsAndCancelTheirOwnRequestsOnly) {
  run([](HttpClients& t) -> Task<void> {
    Event changed(t.runtime);
    std::unordered_map<const Exchange*, int> connections;
    std::size_t waiting = 0;
    bool go_on = false;
    auto server = t.serve([&](Exchange& exchange) -> Task<void> {
      ++connections[&exchange];
      if (exchange.head().target == "/wait") {
        ++waiting;
        changed.notify_all();
        while (!go_on) co_await changed.wait();
      }
      co_await hello(exchange);
    });
    HttpClient first(t.runtime, at(*server));
    EXPECT_TRUE((co_await first.fetch({}, 100)).has_value());
    std::unique_ptr<HttpClient> second(new HttpClient(first.beside()));  // it does not move
    EXPECT_TRUE((co_await second->fetch({}, 100)).has_value());
    EXPECT_EQ(connections.size(), 1U);

    std::vector<Result<HttpClient::Whole>> ended;
    const auto ask = [](HttpClient& client, std::vector<Result<HttpClient::Whole>>& into, Event& told) -> Task<void> {
      into.push_back(co_await client.fetch({.target = "/wait"}, 100));
      told.notify_all();
    };
    t.runtime.spawn(ask(first, ended, changed));
    t.runtime.spawn(ask(*second, ended, changed));
    while (waiting < 2) co_await changed.wait();
    second->cancel_all();
    while (ended.empty()) co_await changed.wait();
    EXPECT_EQ(ended[0].error().code, Literal("http_cancelled"));
    second.reset();
    go_on = true;
    changed.notify_all();
    while (ended.size() < 2) co_await changed.wait();
    EXPECT_TRUE(ended[1].has_value());
    // What is kept outlives the client that came later.
    const std::size_t before = connections.size();
    EXPECT_TRUE((co_await first.fetch({}, 100)).has_value());
    EXPECT_EQ(connections.size(), before);
  }(*this));
}

TEST_F(HttpClients, AResponseOutlivesItsClient) {
  run([](HttpClients& t) -> Task<void> {
    auto server = t.serve(echo);
    const Bytes body = pattern(300'000);
    auto client = std::make_unique<HttpClient>(t.runtime, at(*server));
    auto response = co_await client->send({.method = "POST", .target = "/", .body = body});
    EXPECT_TRUE(response.has_value());
    client.reset();
    Bytes got;
    for (;;) {
      const auto piece = co_await (*response)->read();
      EXPECT_TRUE(piece.has_value());
      if (!piece || piece->empty()) break;
      append(got, *piece);
    }
    EXPECT_TRUE(got == body);
  }(*this));
}

TEST_F(HttpClients, AnEarlyAnswerIsReadThoughTheBodyWasNotTaken) {
  run([](HttpClients& t) -> Task<void> {
    auto server = t.serve(
        [](Exchange& exchange) -> Task<void> { (void)co_await exchange.respond(413, "text/plain", "too much"); });
    HttpClient client(t.runtime, at(*server));
    const Bytes body(32 << 20, 'x');
    const auto answer = co_await client.fetch({.method = "POST", .target = "/", .body = body}, 100);
    EXPECT_TRUE(answer.has_value());
    if (answer) EXPECT_EQ(answer->head.status, 413U);
  }(*this));
}

// Accepts one connection after the other; the first answers one request and
// then closes when the second comes, as a server whose patience ends does.
TEST_F(HttpClients, AStaleConnectionIsReplacedOnlyForRepeatableRequests) {
  for (const bool repeatable : {true, false}) {
    run([](HttpClients& t, bool repeat) -> Task<void> {
      auto listener = *listen_on(t.runtime, *parse_listen("127.0.0.1:0"));
      t.runtime.spawn([](Listener& l) -> Task<void> {
        static constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        auto first = co_await l.accept();
        (void)co_await read_until(*first, "\r\n\r\n");
        co_await write(*first, kAnswer);
        (void)co_await read_until(*first, "\r\n\r\n");
        first->close();
        auto second = co_await l.accept();
        if (!second) co_return;
        (void)co_await read_until(*second, "\r\n\r\n");
        co_await write(*second, kAnswer);
      }(*listener));
      Address address;
      address.host = "127.0.0.1";
      address.port = listener->port();
      HttpClient client(t.runtime, address);
      EXPECT_TRUE((co_await client.fetch({}, 10)).has_value());
      const auto again = co_await client.fetch({.method = "GET", .target = "/", .body = {}, .repeatable = repeat}, 10);
      EXPECT_EQ(again.has_value(), repeat);
      if (!again) EXPECT_EQ(again.error().code, Literal("http_truncated"));
      listener->close();
      co_await t.runtime.sleep(milliseconds(1));
    }(*this, repeatable));
  }
}

// So many answers before the answer.
std::string interim(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += "HTTP/1.1 103 Early Hints\r\n\r\n";
  return out;
}

TEST_F(HttpClients, RefusesAnswersThatCannotBeDelimitedOrDoNotBegin) {
  const std::string answers[] = {
      "HTTP/1.1 200 OK\r\n\r\nuntil the end",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
      "HTTP/1.1 101 Switching Protocols\r\n\r\n",
      "ICY 200 OK\r\n\r\n",
      interim(9) + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
  };
  run([](HttpClients& t, std::span<const std::string> all) -> Task<void> {
    auto listener = *listen_on(t.runtime, *parse_listen("127.0.0.1:0"));
    for (const std::string& answer : all) {
      t.runtime.spawn([](Listener& l, std::string_view text) -> Task<void> {
        auto stream = co_await l.accept();
        (void)co_await read_until(*stream, "\r\n\r\n");
        co_await write(*stream, text);
      }(*listener, answer));
      Address address;
      address.host = "127.0.0.1";
      address.port = listener->port();
      HttpClient client(t.runtime, address);
      const auto got = co_await client.fetch({}, 1000);
      EXPECT_FALSE(got.has_value()) << answer;
      if (!got) EXPECT_EQ(got.error().code, Literal("http_invalid")) << answer;
    }
    listener->close();
  }(*this, answers));
}

TEST_F(HttpClients, FetchRefusesMoreThanItWasAllowed) {
  run([](HttpClients& t) -> Task<void> {
    auto server = t.serve(hello);
    HttpClient client(t.runtime, at(*server));
    EXPECT_EQ((co_await client.fetch({}, 4)).error().code, Literal("http_too_large"));
    EXPECT_TRUE((co_await client.fetch({}, 5)).has_value());
  }(*this));
}

TEST_F(HttpClients, GiveUpOnAnAnswerThatDoesNotCome) {
  run([](HttpClients& t) -> Task<void> {
    auto server = t.serve([&](Exchange& exchange) -> Task<void> {
      Event gone(t.runtime);
      exchange.on_gone([&] { gone.notify_all(); });
      if (exchange.head().target == "/stalls") {
        (void)co_await exchange.write_head(200, {}, std::nullopt);
        (void)co_await exchange.write_body(as_bytes("part"));
      }
      while (!exchange.client_gone()) co_await gone.wait();
    });
    HttpClient client(t.runtime, at(*server), {.response_head = milliseconds(20), .progress = milliseconds(20)});
    for (const char* target : {"/silent", "/stalls"}) {
      const auto answer = co_await client.fetch({.method = "GET", .target = target}, 100);
      EXPECT_FALSE(answer.has_value());
      if (!answer) EXPECT_EQ(answer.error().code, Literal("http_timeout")) << target;
    }
    co_await server->drain(milliseconds(1000));
  }(*this));
}

TEST_F(HttpClients, DoNotSendWhatTheyWouldNotAccept) {
  run([](HttpClients& t) -> Task<void> {
    auto server = t.serve(echo);
    HttpClient client(t.runtime, at(*server));
    Headers split;
    split.add("X", "a\r\nY: b");
    EXPECT_FALSE(co_await client.fetch({.method = "GET", .target = "/", .headers = split}, 100));
    for (const char* target : {"", "x", "/ HTTP/1.1\r\nX: y", "/a b"}) {
      const auto answer = co_await client.fetch({.method = "GET", .target = target}, 100);
      EXPECT_FALSE(answer.has_value()) << target;
      if (!answer) EXPECT_EQ(answer.error().code, Literal("http_invalid"));
    }
  }(*this));
}

}  // namespace
}  // namespace aipg::net
