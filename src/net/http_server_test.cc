// SPDX-License-Identifier: Apache-2.0
// The server, against our client and against raw bytes.
#include <gmock/gmock.h>

#include <fstream>

#include "net/loopback_test.h"
#include "net/patience.h"

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

using HttpServers = Loopback;

TEST_F(HttpServers, AnswersPipelinedRequestsInOrder) {
  run([](HttpServers& t) -> Task<void> {
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

TEST_F(HttpServers, AFloodOfRequestsLeavesOthersTheirTurn) {
  static constexpr std::size_t kFlood = 2'000;
  static constexpr std::string_view kLast = "the last of them";
  run([](HttpServers& t) -> Task<void> {
    std::size_t requests = 0, requests_at_others_turn = 0;
    auto server = t.serve([&](Exchange& exchange) -> Task<void> {
      if (++requests == 1) t.runtime.post([&] { requests_at_others_turn = requests; });
      (void)co_await exchange.respond(200, "text/plain", requests < kFlood ? "." : kLast);
    });
    auto stream = co_await t.raw(*server);
    std::string all;
    for (std::size_t i = 0; i < kFlood; ++i) all += "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    co_await write(*stream, all);
    EXPECT_THAT(co_await read_until(*stream, kLast), HasSubstr(kLast));
    EXPECT_EQ(requests, kFlood);
    EXPECT_LT(requests_at_others_turn, kFlood / 10);
  }(*this));
}

TEST_F(HttpServers, TellsAClientThatWaitsToContinue) {
  run([](HttpServers& t) -> Task<void> {
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

TEST_F(HttpServers, RefusesHeadsWithTheStatusTheyDeserve) {
  struct Case {
    std::string request;
    unsigned status;
  };
  const Case cases[] = {
      {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\nHost: x\n\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"GET / HTTP/1.0\r\nHost: x\r\n\r\n", 505},
      {"GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n", 417},
      {"GET /" + std::string(kMaxHeadBytes, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414},
      {"POST / HTTP/1.1\r\nHost: x\r\n\r\n", 411},
      {"GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(kMaxHeadBytes, 'a') + "\r\n\r\n", 431},
  };
  run([](HttpServers& t, std::span<const Case> all) -> Task<void> {
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

TEST_F(HttpServers, AHeadThatTakesTooLongIsAnsweredWith408) {
  run([](HttpServers& t) -> Task<void> {
    auto server = t.serve(hello, {.head = milliseconds(30)});
    auto stream = co_await t.raw(*server);
    co_await write(*stream, "GET / HT");
    EXPECT_THAT(co_await read_to_end(*stream), StartsWith("HTTP/1.1 408 "));
  }(*this));
}

TEST_F(HttpServers, AnIdleConnectionIsClosedWithoutAWord) {
  run([](HttpServers& t) -> Task<void> {
    auto server = t.serve(hello, {.idle = milliseconds(30)});
    auto stream = co_await t.raw(*server);
    EXPECT_EQ(co_await read_to_end(*stream), "");
  }(*this));
}

TEST_F(HttpServers, RefusesABodyThatIsTooLargeMalformedOrStalls) {
  const std::string requests[] = {
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + std::string(101, 'a') +
          "\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;ext=1\r\na\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nTrailer: 1\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
  };
  run([](HttpServers& t, std::span<const std::string> all) -> Task<void> {
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
      const bool stalls = request.ends_with("abc");
      EXPECT_THAT(co_await read_to_end(*stream), StartsWith(stalls ? "HTTP/1.1 408 " : "HTTP/1.1 400 "))
          << request.substr(0, 90);
    }
  }(*this, requests));
}

TEST_F(HttpServers, AServerThatStopsReadingHoldsItsClientBack) {
  run([](HttpServers& t) -> Task<void> {
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

TEST_F(HttpServers, AHandlerThatWaitsLearnsThatItsClientHasGone) {
  run([](HttpServers& t) -> Task<void> {
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

TEST_F(HttpServers, BytesThatComeEarlyAreKeptWhileTheHandlerWorks) {
  run([](HttpServers& t) -> Task<void> {
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

TEST_F(HttpServers, AnAnswerOfAnotherLengthThanAnnouncedIsAborted) {
  run([](HttpServers& t) -> Task<void> {
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

// Sends a byte of the body at a time, each in time, until the server has enough of it: its answer.
Task<std::string> dawdle(HttpServers& t, ServerLimits limits, milliseconds handler_pause) {
  auto server = t.serve(
      [&t, handler_pause](Exchange& exchange) -> Task<void> {
        for (;;) {
          const auto piece = co_await exchange.read_body();
          if (!piece) co_return;
          if (piece->empty()) break;
          co_await t.runtime.sleep(handler_pause);
        }
        (void)co_await exchange.respond(200, "text/plain", "patient");
      },
      limits);
  auto stream = co_await t.raw(*server);
  co_await t.write(*stream, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\n");
  for (int i = 0; i < 40; ++i) {
    co_await t.write(*stream, "x");
    co_await t.runtime.sleep(milliseconds(5));
  }
  std::string answer = co_await t.read_until(*stream, "}");
  stream->close();
  co_return answer.substr(0, 12);
}

TEST_F(HttpServers, ABodyThatComesByteByByteUsesUpItsGrace) {
  run([](HttpServers& t) -> Task<void> {
    EXPECT_EQ(co_await dawdle(t, {.body_grace = milliseconds(50), .body_bytes_a_second = 1 << 30}, milliseconds(0)),
              "HTTP/1.1 408");
  }(*this));
}

TEST_F(HttpServers, TimeInWhichTheHandlerReadsNothingIsNotTheClients) {
  run([](HttpServers& t) -> Task<void> {
    // Every byte is there long before the handler wants it.
    auto server = t.serve(
        [&t](Exchange& exchange) -> Task<void> {
          co_await t.runtime.sleep(milliseconds(100));
          EXPECT_TRUE(co_await exchange.read_body());
          (void)co_await exchange.respond(200, "text/plain", "patient");
        },
        {.body_grace = milliseconds(50), .body_bytes_a_second = 1 << 30});
    auto stream = co_await t.raw(*server);
    co_await write(*stream, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody");
    EXPECT_THAT(co_await read_until(*stream, "patient"), testing::StartsWith("HTTP/1.1 200"));
    stream->close();
  }(*this));
}

TEST_F(HttpServers, AClientThatTakesItsAnswerTooSlowlyIsCutOff) {
  run([](HttpServers& t) -> Task<void> {
    Event changed(t.runtime);
    bool gone = false;
    auto server = t.serve(
        [&](Exchange& exchange) -> Task<void> {
          const Bytes much(64 << 20, 'x');
          gone = !co_await exchange.respond(200, "text/plain", as_text(much));
          changed.notify_all();
        },
        {.body_progress = milliseconds(10'000), .body_grace = milliseconds(50), .body_bytes_a_second = 1 << 30});
    auto stream = co_await t.raw(*server);
    co_await write(*stream, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    // A little now and then, so that there is always some progress.
    while (!gone) {
      Bytes some(200'000);
      const auto read = co_await stream->read_some(some);
      if (read.outcome != Stream::Outcome::done) break;
      co_await t.runtime.sleep(milliseconds(2));
    }
    while (!gone) co_await changed.wait();
    stream->close();
  }(*this));
}

TEST(Patience, EachWaitHasALimitAndAllOfThemABudgetThatGrowsWithWhatComes) {
  const Patience::Limits limits{.each = milliseconds(100), .grace = milliseconds(250), .bytes_a_second = 1000};
  Patience::TimePoint now{};
  Patience patience;
  EXPECT_EQ(patience.wait(now, limits), now + milliseconds(100));
  EXPECT_EQ(patience.wait(now + milliseconds(50), limits), now + milliseconds(100)) << "one wait, asked for twice";
  now += milliseconds(100);
  patience.moved(now, 10);
  now += milliseconds(10'000);  // nothing is expected
  EXPECT_EQ(patience.wait(now, limits), now + milliseconds(100));
  now += milliseconds(100);
  patience.rest(now);
  EXPECT_EQ(patience.wait(now, limits), now + milliseconds(60)) << "250 ms, and 10 for the bytes, less 200";
  patience.moved(now, 1'000'000);
  EXPECT_EQ(patience.wait(now, limits), now + milliseconds(100));
}

TEST_F(HttpServers, TheFirstPieceMayGoWithTheHeadAndTheLastWithTheEnd) {
  run([](HttpServers& t) -> Task<void> {
    auto server = t.serve([](Exchange& exchange) -> Task<void> {
      const bool counted = exchange.head().target == "/counted";
      const auto size = counted ? std::optional<std::uint64_t>(8) : std::nullopt;
      EXPECT_TRUE(co_await exchange.write_head(200, {}, size, as_bytes("one")));
      EXPECT_TRUE(co_await exchange.write_body(as_bytes("two")));
      EXPECT_TRUE(co_await exchange.finish(as_bytes("!!")));
    });
    const std::string end = "Connection: close\r\n\r\n";
    for (const auto& [target, expected] : {std::pair("/counted", "Content-Length: 8\r\n" + end + "onetwo!!"),
                                           std::pair("/chunked", "Transfer-Encoding: chunked\r\n" + end +
                                                                     "3\r\none\r\n3\r\ntwo\r\n2\r\n!!\r\n0\r\n\r\n")}) {
      auto stream = co_await t.raw(*server);
      co_await write(*stream, std::string("GET ") + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      EXPECT_EQ(co_await read_to_end(*stream), "HTTP/1.1 200 OK\r\n" + expected);
    }
  }(*this));
}

TEST_F(HttpServers, APieceThatGoesWithHeadOrEndIsCountedToo) {
  run([](HttpServers& t) -> Task<void> {
    auto server = t.serve([](Exchange& exchange) -> Task<void> {
      const std::string& target = exchange.head().target;
      const bool written =
          (co_await exchange.write_head(200, {}, 3, as_bytes(target == "/head" ? "four" : "it"))).has_value();
      EXPECT_EQ(written, target != "/head");
      EXPECT_FALSE(co_await exchange.finish(as_bytes(target == "/longer" ? "is" : "")));
    });
    HttpClient client(t.runtime, at(*server));
    for (const char* target : {"/head", "/longer", "/shorter"}) {
      const auto answer = co_await client.fetch({.method = "GET", .target = target}, 1000);
      EXPECT_FALSE(answer.has_value()) << target;
    }
  }(*this));
}

TEST_F(HttpServers, AHeaderThatWouldSplitTheAnswerIsNotWritten) {
  run([](HttpServers& t) -> Task<void> {
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

TEST_F(HttpServers, AHandlerThatWritesNothingIsAnsweredForWith500) {
  run([](HttpServers& t) -> Task<void> {
    auto server = t.serve([](Exchange&) -> Task<void> { co_return; });
    HttpClient client(t.runtime, at(*server));
    const auto answer = co_await client.fetch({}, 1000);
    EXPECT_TRUE(answer.has_value());
    if (answer) EXPECT_EQ(answer->head.status, 500U);
  }(*this));
}

TEST_F(HttpServers, HeadAndNoContentHaveNoBody) {
  run([](HttpServers& t) -> Task<void> {
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

TEST_F(HttpServers, DrainClosesIdleConnectionsAndAwaitsRunningHandlers) {
  run([](HttpServers& t) -> Task<void> {
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

TEST_F(HttpServers, DrainClosesHandlersThatOutlastItsGrace) {
  run([](HttpServers& t) -> Task<void> {
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

TEST_F(HttpServers, DoesNotReplaceAFileThatIsNoSocket) {
  TemporaryFolder folder;
  const std::string path = folder.file("precious");
  std::ofstream(path) << "data";
  const auto server = HttpServer::listen(runtime, *parse_url("unix:" + path), {}, {}, echo);
  ASSERT_FALSE(server.has_value());
  EXPECT_EQ(server.error().code, Literal("listen_failed"));
  EXPECT_TRUE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace aipg::net
