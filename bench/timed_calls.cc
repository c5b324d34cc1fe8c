// SPDX-License-Identifier: Apache-2.0
#include "timed_calls.h"

#include <fmt/format.h>

#include <cstdio>

namespace aipg::bench {
namespace {

using TimePoint = std::chrono::steady_clock::time_point;

double since(TimePoint start, TimePoint end) { return std::chrono::duration<double>(end - start).count(); }

// Notices the first event that has text for people in it: a non-empty "content".
class FirstToken {
 public:
  void look(ByteView bytes, TimePoint now) {
    if (seen_) return;
    text_ += as_text(bytes);
    constexpr std::string_view kStart = R"("content":")";
    for (auto at = text_.find(kStart); at != text_.npos; at = text_.find(kStart, at + 1)) {
      const auto next = at + kStart.size();
      if (next < text_.size() && text_[next] != '"') seen_ = now;
    }
  }
  [[nodiscard]] std::optional<TimePoint> seen() const { return seen_; }

 private:
  std::string text_;
  std::optional<TimePoint> seen_;
};

std::optional<Timed> timed(TimePoint start, const FirstToken& first, TimePoint end) {
  if (!first.seen()) {
    fmt::print(stderr, "bench: an answer had no text\n");
    return std::nullopt;
  }
  return Timed{since(start, *first.seen()), since(start, end)};
}

class Straight final : public Way {
 public:
  Straight(net::Runtime& runtime, const net::Address& engine) : runtime_(runtime), http_(runtime, engine) {}

  net::Task<std::optional<Timed>> call(std::string body) override {
    const TimePoint start = runtime_.now();
    net::ClientRequest request{.method = "POST", .target = "/v1/chat/completions", .body = as_bytes(body)};
    request.headers.add("Content-Type", "application/json");
    auto response = co_await http_.send(std::move(request));
    if (!response || (*response)->head().status != 200) {
      fmt::print(stderr, "bench: the engine did not answer\n");
      co_return std::nullopt;
    }
    FirstToken first;
    for (;;) {
      const auto piece = co_await (*response)->read();
      if (!piece) {
        fmt::print(stderr, "bench: the engine's answer broke off\n");
        co_return std::nullopt;
      }
      if (piece->empty()) break;
      first.look(*piece, runtime_.now());
    }
    co_return timed(start, first, runtime_.now());
  }

 private:
  net::Runtime& runtime_;
  net::HttpClient http_;
};

class Sealed final : public Way {
 public:
  Sealed(net::Runtime& runtime, const SealedWayOptions& options, const Clock& clock, crypto::Rng& rng)
      : runtime_(runtime),
        http_(runtime, options.gateway),
        gateway_(runtime, http_),
        session_(options.session, clock, rng) {}

  net::Task<std::optional<Timed>> call(std::string body) override {
    const TimePoint start = runtime_.now();
    Sink sink(runtime_);
    const auto answer = co_await session_.ask(gateway_, {.body = as_bytes(body), .cache_salt = std::nullopt}, sink);
    if (!answer || answer->status != 200) {
      const client::Failure failure = answer ? client::Failure{} : answer.error();
      fmt::print(stderr, "bench: no sealed answer: {} {} {}\n", failure.error.code.view(), failure.error.where.view(),
                 failure.api ? api::info(*failure.api).name.view() : "");
      co_return std::nullopt;
    }
    co_return timed(start, sink.first, runtime_.now());
  }

 private:
  struct Sink final : client::AnswerSink {
    explicit Sink(net::Runtime& runtime_in) : runtime(runtime_in) {}
    void on_verified(const std::vector<client::SharedCandidate>&, std::uint16_t) override {}
    void on_head(unsigned, const std::vector<codec::bhttp::Field>&) override {}
    void on_content(ByteView bytes) override { first.look(bytes, runtime.now()); }
    net::Runtime& runtime;
    FirstToken first;
  };

  net::Runtime& runtime_;
  net::HttpClient http_;
  client::HttpGateway gateway_;
  client::Session session_;
};

struct Together {
  explicit Together(net::Runtime& runtime) : ended(runtime) {}
  unsigned running = 0;
  bool good = true;
  net::Event ended;
};

net::Task<void> one_of(Together& together, Way& way, std::string body) {
  const auto result = co_await way.call(std::move(body));
  together.good = together.good && result.has_value();
  --together.running;
  together.ended.notify_all();
}

}  // namespace

std::unique_ptr<Way> straight_to(net::Runtime& runtime, const net::Address& engine) {
  return std::make_unique<Straight>(runtime, engine);
}

std::unique_ptr<Way> sealed_through(net::Runtime& runtime, const SealedWayOptions& options, const Clock& clock,
                                    crypto::Rng& rng) {
  return std::make_unique<Sealed>(runtime, options, clock, rng);
}

net::Task<std::optional<double>> at_once(net::Runtime& runtime, Way& way, unsigned count, std::string body) {
  Together together(runtime);
  const TimePoint start = runtime.now();
  together.running = count;
  for (unsigned i = 0; i < count; ++i) runtime.spawn(one_of(together, way, body));
  while (together.running > 0) co_await together.ended.wait();
  if (!together.good) co_return std::nullopt;
  co_return since(start, runtime.now());
}

}  // namespace aipg::bench
