// SPDX-License-Identifier: Apache-2.0
#include "scripted_engine.h"

#include <fmt/format.h>

#include <charconv>

#include "net/http_server.h"

namespace aipg::bench {
namespace {

constexpr std::size_t kMaxBody = 1 << 20;

unsigned number_after(std::string_view text, std::string_view name) {
  unsigned value = 0;
  if (const auto at = text.find(name); at != text.npos) {
    const auto digits = text.substr(at + name.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
  }
  return value;
}

Script script_of(std::string_view body) {
  return {milliseconds(number_after(body, "first=")), milliseconds(number_after(body, "pace=")),
          number_after(body, "tokens=")};
}

std::string event(std::string_view delta, std::string_view finish) {
  return fmt::format(R"(data: {{"id":"s","object":"chat.completion.chunk","created":1,"model":"scripted","choices":)"
                     R"([{{"index":0,"delta":{},"finish_reason":{}}}]}})"
                     "\n\n",
                     delta, finish);
}

std::string last_events(unsigned tokens) {
  return event("{}", "\"stop\"") +
         fmt::format(R"(data: {{"id":"s","object":"chat.completion.chunk","created":1,"model":"scripted","choices":[],)"
                     R"("usage":{{"prompt_tokens":8,"completion_tokens":{},"total_tokens":{}}}}})"
                     "\n\ndata: [DONE]\n\n",
                     tokens, tokens + 8);
}

net::Task<Result<void>> stream_answer(net::Runtime& runtime, net::Exchange& exchange, Script script) {
  const auto start = runtime.now();
  net::Headers headers;
  headers.add("Content-Type", "text/event-stream");
  AIPG_CO_CHECK(co_await exchange.write_head(200, headers, std::nullopt));
  AIPG_CO_CHECK(co_await exchange.write_body(as_bytes(event(R"({"role":"assistant","content":null})", "null"))));
  const std::string token = event(R"({"content":"token "})", "null");
  for (unsigned i = 0; i < script.tokens; ++i) {
    const auto wait = std::chrono::ceil<milliseconds>(start + script.first + i * script.pace - runtime.now());
    if (wait > milliseconds(0)) co_await runtime.sleep(wait);
    AIPG_CO_CHECK(co_await exchange.write_body(as_bytes(token)));
  }
  const std::string last = last_events(script.tokens);
  AIPG_CO_CHECK(co_await exchange.write_body(as_bytes(last)));
  co_return co_await exchange.finish();
}

net::Task<void> answer(net::Runtime& runtime, net::Exchange& exchange) {
  Bytes body;
  for (;;) {
    const auto piece = co_await exchange.read_body();
    if (!piece || body.size() > kMaxBody) co_return exchange.abort();
    if (piece->empty()) break;
    append(body, *piece);
  }
  if (exchange.head().method != "POST") {
    (void)co_await exchange.respond(200, "application/json", R"({"status":"ok"})");
    co_return;
  }
  if (!co_await stream_answer(runtime, exchange, script_of(as_text(body)))) exchange.abort();
}

}  // namespace

std::string scripted_body(const std::string& model, const Script& script) {
  return fmt::format(R"({{"model":"{}","stream":true,"max_tokens":{},"messages":[{{"role":"user",)"
                     R"("content":"first={} pace={} tokens={}"}}]}})",
                     model, std::max(script.tokens, 1U), script.first.count(), script.pace.count(), script.tokens);
}

bool run_scripted_engine(const std::string& socket_path) {
  net::Runtime runtime;
  runtime.on_terminate([&](int) { runtime.stop(); });
  auto server =
      net::HttpServer::listen(runtime, {.kind = net::Address::Kind::unix_socket, .host = {}, .path = socket_path},
                              std::nullopt, {}, [&](net::Exchange& exchange) { return answer(runtime, exchange); });
  if (!server) return false;
  runtime.run();
  return true;
}

}  // namespace aipg::bench
