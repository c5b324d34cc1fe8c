// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "client/doctor_gateway.h"
#include "client/doctor_report.h"
#include "codec/json.h"
#include "net/http_date.h"

namespace aipg::client {
namespace {

std::vector<Check> two() {
  return {is_ok("version", "0.1.0"), is_wrong("key accepted", {"invalid_api_key", "the gateway does not know \"it\"",
                                                               "get another\nthen log in"})};
}

TEST(DoctorText, IsALineForEachCheckWithWhatToDoBelow) {
  EXPECT_EQ(doctor_text(two(), {}),
            "version       ok     0.1.0\n"
            "key accepted  wrong  the gateway does not know \"it\" (invalid_api_key)\n"
            "                     get another\n"
            "                     then log in\n"
            "\n"
            "A confidential request would not work.\n");
}

TEST(DoctorText, ANoteKeepsNothingFromWorking) {
  EXPECT_TRUE(would_work({is_ok("a", "b"), is_noted("c", "d")}));
  EXPECT_TRUE(doctor_text({is_noted("c", "d")}, {}).ends_with("\nA confidential request would work.\n"));
  EXPECT_FALSE(would_work(two()));
}

TEST(DoctorJson, SaysTheSameForPrograms) {
  const std::string text = doctor_json(two());
  const auto document = codec::json::parse(text);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().find("would_work")->boolean(), false);
  EXPECT_EQ(doctor_json({is_noted("cache", "no", "do")}),
            R"({"would_work":true,"checks":[{"name":"cache","state":"note","says":"no","next":"do","code":""}]})");
}

TEST(DoctorClock, IsHeldAgainstTheGateways) {
  const Instant now = *parse_instant("2026-11-27T12:00:00Z");
  const auto at = [&](std::int64_t ms) { return clock_check(net::http_date({now.ms + ms}), now, milliseconds(200)); };
  EXPECT_EQ(at(0).state, Check::State::ok);
  EXPECT_EQ(at(-29'000).state, Check::State::ok);
  EXPECT_EQ(at(29'000).state, Check::State::ok);
  EXPECT_EQ(at(-60'000).code, "clock_skew");
  EXPECT_EQ(at(-60'000).says, "this machine's clock is 60 s ahead of the gateway's");
  EXPECT_EQ(at(90'000).says, "this machine's clock is 90 s behind the gateway's");
}

TEST(DoctorClock, IsNotComparedWithoutATime) {
  EXPECT_EQ(clock_check(std::nullopt, {0}, {}).state, Check::State::note);
  EXPECT_EQ(clock_check("yesterday", {0}, {}).state, Check::State::note);
}

std::vector<Check> ask(const std::string& gateway) {
  ConnectionSettings settings;
  settings.gateway = gateway;
  return gateway_checks(settings, "k");
}

TEST(GatewayAddress, RefusesToShowAKeyToThoseOnTheWay) {
  for (const char* url : {"http://gateway.example", "http://192.0.2.1:8443/v1", "http://[2001:db8::1]:8443"}) {
    const auto address = gateway_address(url);
    ASSERT_FALSE(address) << url;
    EXPECT_EQ(address.error().code, Literal("plain_not_loopback")) << url;
  }
  for (const char* url : {"https://gateway.example/v1", "http://127.0.0.1:8443/v1", "http://localhost:8443",
                          "http://[::1]:8443", "unix:/run/gateway.sock"}) {
    EXPECT_TRUE(gateway_address(url)) << url;
  }
}

TEST(GatewayAddress, IsNotRepeatedWhereItMayHoldAPassword) {
  EXPECT_TRUE(gateway_address("nonsense").error().happened.contains("nonsense"));
  const auto address = gateway_address("https://user:secret@gateway.example");
  ASSERT_FALSE(address);
  EXPECT_FALSE(address.error().happened.contains("secret")) << address.error().happened;
}

TEST(DoctorGateway, SaysThatNothingAnswers) {
  const auto checks = ask("http://127.0.0.1:1");
  ASSERT_EQ(checks.size(), 1U);
  EXPECT_EQ(checks.front().code, "gateway_unreachable");
  EXPECT_EQ(checks.front().says, "http://127.0.0.1:1 cannot be reached: Connection refused");
  EXPECT_EQ(ask("nonsense").front().code, "invalid_address");
}

}  // namespace
}  // namespace aipg::client
