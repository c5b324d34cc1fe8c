// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <fstream>

#include "net/loopback_test.h"
#include "net/test_certificate.h"
#include "net/tls.h"

namespace aipg::net {
namespace {

using testing::HasSubstr;

class Tls : public Loopback {
 public:
  Tls() { authority.write_certificate(ca()); }
  [[nodiscard]] std::string ca() const { return folder.file("ca.pem"); }
  [[nodiscard]] TlsFiles issue(const std::string& names, long seconds = 3600) const {
    return authority.issue(folder.file("server"), names, seconds);
  }
  HttpClient client(const HttpServer& server, const std::string& host, const std::string& ca_file) {
    Address address = at(server, true);
    address.host = host;
    return HttpClient(runtime, address, {.ca_file = ca_file});
  }
  // What a client that wants `host` gets from a server with a certificate for `names`.
  Task<std::string> attempt(std::string host, TlsFiles files, std::string ca_file) {
    auto server =
        serve([](Exchange& e) -> Task<void> { (void)co_await e.respond(200, "text/plain", "hello"); }, {}, files);
    HttpClient asking = client(*server, host, ca_file);
    const auto answer = co_await asking.fetch({}, 100);
    co_return answer ? to_text(answer->body) : std::string(answer.error().code.view()) + ": " + asking.last_failure();
  }
  std::string result(const std::string& host, const TlsFiles& files, const std::string& ca_file) {
    std::string out;
    run([](Tls& t, std::string h, TlsFiles f, std::string c, std::string& o) -> Task<void> {
      o = co_await t.attempt(std::move(h), std::move(f), std::move(c));
    }(*this, host, files, ca_file, out));
    return out;
  }

  TemporaryFolder folder;
  TestAuthority authority;
};

TEST_F(Tls, ServesAClientThatTrustsItsAuthority) {
  const TlsFiles files = issue("DNS:localhost,IP:127.0.0.1");
  EXPECT_EQ(result("localhost", files, ca()), "hello");
  EXPECT_EQ(result("127.0.0.1", files, ca()), "hello");
}

TEST_F(Tls, RefusesACertificateForAnotherName) {
  EXPECT_THAT(result("localhost", issue("DNS:other.example"), ca()), HasSubstr("http_tls: certificate: "));
  EXPECT_THAT(result("127.0.0.1", issue("DNS:localhost,IP:127.0.0.2"), ca()), HasSubstr("http_tls: certificate: "));
  // A common name is no name.
  EXPECT_THAT(result("localhost", issue("email:test@localhost"), ca()), HasSubstr("http_tls"));
}

TEST_F(Tls, RefusesACertificateOfAnotherAuthority) {
  const TestAuthority other;
  other.write_certificate(folder.file("other.pem"));
  EXPECT_THAT(result("localhost", issue("DNS:localhost"), folder.file("other.pem")),
              HasSubstr("http_tls: certificate: "));
  // Nor is ours in the system's store.
  EXPECT_THAT(result("localhost", issue("DNS:localhost"), ""), HasSubstr("http_tls: "));
}

TEST_F(Tls, RefusesAnExpiredCertificate) {
  EXPECT_THAT(result("localhost", issue("DNS:localhost", -60), ca()), HasSubstr("expired"));
}

TEST_F(Tls, FilesThatCannotBeUsedAreAnErrorAtOnce) {
  const TlsFiles files = issue("DNS:localhost");
  const auto address = *parse_listen("127.0.0.1:0");
  const auto listen = [&](const TlsFiles& f) {
    const auto server = HttpServer::listen(runtime, address, f, {}, [](Exchange&) -> Task<void> { co_return; });
    return server ? std::string_view("listens") : server.error().code.view();
  };
  EXPECT_EQ(listen({files.certificate_chain, folder.file("absent")}), "tls_files");
  EXPECT_EQ(listen({files.private_key, files.private_key}), "tls_files");
  const TlsFiles other = authority.issue(folder.file("other"), "DNS:localhost");
  EXPECT_EQ(listen({files.certificate_chain, other.private_key}), "tls_files");
  EXPECT_EQ(TlsContext::client(folder.file("absent")).error().code, Literal("tls_files"));
}

TEST_F(Tls, EchoesLargeBodiesByteExactAndKeepsTheConnection) {
  run([](Tls& t) -> Task<void> {
    std::vector<const Exchange*> seen;
    auto server = t.serve(
        [&](Exchange& e) -> Task<void> {
          seen.push_back(&e);
          (void)co_await e.write_head(200, {}, std::nullopt);
          for (;;) {
            const auto piece = co_await e.read_body();
            if (!piece) co_return;
            if (piece->empty()) break;
            if (!co_await e.write_body(*piece)) co_return;
          }
          (void)co_await e.finish();
        },
        {}, t.issue("DNS:localhost"));
    HttpClient client = t.client(*server, "localhost", t.ca());
    for (const std::size_t size : {1UL, 16385UL, 3'000'001UL}) {
      const Bytes body = pattern(size);
      const auto answer = co_await client.fetch({.method = "POST", .target = "/", .body = body}, size);
      EXPECT_TRUE(answer.has_value());
      if (answer) EXPECT_TRUE(answer->body == body);
    }
    EXPECT_THAT(seen, testing::SizeIs(3));
    EXPECT_THAT(seen, testing::Each(seen[0])) << "one connection is one Exchange";
  }(*this));
}

TEST_F(Tls, TheEndOfAConnectionIsAuthentic) {
  run([](Tls& t) -> Task<void> {
    auto server = t.serve([](Exchange& e) -> Task<void> { (void)co_await e.respond(200, "text/plain", "hello"); }, {},
                          t.issue("DNS:localhost"));
    auto stream = TlsStream::client(t.runtime, co_await t.raw(*server), *TlsContext::client(t.ca()), "localhost");
    std::string why;
    EXPECT_TRUE(co_await stream->shake_hands(why)) << why;
    co_await write(*stream, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(co_await read_until(*stream, "hello"), testing::EndsWith("hello"));
    ByteArray<1> byte;
    EXPECT_EQ((co_await stream->read_some(byte)).outcome, Stream::Outcome::end);
    stream->close();
    co_await server->drain(milliseconds(5000));
  }(*this));
}

TEST_F(Tls, ANoticeOfTheClientsEndReachesTheHandler) {
  run([](Tls& t) -> Task<void> {
    Event changed(t.runtime);
    bool gone = false;
    auto server = t.serve(
        [&](Exchange& e) -> Task<void> {
          e.on_gone([&] {
            gone = true;
            changed.notify_all();
          });
          (void)co_await e.write_head(200, {}, std::nullopt);
          while (!gone) co_await changed.wait();
        },
        {}, t.issue("DNS:localhost"));
    {
      HttpClient client = t.client(*server, "localhost", t.ca());
      const auto response = co_await client.send({});
      EXPECT_TRUE(response.has_value());
    }
    while (!gone) co_await changed.wait();
  }(*this));
}

TEST_F(Tls, APlainClientOnATlsPortIsLetGo) {
  run([](Tls& t) -> Task<void> {
    auto server = t.serve([](Exchange&) -> Task<void> { co_return; }, {}, t.issue("DNS:localhost"));
    auto stream = co_await t.raw(*server);
    co_await write(*stream, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_FALSE((co_await read_to_end(*stream)).contains("HTTP/1.1"));
    auto silent = co_await t.raw(*server);
    co_await server->drain(milliseconds(0));
    EXPECT_EQ(co_await read_to_end(*silent), "");
  }(*this));
}

}  // namespace
}  // namespace aipg::net
