// SPDX-License-Identifier: Apache-2.0
#include "engine.h"

#include <charconv>

namespace aipg::hostile {
namespace {

constexpr milliseconds kBetweenPieces{2};
constexpr std::string_view kHealthy =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

std::size_t length_in(std::string_view head) {
  constexpr std::string_view kName = "Content-Length: ";
  const std::size_t at = head.find(kName);
  std::size_t out = 0;
  if (at != std::string_view::npos) std::from_chars(head.data() + at + kName.size(), head.data() + head.size(), out);
  return out;
}

}  // namespace

Engine::Engine(const std::string& path) : listener_(path), accepting_([this] { accept(); }) {}

Engine::~Engine() {
  stopped_ = true;
  release();
  accepting_.join();
  threads_.clear();
}

void Engine::next(Script script, bool reads_requests) {
  const std::scoped_lock lock(mutex_);
  script_ = std::move(script);
  reads_requests_ = reads_requests;
}

void Engine::release() {
  const std::scoped_lock lock(mutex_);
  ++releases_;
  released_.notify_all();
}

std::string Engine::head(std::string_view type) {
  return "HTTP/1.1 200 OK\r\nContent-Type: " + std::string(type) + "\r\nTransfer-Encoding: chunked\r\n\r\n";
}

std::string Engine::chunk(std::string_view text) {
  char size[16];
  const auto end = std::to_chars(size, size + sizeof size, text.size(), 16).ptr;
  return std::string(size, end) + "\r\n" + std::string(text) + "\r\n";
}

std::string Engine::event(std::string_view data) { return chunk("data: " + std::string(data) + "\n\n"); }

std::string Engine::piece(std::string_view text, bool last) {
  return R"({"id":"c","choices":[{"index":0,"delta":{"content":")" + std::string(text) + "\"}" +
         (last ? R"(,"finish_reason":"stop")" : "") + "}]}";
}

std::string Engine::whole_answer() {
  return head() + event(piece(kAnswerCanary, true)) +
         event(R"({"id":"c","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}})") + event("[DONE]") +
         "0\r\n\r\n";
}

void Engine::accept() {
  while (!stopped_) {
    Wire wire = listener_.accept(milliseconds(50));
    if (wire.open()) threads_.emplace_back([this, w = std::move(wire)]() mutable { serve(std::move(w)); });
  }
}

void Engine::serve(Wire wire) {
  Bytes in;
  while (!stopped_ && answer(wire, in)) {
  }
}

// One request; false when the connection is over.
bool Engine::answer(Wire& wire, Bytes& in) {
  const auto more = [&] {
    while (!stopped_) {
      const auto came = wire.read(in, milliseconds(50));
      if (came != Wire::Came::nothing) return came == Wire::Came::bytes;
    }
    return false;
  };
  while (!as_text(in).contains("\r\n\r\n")) {
    if (!more()) return false;
  }
  Request request;
  request.head = to_text(in).substr(0, as_text(in).find("\r\n\r\n") + 4);
  if (request.head.starts_with("GET")) {
    in.clear();
    return wire.send(kHealthy);
  }
  std::unique_lock lock(mutex_);
  const Script script = std::exchange(script_, nullptr);
  const bool reads = std::exchange(reads_requests_, true);
  lock.unlock();
  const std::size_t size = request.head.size() + length_in(request.head);
  while (reads && in.size() < size) {
    if (!more()) return false;
  }
  request.body = to_text(in).substr(request.head.size());
  in.clear();
  ++asked_;
  if (script) {
    script(wire, request);
    return false;
  }
  if (request.body.contains(kHold)) {
    hold(wire);
    return false;
  }
  return wire.send(whole_answer());
}

void Engine::hold(Wire& wire) {
  std::unique_lock lock(mutex_);
  const std::size_t now = releases_;
  ++holding_;
  bool good = wire.send(head() + event(piece("")));
  while (good && releases_ == now && !released_.wait_for(lock, kBetweenPieces, [&] { return releases_ != now; })) {
    lock.unlock();
    Bytes none;
    good = wire.send(event(piece("w"))) && wire.read(none, milliseconds(0)) == Wire::Came::nothing;
    lock.lock();
  }
  --holding_;
  lock.unlock();
  if (good) wire.send(whole_answer().substr(head().size()));
}

}  // namespace aipg::hostile
