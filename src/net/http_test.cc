// SPDX-License-Identifier: Apache-2.0
// Client and server against each other, over real sockets.
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>
#include <unordered_map>

#include "net/loopback_test.h"

namespace aipg::net {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

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

using Http = Loopback;

TEST_F(Http, EchoesBodiesOfOddSizesByteExact) {
  run([](Http& t) -> Task<void> {
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

TEST_F(Http, KeepsTheConnectionForTheNextRequest) {
  int connections = 0;
  run([](Http& t, int& n) -> Task<void> {
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

TEST_F(Http, StreamsAChunkedAnswerPieceByPiece) {
  run([](Http& t) -> Task<void> {
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

TEST_F(Http, AnswersPipelinedRequestsInOrder) {
  run([](Http& t) -> Task<void> {
    auto server = t.serve(echo);
    auto stream = co_await t.raw(*server);
    co_await write(*stream,
                   "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
                   "POST /2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"
                   "GET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const std::string all = co_await read_to_end(*stream);
    EXPECT_EQ(all,
              "HTTP/1.1 200 OK\r\nX-Target: /1\r\nContent-Length: 3\r\n\r\none"
              "HTTP/1.1 200 OK\r\nX-Target: /2\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"
              "HTTP/1.1 200 OK\r\nX-Target: /3\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n");
  }(*this));
}

TEST_F(Http, TellsAClientThatWaitsToContinue) {
  run([](Http& t) -> Task<void> {
    auto server = t.serve(echo);
    // The head is written first by echo(); this one reads first.
    auto reader = t.serve([](Exchange& exchange) -> Task<void> {
      const auto piece = co_await exchange.read_body();
      (void)co_await exchange.respond(200, "text/plain", piece ? as_text(*piece) : "failed");
    });
    auto stream = co_await t.raw(*reader);
    co_await write(*stream, "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(co_await read_until(*stream, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    co_await write(*stream, "abc");
    EXPECT_THAT(co_await read_until(*stream, "abc"), StartsWith("HTTP/1.1 200 OK\r\n"));
  }(*this));
}

TEST_F(Http, RefusesHeadsWithTheStatusTheyDeserve) {
  struct Case {
    std::string request;
    unsigned status;
  };
  const Case cases[] = {
      {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\nHost: x\n\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
      {"GET / HTTP/1.0\r\nHost: x\r\n\r\n", 505},
      {"GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n", 417},
      {"GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(kMaxHeadBytes, 'a') + "\r\n\r\n", 431},
  };
  run([](Http& t, std::span<const Case> all) -> Task<void> {
    auto server = t.serve([](Exchange&) -> Task<void> {
      ADD_FAILURE() << "the handler ran";
      co_return;
    });
    for (const Case& c : all) {
      auto stream = co_await t.raw(*server);
      co_await write(*stream, c.request);
      const std::string answer = co_await read_to_end(*stream);
      EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + std::to_string(c.status) + " ")) << c.request.substr(0, 80);
      EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
      EXPECT_THAT(answer, HasSubstr(R"("code":"malformed_request")"));
    }
  }(*this, cases));
}

TEST_F(Http, AHeadThatTakesTooLongIsAnsweredWith408) {
  run([](Http& t) -> Task<void> {
    auto server = t.serve(hello, {.head = milliseconds(30)});
    auto stream = co_await t.raw(*server);
    co_await write(*stream, "GET / HT");
    EXPECT_THAT(co_await read_to_end(*stream), StartsWith("HTTP/1.1 408 "));
  }(*this));
}

TEST_F(Http, AnIdleConnectionIsClosedWithoutAWord) {
  run([](Http& t) -> Task<void> {
    auto server = t.serve(hello, {.idle = milliseconds(30)});
    auto stream = co_await t.raw(*server);
    EXPECT_EQ(co_await read_to_end(*stream), "");
  }(*this));
}

TEST_F(Http, RefusesABodyThatIsTooLargeMalformedOrStalls) {
  const std::string requests[] = {
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + std::string(101, 'a') +
          "\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;ext=1\r\na\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nTrailer: 1\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
  };
  run([](Http& t, std::span<const std::string> all) -> Task<void> {
    auto server = t.serve(
        [](Exchange& exchange) -> Task<void> {
          for (;;) {
            const auto piece = co_await exchange.read_body();
            if (!piece) EXPECT_EQ(piece.error().code, Literal("http_body"));
            if (!piece) co_return;
            EXPECT_FALSE(piece->empty()) << "the body came to a proper end";
            if (piece->empty()) co_return;
          }
        },
        {.body_progress = milliseconds(30), .max_body_bytes = 100});
    for (const std::string& request : all) {
      auto stream = co_await t.raw(*server);
      co_await write(*stream, request);
      EXPECT_THAT(co_await read_to_end(*stream), StartsWith("HTTP/1.1 400 ")) << request.substr(0, 90);
    }
  }(*this, requests));
}

TEST_F(Http, AServerThatStopsReadingHoldsItsClientBack) {
  run([](Http& t) -> Task<void> {
    static constexpr std::size_t kBody = 64 << 20;
    Event go(t.runtime);
    bool released = false;
    auto server = t.serve(
        [&](Exchange& exchange) -> Task<void> {
          while (!released) co_await go.wait();
          std::size_t total = 0;
          for (;;) {
            const auto piece = co_await exchange.read_body();
            if (!piece || piece->empty()) break;
            total += piece->size();
          }
          (void)co_await exchange.respond(200, "text/plain", std::to_string(total));
        },
        {.max_body_bytes = kBody});
    auto stream = co_await t.raw(*server);
    co_await write(*stream, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(kBody) + "\r\n\r\n");
    // What the two sockets hold is far less than the body: the write cannot end yet.
    const Bytes body(kBody, 'x');
    bool written = false;
    stream->start_write({body}, [&](Stream::Transfer transfer) {
      EXPECT_TRUE(released);
      EXPECT_EQ(transfer.bytes, kBody);
      written = true;
    });
    co_await t.runtime.sleep(milliseconds(20));
    EXPECT_FALSE(written);
    released = true;
    go.notify_all();
    EXPECT_THAT(co_await read_until(*stream, std::to_string(kBody)), StartsWith("HTTP/1.1 200 OK"));
    EXPECT_TRUE(written);
    stream->detach();
  }(*this));
}

TEST_F(Http, AHandlerThatWaitsLearnsThatItsClientHasGone) {
  run([](Http& t) -> Task<void> {
    Event changed(t.runtime);
    bool waiting = false;
    bool noticed = false;
    auto server = t.serve([&](Exchange& exchange) -> Task<void> {
      exchange.on_gone([&] {
        noticed = true;
        changed.notify_all();
      });
      waiting = true;
      changed.notify_all();
      while (!noticed) co_await changed.wait();
      EXPECT_TRUE(exchange.client_gone());
      EXPECT_FALSE(co_await exchange.write_head(200, {}, 0));
    });
    auto stream = co_await t.raw(*server);
    co_await write(*stream, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    while (!waiting) co_await changed.wait();
    stream->close();
    while (!noticed) co_await changed.wait();
    co_await server->drain(milliseconds(1000));
  }(*this));
}

TEST_F(Http, BytesThatComeEarlyAreKeptWhileTheHandlerWorks) {
  run([](Http& t) -> Task<void> {
    Event changed(t.runtime);
    int requests = 0;
    auto server = t.serve([&](Exchange& exchange) -> Task<void> {
      ++requests;
      changed.notify_all();
      co_await t.runtime.sleep(milliseconds(5));
      EXPECT_FALSE(exchange.client_gone());
      co_await hello(exchange);
    });
    auto stream = co_await t.raw(*server);
    co_await write(*stream, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    while (requests == 0) co_await changed.wait();
    co_await write(*stream, "GET /2 HTTP/1.1\r\nHo");
    while (requests == 1) {
      co_await write(*stream, "st: x\r\nConnection: close\r\n\r\n");
      co_await changed.wait();
    }
    const std::string all = co_await read_to_end(*stream);
    EXPECT_THAT(all, HasSubstr("hello"));
    EXPECT_THAT(all, HasSubstr("Connection: close"));
  }(*this));
}

TEST_F(Http, AnAbortedAnswerIsSeenAsTruncated) {
  run([](Http& t) -> Task<void> {
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

TEST_F(Http, AnAnswerOfAnotherLengthThanAnnouncedIsAborted) {
  run([](Http& t) -> Task<void> {
    auto server = t.serve([](Exchange& exchange) -> Task<void> {
      (void)co_await exchange.write_head(200, {}, 3);
      const bool longer = exchange.head().target == "/longer";
      (void)co_await exchange.write_body(as_bytes(longer ? "four" : "it"));
      (void)co_await exchange.finish();
    });
    HttpClient client(t.runtime, at(*server));
    for (const char* target : {"/longer", "/shorter"}) {
      const auto answer = co_await client.fetch({.method = "GET", .target = target}, 1000);
      EXPECT_FALSE(answer.has_value()) << target;
      if (!answer) EXPECT_EQ(answer.error().code, Literal("http_truncated"));
    }
  }(*this));
}

TEST_F(Http, AHeaderThatWouldSplitTheAnswerIsNotWritten) {
  run([](Http& t) -> Task<void> {
    auto server = t.serve([](Exchange& exchange) -> Task<void> {
      Headers headers;
      headers.add("X", "a\r\nSet-Cookie: b");
      EXPECT_FALSE(co_await exchange.respond(200, "text/plain", "hello", headers));
    });
    auto stream = co_await t.raw(*server);
    co_await write(*stream, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(co_await read_to_end(*stream), "");
  }(*this));
}

TEST_F(Http, AHandlerThatWritesNothingIsAnsweredForWith500) {
  run([](Http& t) -> Task<void> {
    auto server = t.serve([](Exchange&) -> Task<void> { co_return; });
    HttpClient client(t.runtime, at(*server));
    const auto answer = co_await client.fetch({}, 1000);
    EXPECT_TRUE(answer.has_value());
    if (answer) EXPECT_EQ(answer->head.status, 500U);
  }(*this));
}

TEST_F(Http, HeadAndNoContentHaveNoBody) {
  run([](Http& t) -> Task<void> {
    auto server = t.serve([](Exchange& exchange) -> Task<void> {
      if (exchange.head().method == "HEAD") co_return co_await hello(exchange);
      (void)co_await exchange.write_head(204, {}, std::nullopt);
      (void)co_await exchange.finish();
    });
    HttpClient client(t.runtime, at(*server));
    for (const char* method : {"HEAD", "DELETE", "HEAD"}) {
      const auto answer = co_await client.fetch({.method = method}, 1000);
      EXPECT_TRUE(answer.has_value());
      if (answer) EXPECT_TRUE(answer->body.empty());
    }
  }(*this));
}

TEST_F(Http, DrainClosesIdleConnectionsAndAwaitsRunningHandlers) {
  run([](Http& t) -> Task<void> {
    Event changed(t.runtime);
    bool running = false;
    bool may_end = false;
    auto server = t.serve([&](Exchange& exchange) -> Task<void> {
      running = true;
      changed.notify_all();
      while (!may_end) co_await changed.wait();
      co_await hello(exchange);
    });
    auto idle = co_await t.raw(*server);
    auto busy = co_await t.raw(*server);
    co_await write(*busy, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    while (!running) co_await changed.wait();

    bool drained = false;
    t.runtime.spawn([](HttpServer& s, bool& done, Event& e) -> Task<void> {
      co_await s.drain(milliseconds(10'000));
      done = true;
      e.notify_all();
    }(*server, drained, changed));
    EXPECT_EQ(co_await read_to_end(*idle), "");
    EXPECT_FALSE(drained);
    may_end = true;
    changed.notify_all();
    const std::string answer = co_await read_to_end(*busy);
    EXPECT_THAT(answer, HasSubstr("Connection: close"));
    EXPECT_THAT(answer, HasSubstr("hello"));
    busy->close();
    while (!drained) co_await changed.wait();
    HttpClient late(t.runtime, at(*server));
    EXPECT_EQ((co_await late.fetch({}, 100)).error().code, Literal("http_connect"));
    EXPECT_EQ(late.last_failure(), "Connection refused");
  }(*this));
}

TEST_F(Http, DrainClosesHandlersThatOutlastItsGrace) {
  run([](Http& t) -> Task<void> {
    Event changed(t.runtime);
    bool running = false;
    bool told = false;
    auto server = t.serve([&](Exchange& exchange) -> Task<void> {
      exchange.on_gone([&] {
        told = true;
        changed.notify_all();
      });
      running = true;
      changed.notify_all();
      while (!told) co_await changed.wait();
    });
    HttpClient client(t.runtime, at(*server));
    bool ended = false;
    t.runtime.spawn([](HttpClient& c, bool& done, Event& e) -> Task<void> {
      EXPECT_EQ((co_await c.fetch({}, 100)).error().code, Literal("http_truncated"));
      done = true;
      e.notify_all();
    }(client, ended, changed));
    while (!running) co_await changed.wait();
    co_await server->drain(milliseconds(10));
    EXPECT_TRUE(told);
    while (!ended) co_await changed.wait();
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

TEST_F(Http, SpeaksOverUnixSockets) {
  TemporaryFolder folder;
  run([](Http& t, std::string path) -> Task<void> {
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

TEST_F(Http, DoesNotReplaceAFileThatIsNoSocket) {
  TemporaryFolder folder;
  const std::string path = folder.file("precious");
  std::ofstream(path) << "data";
  const auto server = HttpServer::listen(runtime, *parse_url("unix:" + path), {}, {}, echo);
  ASSERT_FALSE(server.has_value());
  EXPECT_EQ(server.error().code, Literal("listen_failed"));
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(Http, CancelEndsAReadInProgress) {
  run([](Http& t) -> Task<void> {
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

TEST_F(Http, CancelAllEndsRequestsBeforeTheirAnswer) {
  run([](Http& t) -> Task<void> {
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

TEST_F(Http, AResponseOutlivesItsClient) {
  run([](Http& t) -> Task<void> {
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

TEST_F(Http, AnEarlyAnswerIsReadThoughTheBodyWasNotTaken) {
  run([](Http& t) -> Task<void> {
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
TEST_F(Http, AStaleConnectionIsReplacedOnlyForRepeatableRequests) {
  for (const bool repeatable : {true, false}) {
    run([](Http& t, bool repeat) -> Task<void> {
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

TEST_F(Http, RefusesAnswersThatCannotBeDelimited) {
  const std::string answers[] = {
      "HTTP/1.1 200 OK\r\n\r\nuntil the end",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
      "HTTP/1.1 101 Switching Protocols\r\n\r\n",
      "ICY 200 OK\r\n\r\n",
  };
  run([](Http& t, std::span<const std::string> all) -> Task<void> {
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

TEST_F(Http, FetchRefusesMoreThanItWasAllowed) {
  run([](Http& t) -> Task<void> {
    auto server = t.serve(hello);
    HttpClient client(t.runtime, at(*server));
    EXPECT_EQ((co_await client.fetch({}, 4)).error().code, Literal("http_too_large"));
    EXPECT_TRUE((co_await client.fetch({}, 5)).has_value());
  }(*this));
}

}  // namespace
}  // namespace aipg::net
