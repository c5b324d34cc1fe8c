// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "net/http.h"

namespace aipg::net {
namespace {

constexpr std::string_view kGood =
    "POST /v1/x?y=%20 HTTP/1.1\r\nHost: example.org:8443\r\nContent-Length: 12\r\nX-Y: a  b\t\r\n\r\n";

TEST(HttpHead, ReadsAPlainRequest) {
  const auto parsed = parse_request_head(std::string(kGood) + "body");
  ASSERT_TRUE(parsed.has_value()) << parsed.error().code.view();
  EXPECT_EQ(parsed->consumed, kGood.size());
  const RequestHead& head = parsed->head;
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.target, "/v1/x?y=%20");
  EXPECT_EQ(head.content_length, 12U);
  EXPECT_FALSE(head.chunked);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_EQ(head.headers.find("x-y"), "a  b");
  EXPECT_EQ(head.headers.find("absent"), std::nullopt);
  EXPECT_EQ(head.headers.count("HOST"), 1U);
}

TEST(HttpHead, AsksForMoreUntilTheEmptyLine) {
  for (std::size_t n = 0; n < kGood.size(); ++n) {
    const auto parsed = parse_request_head(kGood.substr(0, n));
    ASSERT_FALSE(parsed.has_value()) << n;
    EXPECT_EQ(parsed.error().code, Literal("http_head_incomplete")) << n;
  }
}

TEST(HttpHead, TakesWhatIsUnusualButClear) {
  for (const std::string_view text : {
           "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
           "GET / HTTP/1.1\r\nhOsT:x\r\n\r\n",
           "GET / HTTP/1.1\r\nHost:\t x \t\r\nEmpty:\r\n\r\n",
           "M-SEARCH /a;b=c,d@e:f!$&'()*+~ HTTP/1.1\r\nHost: a_b.c-d\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: CHUNKED\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999999999\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: \xc3\xa9\r\n\r\n",
       }) {
    const auto parsed = parse_request_head(text);
    EXPECT_TRUE(parsed.has_value()) << text;
  }
}

TEST(HttpHead, TakesConnectionOptionsForTheNextHopAndThoseThatNameNothing) {
  for (const std::string_view fields : {
           "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n",
           "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n",
           "Connection: TE, close\r\nTE: trailers\r\n",
           "Connection: absent, , close\r\n",
           "Connection: a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a\r\n",
       }) {
    EXPECT_TRUE(parse_request_head("GET / HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n").has_value())
        << fields;
  }
}

TEST(HttpHead, ABodyOfNoBytesMayBeAnnounced) {
  for (const std::string_view method : {"POST", "PUT", "PATCH"}) {
    const auto parsed = parse_request_head(std::string(method) + " / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    ASSERT_TRUE(parsed.has_value()) << method;
    EXPECT_EQ(parsed->head.content_length, 0U);
  }
  EXPECT_TRUE(parse_request_head("DELETE / HTTP/1.1\r\nHost: x\r\n\r\n").has_value());
}

TEST(HttpHead, ClosesWhenAnyConnectionFieldSaysSo) {
  const auto keeps = [](std::string_view fields) {
    const auto parsed = parse_request_head("GET / HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n");
    return parsed.has_value() && parsed->head.keep_alive;
  };
  EXPECT_TRUE(keeps("Connection: keep-alive\r\n"));
  EXPECT_TRUE(keeps("Connection: not-close, closes\r\n"));
  EXPECT_FALSE(keeps("Connection: close\r\n"));
  EXPECT_FALSE(keeps("Connection: Upgrade , CLOSE\r\n"));
  EXPECT_FALSE(keeps("Connection: x\r\nConnection: close\r\n"));
}

struct Probe {
  std::string text;
  std::string_view code;
};

std::string with(std::string_view fields) { return "GET / HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n\r\n"; }
std::string line(std::string_view request_line) { return std::string(request_line) + "\r\nHost: x\r\n\r\n"; }
std::string host(std::string_view value) { return "GET / HTTP/1.1\r\nHost:" + std::string(value) + "\r\n\r\n"; }

TEST(HttpHead, RefusesWhatSmugglesAndSaysWhy) {
  using namespace std::string_literals;
  const Probe probes[] = {
      // Two lengths, and lengths that two readers read differently.
      {with("Content-Length: 5\r\nTransfer-Encoding: chunked"), "http_length"},
      {with("Transfer-Encoding: chunked\r\nContent-Length: 5"), "http_length"},
      {with("Content-Length: 5\r\nContent-Length: 5"), "http_length"},
      {with("Content-Length: 5\r\ncontent-length: 6"), "http_length"},
      {with("Content-Length: 5, 5"), "http_length"},
      {with("Content-Length: +5"), "http_length"},
      {with("Content-Length: -5"), "http_length"},
      {with("Content-Length: 0x5"), "http_length"},
      {with("Content-Length: 5 5"), "http_length"},
      {with("Content-Length: 5.0"), "http_length"},
      {with("Content-Length: 1_000"), "http_length"},
      {with("Content-Length: 05"), "http_length"},
      {with("Content-Length: "), "http_length"},
      {with("Content-Length: 18446744073709551616"), "http_length"},
      {with("Content-Length: 18446744073709551621"), "http_length"},
      {with("Content-Length: 9999999999999999999999999"), "http_length"},
      {"POST / HTTP/1.1\r\nHost: x\r\n\r\n", "http_length"},
      {"PUT / HTTP/1.1\r\nHost: x\r\n\r\n", "http_length"},
      {"PATCH / HTTP/1.1\r\nHost: x\r\n\r\n", "http_length"},
      // Codings that are not known, and those under which nobody knows where the body ends.
      {with("Transfer-Encoding: gzip, chunked"), "http_transfer_encoding"},
      {with("Transfer-Encoding: gzip,br ,\tCHUNKED"), "http_transfer_encoding"},
      {with("Transfer-Encoding: gzip"), "http_length"},
      {with("Transfer-Encoding: identity"), "http_length"},
      {with("Transfer-Encoding: chunked, gzip"), "http_length"},
      {with("Transfer-Encoding: chunked, chunked"), "http_length"},
      {with("Transfer-Encoding: chunked, gzip, chunked"), "http_length"},
      {with("Transfer-Encoding: chunked,"), "http_length"},
      {with("Transfer-Encoding: chunked, identity"), "http_length"},
      {with("Transfer-Encoding: chunked;q=1"), "http_length"},
      {with("Transfer-Encoding: xchunked"), "http_length"},
      {with("Transfer-Encoding: \"chunked\""), "http_length"},
      {with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), "http_length"},
      {with("Transfer-Encoding: chunked\r\nTransfer-Encoding: x"), "http_length"},
      {with("Transfer-Encoding:"), "http_length"},
      {with("Transfer-Encoding: \x80"s + "chunked"), "http_length"},
      {with("Transfer-Encoding: \x0b"s + "chunked"), "http_invalid"},
      // Lines.
      {"GET / HTTP/1.1\nHost: x\n\n", "http_invalid"},
      {"GET / HTTP/1.1\r\nHost: x\n\r\n", "http_invalid"},
      {"GET / HTTP/1.1\r\nHost: x\r\n\n", "http_invalid"},
      {"GET / HTTP/1.1\rHost: x\r\n\r\n", "http_invalid"},
      {with("X: a\rContent-Length: 5"), "http_invalid"},
      {with("X: a\r\r"), "http_invalid"},
      {with("X: a\r\n Content-Length: 5"), "http_invalid"},
      {with("X: a\r\n\tb"), "http_invalid"},
      {"GET / HTTP/1.1\r\n Host: x\r\n\r\n", "http_invalid"},
      {"\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", "http_invalid"},
      // Field names and values.
      {with("Transfer-Encoding : chunked"), "http_invalid"},
      {with("Content-Length\t: 5"), "http_invalid"},
      {with("Content-Length"), "http_invalid"},
      {with(": x"), "http_invalid"},
      {with("X Y: a"), "http_invalid"},
      {with("X\x00Y: a"s), "http_invalid"},
      {with("X: a\x00"s + "b"), "http_invalid"},
      {with("X: a\x01"s), "http_invalid"},
      {with("X: a\x7f"s), "http_invalid"},
      {with("X\xc3\xa9: a"), "http_invalid"},
      {with("X(Y): a"), "http_invalid"},
      // The host.
      {"GET / HTTP/1.1\r\n\r\n", "http_host"},
      {with("Host: x"), "http_host"},
      {with("hOST: y"), "http_host"},
      {host(""), "http_host"},
      {host(" a b"), "http_host"},
      {host(" a, b"), "http_host"},
      {host(" user@x"), "http_host"},
      {host(" x/y"), "http_host"},
      {host(" http://x"), "http_host"},
      {host(" x:"), "http_host"},
      {host(" x:8a"), "http_host"},
      {host(" x:123456"), "http_host"},
      {host(" [::1"), "http_host"},
      {host(" [::1]8"), "http_host"},
      {host(" []"), "http_host"},
      // What a proxy would take out, and we would read.
      {with("X: y\r\nConnection: x"), "http_invalid"},
      {with("Connection: close , Host"), "http_invalid"},
      {with("Connection: Content-Length\r\nContent-Length: 5"), "http_invalid"},
      {with("Connection: keep-alive\r\nX: y\r\nConnection: te,X"), "http_invalid"},
      {with("Connection: connection"), "http_invalid"},
      {with("Connection: a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a"), "http_invalid"},
      // The request line.
      {line("GET http://x/ HTTP/1.1"), "http_invalid"},
      {line("CONNECT x:443 HTTP/1.1"), "http_invalid"},
      {line("OPTIONS * HTTP/1.1"), "http_invalid"},
      {line("GET x HTTP/1.1"), "http_invalid"},
      {line("GET  / HTTP/1.1"), "http_invalid"},
      {line("GET /  HTTP/1.1"), "http_invalid"},
      {line("GET /a b HTTP/1.1"), "http_invalid"},
      {line(" GET / HTTP/1.1"), "http_invalid"},
      {line("GET\t/\tHTTP/1.1"), "http_invalid"},
      {line("GET / HTTP/1.1 "), "http_invalid"},
      {line("GET /#f HTTP/1.1"), "http_invalid"},
      {line("GET /% HTTP/1.1"), "http_invalid"},
      {line("GET /%2 HTTP/1.1"), "http_invalid"},
      {line("GET /%zz HTTP/1.1"), "http_invalid"},
      {line("GET /\xc3\xa9 HTTP/1.1"), "http_invalid"},
      {line("GET /\"<> HTTP/1.1"), "http_invalid"},
      {line("G(ET / HTTP/1.1"), "http_invalid"},
      {line("GET / http/1.1"), "http_invalid"},
      {line("GET / HTTP/1.10"), "http_invalid"},
      {line("GET /"), "http_invalid"},
      {line("GET"), "http_invalid"},
      {line(""), "http_invalid"},
      {line("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1"), "http_invalid"},
      {line("GET / HTTP/1.0"), "http_version"},
      {line("GET / HTTP/1.2"), "http_version"},
      {line("GET / HTTP/2.0"), "http_version"},
      {line("GET / HTTP/0.9"), "http_version"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http_version"},
      // A TLS client on a plain port.
      {"\x16\x03\x01\x02\x00\x01\n"s, "http_invalid"},
      // Sizes.
      {with("X: " + std::string(kMaxHeadBytes, 'a')), "http_head_too_large"},
      {"GET /" + std::string(kMaxHeadBytes, 'a'), "http_head_too_large"},
  };
  for (const Probe& probe : probes) {
    const auto parsed = parse_request_head(probe.text);
    ASSERT_FALSE(parsed.has_value()) << testing::PrintToString(probe.text.substr(0, 200));
    EXPECT_EQ(parsed.error().code.view(), probe.code) << testing::PrintToString(probe.text.substr(0, 200));
  }
}

TEST(HttpHead, TakesTheLargestHeadAndNoByteMore) {
  const std::string frame = with("X: ");
  const std::string largest = with("X: " + std::string(kMaxHeadBytes - frame.size(), 'a'));
  ASSERT_EQ(largest.size(), kMaxHeadBytes);
  EXPECT_TRUE(parse_request_head(largest + "more").has_value());
  const auto over = parse_request_head(with("X: " + std::string(kMaxHeadBytes - frame.size() + 1, 'a')));
  ASSERT_FALSE(over.has_value());
  EXPECT_EQ(over.error().code, Literal("http_head_too_large"));
}

TEST(HttpHead, TakesAHundredFieldsAndNoMore) {
  std::string fields;
  for (std::size_t i = 1; i < kMaxHeaders; ++i) fields += "X: " + std::to_string(i) + "\r\n";
  fields.resize(fields.size() - 2);
  EXPECT_TRUE(parse_request_head(with(fields)).has_value());
  const auto over = parse_request_head(with(fields + "\r\nX: more"));
  ASSERT_FALSE(over.has_value());
  EXPECT_EQ(over.error().code, Literal("http_head_too_large"));
}

TEST(HttpHead, WritesStatusesByTheirNamesAsFarAsTheyHaveOne) {
  const auto line = [](unsigned status) {
    std::string out;
    append_status_line(out, status);
    return out;
  };
  EXPECT_EQ(line(200), "HTTP/1.1 200 OK\r\n");
  EXPECT_EQ(line(402), "HTTP/1.1 402 Payment Required\r\n");
  EXPECT_EQ(line(405), "HTTP/1.1 405 Method Not Allowed\r\n");
  EXPECT_EQ(line(599), "HTTP/1.1 599 \r\n");
}

TEST(HttpHead, ReadsResponses) {
  const auto parsed = parse_response_head("HTTP/1.1 200 OK then\r\nContent-Length: 3\r\n\r\nabc");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->head.status, 200U);
  EXPECT_EQ(parsed->head.content_length, 3U);
  EXPECT_TRUE(parsed->head.keep_alive);
  EXPECT_TRUE(parse_response_head("HTTP/1.1 404\r\n\r\n").has_value());
  const auto old = parse_response_head("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n");
  ASSERT_TRUE(old.has_value());
  EXPECT_FALSE(old->head.keep_alive);
}

TEST(HttpHead, RefusesResponsesThatSmuggle) {
  const Probe probes[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n", "http_length"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", "http_length"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "http_length"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "http_transfer_encoding"},
      {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "http_transfer_encoding"},
      {"HTTP/2.0 200 OK\r\n\r\n", "http_version"},
      {"HTTP/1.1 20 OK\r\n\r\n", "http_invalid"},
      {"HTTP/1.1 2000 OK\r\n\r\n", "http_invalid"},
      {"HTTP/1.1 099 OK\r\n\r\n", "http_invalid"},
      {"HTTP/1.1 600 OK\r\n\r\n", "http_invalid"},
      {"HTTP/1.1  200 OK\r\n\r\n", "http_invalid"},
      {"HTTP/1.1 2x0 OK\r\n\r\n", "http_invalid"},
      {"200 OK\r\n\r\n", "http_invalid"},
      {"HTTP/1.1 200 OK\n\n", "http_invalid"},
      {"HTTP/1.1 200 OK\r\nX : y\r\n\r\n", "http_invalid"},
  };
  for (const Probe& probe : probes) {
    const auto parsed = parse_response_head(probe.text);
    ASSERT_FALSE(parsed.has_value()) << probe.text;
    EXPECT_EQ(parsed.error().code.view(), probe.code) << probe.text;
  }
}

}  // namespace
}  // namespace aipg::net
