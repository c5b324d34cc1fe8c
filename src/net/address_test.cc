// SPDX-License-Identifier: Apache-2.0
#include "net/address.h"

#include <gtest/gtest.h>

namespace aipg::net {
namespace {

TEST(Address, ReadsUrls) {
  const auto plain = parse_url("http://127.0.0.1:8000/v1/");
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(plain->host, "127.0.0.1");
  EXPECT_EQ(plain->port, 8000);
  EXPECT_EQ(plain->path, "/v1");
  EXPECT_FALSE(plain->tls);
  EXPECT_TRUE(plain->is_loopback());
  EXPECT_EQ(plain->authority(), "127.0.0.1:8000");

  const auto tls = parse_url("wss://api.example.org");
  ASSERT_TRUE(tls.has_value());
  EXPECT_TRUE(tls->tls);
  EXPECT_EQ(tls->port, 443);
  EXPECT_EQ(tls->path, "");
  EXPECT_FALSE(tls->is_loopback());

  const auto v6 = parse_url("https://[::1]:1");
  ASSERT_TRUE(v6.has_value());
  EXPECT_EQ(v6->authority(), "[::1]:1");
  EXPECT_TRUE(v6->is_loopback());

  const auto file = parse_url("unix:/run/engine.sock");
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->kind, Address::Kind::unix_socket);
  EXPECT_EQ(file->path, "/run/engine.sock");
  EXPECT_EQ(file->authority(), "localhost");
}

TEST(Address, RefusesUrlsThatSayMoreThanWhere) {
  for (const std::string_view url : {"",
                                     "http://",
                                     "http:///x",
                                     "ftp://x",
                                     "HTTP://x",
                                     "x:80",
                                     "//x",
                                     "http://user@x",
                                     "http://user:p@x",
                                     "http://x?y",
                                     "http://x/?y",
                                     "http://x/#f",
                                     "http://x#f",
                                     "http://x/a//b",
                                     "http://x/a b",
                                     "http://x:",
                                     "http://x:0",
                                     "http://x:65536",
                                     "http://x:+1",
                                     "http://x:080",
                                     "http://x:1a",
                                     "http://[::1",
                                     "http://[x]",
                                     "http://::1",
                                     "http://.x",
                                     "http://-x",
                                     "http://x\\y",
                                     "unix:",
                                     "unix:relative",
                                     "unix://",
                                     "unix:/",
                                     "unix:/x/"}) {
    const auto parsed = parse_url(url);
    ASSERT_FALSE(parsed.has_value()) << url;
    EXPECT_EQ(parsed.error().code, Literal("invalid_address")) << url;
  }
  EXPECT_FALSE(parse_url("unix:/" + std::string(120, 'x')).has_value());
  EXPECT_FALSE(parse_url(std::string_view("unix:/a\0b", 9)).has_value());
}

TEST(Address, ReadsWhereToListen) {
  EXPECT_EQ(parse_listen("127.0.0.1:8443")->port, 8443);
  EXPECT_EQ(parse_listen("[::1]:0")->host, "::1");
  EXPECT_EQ(parse_listen("localhost:1")->host, "localhost");
  EXPECT_EQ(parse_listen("unix:/a")->path, "/a");
  for (const std::string_view text :
       {"127.0.0.1", "8443", ":8443", "example.org:80", "http://127.0.0.1:80", "1.2.3:80"}) {
    EXPECT_FALSE(parse_listen(text).has_value()) << text;
  }
}

TEST(Address, OnlyRealLoopbackIsLoopback) {
  EXPECT_FALSE(parse_url("http://127.evil.example")->is_loopback());
  EXPECT_FALSE(parse_url("http://localhost.evil.example")->is_loopback());
  EXPECT_FALSE(parse_url("http://0.0.0.0")->is_loopback());
  EXPECT_TRUE(parse_url("http://127.1.2.3")->is_loopback());
  EXPECT_TRUE(parse_url("http://localhost")->is_loopback());
}

}  // namespace
}  // namespace aipg::net
