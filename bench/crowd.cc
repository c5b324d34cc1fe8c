// SPDX-License-Identifier: Apache-2.0
#include "crowd.h"

#include <fmt/format.h>

#include "net/http_client.h"

namespace aipg::bench {
namespace {

// An event ends with an empty line, which no JSON has in it; the two may come in different pieces.
class EventCounter {
 public:
  std::size_t count(ByteView piece) {
    std::size_t out = 0;
    for (const std::uint8_t byte : piece) {
      const bool newline = byte == '\n';
      const bool end = newline && newline_;
      out += end ? 1 : 0;
      newline_ = newline && !end;
    }
    return out;
  }

 private:
  bool newline_ = false;  // the byte before was one, and ended no event
};

}  // namespace

Crowd::Crowd(net::Runtime& runtime, const net::Address& server, unsigned count, const std::string& body)
    : state_(std::make_shared<State>(runtime)) {
  state_->count = count;
  for (unsigned i = 0; i < count; ++i) runtime.spawn(one(runtime, state_, server, body));
}

net::Task<void> Crowd::one(net::Runtime& runtime, std::shared_ptr<State> state, net::Address server, std::string body) {
  const bool good = co_await stream(runtime, *state, std::move(server), std::move(body));
  if (!good && !std::exchange(state->failed, true)) fmt::print(stderr, "bench: a stream of many failed\n");
  ++state->ended;
  state->changed.notify_all();
}

net::Task<bool> Crowd::stream(net::Runtime& runtime, State& state, net::Address server, std::string body) {
  net::HttpClient http(runtime, std::move(server));
  net::ClientRequest request{.method = "POST", .target = "/v1/chat/completions", .body = as_bytes(body)};
  request.headers.add("Content-Type", "application/json");
  auto response = co_await http.send(std::move(request));
  if (!response || (*response)->head().status != 200) co_return false;
  EventCounter counter;
  for (bool begun = false;;) {
    const auto piece = co_await (*response)->read();
    if (!piece) co_return false;
    if (piece->empty()) co_return true;
    const std::size_t before = state.events;
    state.events += counter.count(*piece);
    if (!begun && state.events > before) {
      begun = true;
      if (++state.begun == state.count) state.changed.notify_all();
    }
    if (before < state.awaited && state.events >= state.awaited) state.changed.notify_all();
  }
}

net::Task<bool> Crowd::all_begun() {
  while (state_->begun < state_->count && !state_->failed) co_await state_->changed.wait();
  co_return !state_->failed;
}

net::Task<bool> Crowd::events_reach(std::size_t events) {
  state_->awaited = events;
  while (state_->events < events && !state_->failed) co_await state_->changed.wait();
  co_return !state_->failed;
}

net::Task<bool> Crowd::all_ended() {
  while (state_->ended < state_->count) co_await state_->changed.wait();
  co_return !state_->failed;
}

}  // namespace aipg::bench
