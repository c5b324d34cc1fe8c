// SPDX-License-Identifier: Apache-2.0
#include "proxy/door.h"

#include <gtest/gtest.h>

#include "codec/base64.h"

namespace aipg::proxy {
namespace {

constexpr std::string_view kToken = "a-token-of-some-length";

struct Request {
  net::RequestHead head{.method = "POST", .target = "/v1/chat/completions", .headers = {}, .content_length = {}};
  explicit Request(std::string_view host) { with("Host", host); }
  Request& with(std::string_view name, std::string_view value) {
    head.headers.add(name, value);
    return *this;
  }
};

std::string code(const Door& door, const Request& request, Place place = Place::api) {
  const auto refused = check_door(door, request.head, place);
  return refused ? refused->code : "";
}

TEST(Door, IsOpenToProgramsOnThisMachine) {
  for (const char* host :
       {"127.0.0.1:8117", "127.0.0.1", "localhost:8117", "localhost", "LocalHost:1", "[::1]:8117", "127.8.9.10:80"}) {
    EXPECT_EQ(code({}, Request(host)), "") << host;
  }
}

TEST(Door, IsClosedToOtherNamesForThisMachine) {
  for (const char* host :
       {"attacker.example:8117", "attacker.example", "127.0.0.1.nip.io", "localhost.attacker.example", "localhost.",
        "192.168.1.7:8117", "[2001:db8::1]:8117", "0.0.0.0:8117", "", "127.0.0.1:x", "127.0.0.1:8117/path",
        "user@127.0.0.1", "127.0.0.1:0", "2130706433", "0x7f.1", "127.1"}) {
    const auto refused = check_door({}, Request(host).head, Place::api);
    ASSERT_TRUE(refused) << host;
    EXPECT_EQ(refused->code, "foreign_host") << host;
    EXPECT_EQ(refused->status, 403U);
    EXPECT_EQ(code({}, Request(host), Place::page), "foreign_host") << host;
  }
}

TEST(Door, KnowsNamesThatTheUserGave) {
  const Door door{.hosts = {"gpu-box.lan"}, .addresses = false, .token = {}};
  EXPECT_EQ(code(door, Request("gpu-box.lan:8117")), "");
  EXPECT_EQ(code(door, Request("GPU-BOX.lan")), "");
  EXPECT_EQ(code(door, Request("other.lan")), "foreign_host");
  EXPECT_EQ(code(door, Request("192.168.1.7")), "foreign_host");
}

TEST(Door, TakesAddressesButNoNamesWhereOtherMachinesMayAsk) {
  const Door door{.hosts = {}, .addresses = true, .token = {}};
  EXPECT_EQ(code(door, Request("192.168.1.7:8117")), "");
  EXPECT_EQ(code(door, Request("[2001:db8::1]:8117")), "");
  EXPECT_EQ(code(door, Request("attacker.example")), "foreign_host");
}

TEST(Door, IsClosedToPages) {
  const std::string_view host = "127.0.0.1:8117";
  for (const char* origin :
       {"https://attacker.example", "null", "http://localhost:3000", "http://127.0.0.1:8117", ""}) {
    EXPECT_EQ(code({}, Request(host).with("Origin", origin)), "foreign_origin") << origin;
  }
  for (const char* site : {"cross-site", "same-site", "same-origin", "", "nonsense"}) {
    EXPECT_EQ(code({}, Request(host).with("Sec-Fetch-Site", site)), "foreign_origin") << site;
  }
  // What a user types, and what is no browser.
  EXPECT_EQ(code({}, Request(host).with("Sec-Fetch-Site", "none")), "");
  EXPECT_EQ(code({}, Request(host).with("Sec-Fetch-Mode", "cors")), "");
  EXPECT_EQ(code({}, Request(host).with("Sec-Fetch-Site", "none").with("Sec-Fetch-Site", "none")), "foreign_origin");
}

TEST(Door, LetsTheStatusPageAskForItselfOnly) {
  const std::string_view host = "127.0.0.1:8117";
  EXPECT_EQ(code({}, Request(host).with("Sec-Fetch-Site", "same-origin"), Place::page), "");
  EXPECT_EQ(code({}, Request(host).with("Origin", "http://127.0.0.1:8117"), Place::page), "");
  for (const char* origin : {"https://127.0.0.1:8117", "http://localhost:8117", "http://127.0.0.1:3000", "null"}) {
    EXPECT_EQ(code({}, Request(host).with("Origin", origin), Place::page), "foreign_origin") << origin;
  }
  for (const char* site : {"cross-site", "same-site"}) {
    EXPECT_EQ(code({}, Request(host).with("Sec-Fetch-Site", site), Place::page), "foreign_origin") << site;
  }
}

TEST(Door, AsksForItsTokenAsEitherKindOfKey) {
  const Door door{.hosts = {}, .addresses = false, .token = SecretBytes(as_bytes(kToken))};
  const std::string token(kToken);
  EXPECT_EQ(code(door, Request("localhost").with("Authorization", "Bearer " + token)), "");
  EXPECT_EQ(code(door, Request("localhost").with("authorization", "bearer " + token)), "");
  EXPECT_EQ(code(door, Request("localhost").with("x-api-key", token)), "");
  for (const std::string& wrong :
       {std::string(), token + "x", token.substr(1), std::string("another-token-as-long!")}) {
    EXPECT_EQ(code(door, Request("localhost").with("Authorization", "Bearer " + wrong)), "invalid_token") << wrong;
    EXPECT_EQ(code(door, Request("localhost").with("x-api-key", wrong)), "invalid_token") << wrong;
  }
  EXPECT_EQ(code(door, Request("localhost")), "invalid_token");
  EXPECT_EQ(code(door, Request("localhost").with("Authorization", token)), "invalid_token");
  EXPECT_EQ(check_door(door, Request("localhost").head, Place::api)->status, 401U);
}

TEST(Door, TakesTheTokenAsABrowsersPasswordForThePageOnly) {
  const Door door{.hosts = {}, .addresses = false, .token = SecretBytes(as_bytes(kToken))};
  const auto basic = [](const std::string& pair) { return "Basic " + codec::to_base64(as_bytes(pair)); };
  const std::string good = basic("anybody:" + std::string(kToken));
  EXPECT_EQ(code(door, Request("localhost").with("Authorization", good), Place::page), "");
  EXPECT_EQ(code(door, Request("localhost").with("Authorization", good), Place::api), "invalid_token");
  for (const std::string& wrong :
       {basic(std::string(kToken)), basic("a:b"), std::string("Basic !"), std::string("Basic ")}) {
    EXPECT_EQ(code(door, Request("localhost").with("Authorization", wrong), Place::page), "invalid_token") << wrong;
  }
}

TEST(Door, LooksAtTheTokenLast) {
  const Door door{.hosts = {}, .addresses = false, .token = SecretBytes(as_bytes(kToken))};
  const std::string good = "Bearer " + std::string(kToken);
  EXPECT_EQ(code(door, Request("attacker.example").with("Authorization", good)), "foreign_host");
  EXPECT_EQ(code(door, Request("localhost").with("Authorization", good).with("Origin", "http://localhost")),
            "foreign_origin");
}

}  // namespace
}  // namespace aipg::proxy
