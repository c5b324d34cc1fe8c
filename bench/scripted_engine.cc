// SPDX-License-Identifier: Apache-2.0
#include "scripted_engine.h"

#include <fmt/format.h>

#include <charconv>

#include "codec/json.h"
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

// Of clients that write their JSON as they please.
bool wants_stream(std::string_view body) {
  const auto document = codec::json::parse(body);
  const auto stream = document ? document->root().find("stream") : std::nullopt;
  return stream && stream->boolean().value_or(false);
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
  const std::string token = scripted_event();
  for (unsigned i = 0; i < script.tokens; ++i) {
    const auto wait = std::chrono::ceil<milliseconds>(start + script.first + i * script.pace - runtime.now());
    if (wait > milliseconds(0)) co_await runtime.sleep(wait);
    AIPG_CO_CHECK(co_await exchange.write_body(as_bytes(token)));
  }
  const std::string last = last_events(script.tokens);
  AIPG_CO_CHECK(co_await exchange.write_body(as_bytes(last)));
  co_return co_await exchange.finish();
}

net::Task<Result<void>> whole_answer(net::Runtime& runtime, net::Exchange& exchange, Script script) {
  if (script.first > milliseconds(0)) co_await runtime.sleep(script.first);
  const std::string body = fmt::format(
      R"({{"id":"s","object":"chat.completion","created":1,"model":"scripted","choices":[{{"index":0,"message":)"
      R"({{"role":"assistant","content":"token","refusal":null}},"logprobs":null,"finish_reason":"stop"}}],)"
      R"("usage":{{"prompt_tokens":8,"completion_tokens":{},"total_tokens":{}}}}})",
      script.tokens, script.tokens + 8);
  co_return co_await exchange.respond(200, "application/json", body);
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
  const Script script = script_of(as_text(body));
  const bool good = wants_stream(as_text(body)) ? (co_await stream_answer(runtime, exchange, script)).has_value()
                                                : (co_await whole_answer(runtime, exchange, script)).has_value();
  if (!good) exchange.abort();
}

}  // namespace

std::string scripted_body(const std::string& model, const Script& script) {
  std::string message =
      fmt::format("first={} pace={} tokens={}", script.first.count(), script.pace.count(), script.tokens);
  if (message.size() < script.prompt_bytes) message.resize(script.prompt_bytes, '.');
  return fmt::format(R"({{"model":"{}","stream":{},"max_tokens":{},"messages":[{{"role":"user","content":"{}"}}]}})",
                     model, script.stream, std::max(script.tokens, 1U), message);
}

std::string scripted_event() { return event(R"({"content":"token "})", "null"); }

bool run_scripted_engine(const std::string& listen) {
  net::Runtime runtime;
  runtime.on_terminate([&](int) { runtime.stop(); });
  const auto address = net::parse_listen(listen);
  if (!address) return false;
  auto server = net::HttpServer::listen(runtime, *address, std::nullopt, {},
                                        [&](net::Exchange& exchange) { return answer(runtime, exchange); });
  if (!server) return false;
  fmt::print("{}\n", (*server)->port());
  (void)std::fflush(stdout);
  runtime.run();
  return true;
}

}  // namespace aipg::bench
