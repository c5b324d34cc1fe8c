// SPDX-License-Identifier: Apache-2.0
#include "client/doctor_gateway.h"

#include <cstdlib>

#include "api/names.h"
#include "client/key_check.h"
#include "net/http_date.h"

namespace aipg::client {
namespace {

using program::Complaint;

constexpr const char* kKeyAccepted = "key accepted";
constexpr milliseconds kConnectLimit{10'000}, kAnswerLimit{15'000};
constexpr std::size_t kMaxDirectoryBytes = 16 << 20;
// A request says until when it may run, evidence when it was made; both sides allow each other so much.
constexpr milliseconds kMaxSkew{30'000};

Check unreachable(const std::string& gateway, const Error& error, const std::string& why) {
  const std::string reason = error.code == Literal("http_timeout") ? "no answer in time" : why;
  const std::string because = reason.empty() ? "" : ": " + reason;
  if (error.code == Literal("http_tls")) {
    return is_wrong(
        "gateway", Complaint{"gateway_tls", gateway + " shows a certificate that this machine does not trust" + because,
                             "check the address and this machine's clock; --ca names a private authority"});
  }
  return is_wrong("gateway",
                  Complaint{"gateway_unreachable", gateway + " cannot be reached" + because,
                            "check the address (--gateway, AIPG_BASE_URL, gateway in the file) and the network"});
}

Check answered(const std::string& gateway, unsigned status, milliseconds took) {
  if (status == 200) return is_ok("gateway", gateway + " answers in " + std::to_string(took.count()) + " ms");
  return is_wrong("gateway", Complaint{"gateway_status", gateway + " answers with status " + std::to_string(status),
                                       "check the address: this may be no gateway, or a proxy before it"});
}

Check key_accepted(const KeyCheck& check, bool has_key) {
  switch (check.outcome) {
    case KeyCheck::Outcome::accepted:
      return is_ok(kKeyAccepted, "the gateway knows the key");
    case KeyCheck::Outcome::refused:
      return is_wrong(
          kKeyAccepted,
          Complaint{"invalid_api_key", has_key ? "the gateway does not know the key" : "the gateway asks for a key",
                    "`aipg login` stores another; whoever runs the gateway makes them"});
    case KeyCheck::Outcome::unreachable:
    case KeyCheck::Outcome::unclear:
      break;
  }
  return is_wrong(kKeyAccepted,
                  Complaint{"gateway_status", "the gateway did not say whether it knows the key: " + check.reason,
                            "try again; if it stays, ask whoever runs the gateway"});
}

net::Task<void> ask(const ConnectionSettings& settings, const std::string& api_key, net::Runtime& runtime,
                    net::HttpClient& http, std::vector<Check>& out) {
  const SystemClock clock;
  const milliseconds began = clock.monotonic();
  const auto directory =
      co_await http.fetch({.target = std::string(api::kDirectoryPath), .repeatable = true}, kMaxDirectoryBytes);
  const milliseconds took = clock.monotonic() - began;
  if (!directory) {
    out.push_back(unreachable(settings.gateway, directory.error(), http.last_failure()));
  } else {
    out.push_back(answered(settings.gateway, directory->head.status, took));
    out.push_back(clock_check(directory->head.headers.find("date"), clock.now(), took));
    HttpGateway gateway(runtime, http);
    out.push_back(key_accepted(co_await check_key(gateway, api_key), !api_key.empty()));
  }
  runtime.stop();
}

}  // namespace

Check clock_check(std::optional<std::string_view> date, Instant now, milliseconds round_trip) {
  if (!date) return is_noted("clock", "the gateway does not say what time it is, so it was not compared");
  const auto theirs = net::parse_http_date(*date);
  if (!theirs) return is_noted("clock", "the gateway says what time it is in a form that nobody should use");
  // The field has whole seconds, and was written some time during the round trip.
  const milliseconds ahead = now - *theirs;
  const milliseconds unsure = round_trip + milliseconds(1000);
  if (ahead <= kMaxSkew + unsure && ahead >= -kMaxSkew) {
    return is_ok("clock", "within " + std::to_string(kMaxSkew.count() / 1000) + " s of the gateway's");
  }
  const std::string apart = std::to_string(std::abs(ahead.count()) / 1000);
  return is_wrong("clock", Complaint{"clock_skew",
                                     "this machine's clock is " + apart + " s " +
                                         (ahead.count() > 0 ? "ahead of" : "behind") + " the gateway's",
                                     "set the clock, or have it set by the network (timedatectl set-ntp true)"});
}

std::vector<Check> gateway_checks(const ConnectionSettings& settings, const std::string& api_key) {
  const auto address = gateway_address(settings.gateway);
  if (!address) return {is_wrong("gateway", address.error())};
  std::vector<Check> out;
  net::Runtime runtime;
  net::HttpClient http(
      runtime, *address,
      {.ca_file = settings.ca, .connect = kConnectLimit, .response_head = kAnswerLimit, .progress = kAnswerLimit});
  runtime.spawn(ask(settings, api_key, runtime, http, out));
  runtime.run();
  return out;
}

}  // namespace aipg::client
