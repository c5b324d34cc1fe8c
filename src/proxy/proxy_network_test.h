// SPDX-License-Identifier: Apache-2.0
// A proxy in this process, before a scripted gateway and its workers.
#pragma once

#include "client/scripted_network_test.h"
#include "proxy/routes.h"

namespace aipg::proxy {

class ProxyNetwork : public client::ScriptedNetwork {
 public:
  // What came of one request to the proxy.
  struct Seen {
    unsigned status = 0;
    net::Headers headers;
    std::string body;
    std::optional<Error> failed;
    [[nodiscard]] std::string header(std::string_view name) const {
      return std::string(headers.find(name).value_or(""));
    }
  };

  // The parts as `aipg proxy` puts them together. `door` must be set before.
  void start() { start(policy()); }
  void start(attest::Policy judge) {
    session = std::make_unique<client::Session>(client::SessionOptions{.policy = std::move(judge),
                                                                       .api_key = "grid_key",
                                                                       .recipients = 2,
                                                                       .padding = seal::Padding::p0,
                                                                       .known_first = true,
                                                                       .prefer_pq = true},
                                                clock, rng);
    warm = std::make_unique<WarmSet>(
        WarmSet::Context{runtime, *http, *session, clock, log, [this](const auto& tried) { activity.verdicts(tried); }},
        warm_options);
    context = std::make_unique<ProxyContext>(ProxyContext{.runtime = runtime,
                                                          .http = *http,
                                                          .session = *session,
                                                          .warm = *warm,
                                                          .activity = activity,
                                                          .clock = clock,
                                                          .log = log,
                                                          .padding = seal::Padding::p0,
                                                          .gateway = "http://gateway.example",
                                                          .policy = "policy.toml",
                                                          .simulated = true,
                                                          .kept = kept ? &*kept : nullptr});
    routes = std::make_unique<Routes>(*context, door, StatusSettings{{"127.0.0.1:8117"}, "", false, clock.now()});
    proxy =
        serve([this](net::Exchange& exchange) { return routes->handle(exchange); }, {.max_body_bytes = kMaxBodyBytes});
    user = std::make_unique<net::HttpClient>(runtime, at(*proxy));
  }

  net::Task<Seen> request(std::string method, std::string target, std::string body = {}, net::Headers headers = {}) {
    Seen out;
    if (method == "POST" && !headers.find("Content-Type")) headers.add("Content-Type", "application/json");
    auto response = co_await user->send({.method = std::move(method),
                                         .target = std::move(target),
                                         .headers = std::move(headers),
                                         .body = as_bytes(body)});
    if (!response) {
      out.failed = response.error();
      co_return out;
    }
    out.status = (*response)->head().status;
    out.headers = (*response)->head().headers;
    while (true) {
      const auto piece = co_await (*response)->read();
      if (!piece) {
        out.failed = piece.error();
        co_return out;
      }
      if (piece->empty()) co_return out;
      out.body += as_text(*piece);
    }
  }
  // The same, to its end.
  Seen ask_proxy(std::string target, std::string body, net::Headers headers = {}) {
    return run_request("POST", std::move(target), std::move(body), std::move(headers));
  }
  Seen get(std::string target, net::Headers headers = {}) {
    return run_request("GET", std::move(target), {}, std::move(headers));
  }
  Seen run_request(std::string method, std::string target, std::string body, net::Headers headers) {
    Seen out;
    run([](ProxyNetwork& self, std::string m, std::string t, std::string b, net::Headers h,
           Seen& into) -> net::Task<void> {
      into = co_await self.request(std::move(m), std::move(t), std::move(b), std::move(h));
    }(*this, std::move(method), std::move(target), std::move(body), std::move(headers), out));
    return out;
  }
  static net::Headers with(std::string_view name, std::string_view value) {
    net::Headers out;
    out.add(name, value);
    return out;
  }

  // Answers with a stream of these events, and what `between` does after each.
  void answer_stream(std::vector<std::string> events) {
    inference = [this, events = std::move(events)](net::Exchange& exchange, Bytes wire, int) -> net::Task<void> {
      Bytes sealed = worker_of(wire)->answer(wire, "text/event-stream", events);
      co_await send(exchange, std::move(sealed));
    };
  }

  program::Log log{program::LogLevel::error, program::LogFormat::json, -1};
  Door door;
  WarmOptions warm_options;
  std::optional<AttestationWriter> kept;
  std::unique_ptr<client::Session> session;
  Activity activity;
  std::unique_ptr<WarmSet> warm;
  std::unique_ptr<ProxyContext> context;
  std::unique_ptr<Routes> routes;
  std::unique_ptr<net::HttpServer> proxy;
  std::unique_ptr<net::HttpClient> user;
};

inline const std::string kChat(client::kChatPath);
inline const std::string kQuestion(client::kBody);
inline const std::string kStreamed =
    R"({"model":"test-model","messages":[{"role":"user","content":"a canary question"}],"stream":true})";
inline const std::string kFirstEvent = "data: {\"choices\":[{\"delta\":{\"content\":\"Par\"}}]}\n\n";
inline const std::string kLastEvent =
    "data: {\"choices\":[{\"delta\":{\"content\":\"is\"},\"finish_reason\":\"stop\"}]}\n\n";

}  // namespace aipg::proxy
