// SPDX-License-Identifier: Apache-2.0
#include "worker/engine.h"

namespace aipg::worker {
namespace {

constexpr milliseconds kBetweenLooks{50};
constexpr milliseconds kOneLook{2'000};
constexpr milliseconds kLongestPause{30'000};
constexpr std::size_t kMaxHealthBytes = 1U << 20;
// A request may wait long for its turn, and a prompt take long to read.
constexpr milliseconds kMaxSilence{600'000};

std::string text_of(const net::Address& address) {
  return address.kind == net::Address::Kind::unix_socket ? address.path : address.authority();
}

}  // namespace

// What the loop knows of the child's end.
struct Engine::Exits {
  explicit Exits(net::Runtime& runtime) : changed(runtime) {}
  bool ended = false;
  net::Event changed;
};

Engine::Engine(net::Runtime& runtime, const EngineSettings& settings, const program::Log& log, EngineLauncher* launcher)
    : runtime_(runtime),
      settings_(settings),
      launcher_(launcher),
      log_(log),
      exits_(std::make_shared<Exits>(runtime)) {}

Engine::~Engine() = default;

std::unique_ptr<net::HttpClient> Engine::connect() {
  net::ClientOptions options;
  options.response_head = options.progress = kMaxSilence;
  return std::make_unique<net::HttpClient>(runtime_, settings_.address, options);
}

Result<void> Engine::spawn() {
  process_.reset();
  exits_ = std::make_shared<Exits>(runtime_);  // the last one's news may still be on its way
  AIPG_TRY(process_, EngineProcess::start(*launcher_, [exits = exits_, &runtime = runtime_] {
             runtime.post([exits] {
               exits->ended = true;
               exits->changed.notify_all();
             });
           }));
  return {};
}

net::Task<bool> Engine::answers() {
  net::ClientOptions options;
  options.connect = options.response_head = options.progress = kOneLook;
  net::HttpClient client(runtime_, settings_.address, options);
  // llama.cpp, vLLM and SGLang have /health; others at least list their models.
  for (const char* target : {"/health", "/v1/models"}) {
    net::ClientRequest request;
    request.target = target;
    const auto answer = co_await client.fetch(std::move(request), kMaxHealthBytes);
    if (!answer) co_return false;
    if (answer->head.status == 200) co_return true;
    if (answer->head.status != 404) co_return false;
  }
  co_return false;
}

net::Task<bool> Engine::wait_until_ready() {
  const auto deadline = runtime_.now() + settings_.start_within;
  while (!stopped_ && !exits_->ended && runtime_.now() < deadline) {
    if (co_await answers()) co_return !stopped_;
    (void)co_await exits_->changed.wait_for(kBetweenLooks);
  }
  co_return false;
}

program::Complaint Engine::not_ready() {
  const std::string where = text_of(settings_.address);
  const std::string limit = std::to_string(settings_.start_within.count() / 1000) + " s";
  program::Complaint out{.code = "engine_not_ready",
                         .happened = exits_->ended ? "the engine ended before it answered at " + where
                                                   : "the engine at " + where + " did not answer within " + limit,
                         .next = {},
                         .exit = program::ExitCode::refused};
  if (process_) out.next = "its last line was: \"" + process_->last_line() + "\"\n";
  out.next += "docs/operating.md#engine-does-not-start";
  return out;
}

net::Task<std::expected<void, program::Complaint>> Engine::start() {
  if (is_ours()) {
    if (const auto spawned = spawn(); !spawned) co_return std::unexpected(not_ready());
  }
  ready_ = co_await wait_until_ready();
  if (!ready_) co_return std::unexpected(not_ready());
  if (is_ours()) {
    process_->forget_output();
    runtime_.spawn(keep_running());
  }
  co_return std::expected<void, program::Complaint>{};
}

net::Task<void> Engine::keep_running() {
  milliseconds pause = settings_.restart_pause;
  while (!stopped_) {
    while (!stopped_ && !exits_->ended) co_await exits_->changed.wait();
    ready_ = false;
    if (stopped_) break;
    log_.error("engine_ended", {{"restart_in_ms", pause}, {"tries", std::uint64_t{tries_}}});
    co_await runtime_.sleep(pause);
    ++tries_;
    pause = std::min(pause * 2, kLongestPause);
    if (stopped_) break;
    if (const auto spawned = spawn(); !spawned) {
      if (spawned.error().where == Literal("launcher")) co_return launcher_lost();
      exits_->ended = true;  // nothing runs: another try after a longer pause
      continue;
    }
    ready_ = co_await wait_until_ready();
    if (!ready_) {
      if (!stopped_ && !exits_->ended) process_.reset();  // it runs and does not answer: the next round starts another
      continue;
    }
    process_->forget_output();
    pause = settings_.restart_pause;
    tries_ = 0;
    log_.warn("engine_restarted");
  }
}

void Engine::launcher_lost() {
  log_.error("engine_launcher_lost");
  if (on_launcher_lost_) on_launcher_lost_();
}

void Engine::stop() {
  stopped_ = true;
  ready_ = false;
  process_.reset();
  exits_->changed.notify_all();
}

}  // namespace aipg::worker
