// SPDX-License-Identifier: Apache-2.0
#include "net/http_server.h"

#include "net/http_connection.h"

namespace aipg::net {
namespace {

// How long connections that were closed by force may take to notice.
constexpr milliseconds kAfterForce{1000};

// To each in turn, and then to this server.
void serve(const std::shared_ptr<ServerState>& state, std::shared_ptr<Stream> stream) {
  const std::size_t whose = state->turn++ % (state->others.size() + 1);
  if (whose == state->others.size()) return std::make_shared<Connection>(state, std::move(stream))->start();
  // Closures are copied; what they carry is not.
  const std::shared_ptr<UnwatchedStream> sent = stream->release();
  static_cast<const Door&>(*state->others[whose]).enter([sent](const std::shared_ptr<ServerState>& there) {
    std::make_shared<Connection>(there, sent->watch(there->runtime))->start();
  });
}

Task<void> accept_all(std::shared_ptr<ServerState> state) {
  while (auto stream = co_await state->listener->accept()) {
    auto ticket = state->counts->enter(stream->peer());
    if (!ticket) {
      stream->close();
      continue;
    }
    stream->hold(std::move(ticket));
    serve(state, std::move(stream));
  }
}

Result<std::shared_ptr<ServerState>> make_state(Runtime& runtime, const std::optional<TlsFiles>& tls,
                                                const ServerLimits& limits, HttpServer::Handler handler) {
  auto state = std::make_shared<ServerState>(runtime);
  state->limits = limits;
  state->handler = std::move(handler);
  if (tls) {
    AIPG_TRY(state->tls, TlsContext::server(tls->certificate_chain, tls->private_key));
  }
  return state;
}

class Server final : public HttpServer {
 public:
  explicit Server(std::shared_ptr<ServerState> state) : state_(std::move(state)) {}
  ~Server() override {
    stop_accepting();
    for_each_connection([](Connection& connection) { connection.close_now(); });
    // Those whose handlers still run are kept by them; they know the state, and so it must not know them.
    state_->connections.clear();
  }

  [[nodiscard]] std::uint16_t port() const override { return state_->listener ? state_->listener->port() : 0; }
  [[nodiscard]] std::size_t connections() const override { return state_->connections.size(); }

  [[nodiscard]] Result<void> use_tls(const TlsFiles& files) override {
    if (!state_->tls) __builtin_trap();
    AIPG_TRY(state_->tls, TlsContext::server(files.certificate_chain, files.private_key));
    return {};
  }
  [[nodiscard]] std::shared_ptr<const ServerDoor> door() const override {
    return std::make_shared<Door>(state_->runtime.reactor().mailbox(), state_);
  }
  void limit_connections(const MostConnections& most) override { state_->counts->set(most); }
  [[nodiscard]] std::uint64_t refused_connections() const override { return state_->counts->refused(); }
  void share_with(std::vector<std::shared_ptr<const ServerDoor>> others) override {
    state_->others = std::move(others);
  }

  [[nodiscard]] Task<void> drain(milliseconds grace) override {
    stop_accepting();
    for_each_connection([](Connection& connection) { connection.close_idle(); });
    if (co_await state_->work.wait_idle(grace)) co_return;
    for_each_connection([](Connection& connection) { connection.close_now(); });
    (void)co_await state_->work.wait_idle(kAfterForce);
  }

 private:
  void stop_accepting() {
    state_->draining = true;
    if (state_->listener) state_->listener->close();
  }
  // A callback may end connections, so over a copy.
  template <typename Call>
  void for_each_connection(Call call) {
    const auto all = state_->connections;
    for (const auto& [key, connection] : all) call(*connection);
  }

  // Shared with the coroutines that accept and serve.
  std::shared_ptr<ServerState> state_;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::listen(Runtime& runtime, const Address& address,
                                                       std::optional<TlsFiles> tls, ServerLimits limits,
                                                       Handler handler) {
  AIPG_TRY(auto state, make_state(runtime, tls, limits, std::move(handler)));
  AIPG_TRY(state->listener, listen_on(runtime, address));
  runtime.spawn(accept_all(state));
  return std::make_unique<Server>(std::move(state));
}

Result<std::unique_ptr<HttpServer>> HttpServer::without_listener(Runtime& runtime, std::optional<TlsFiles> tls,
                                                                 ServerLimits limits, Handler handler) {
  AIPG_TRY(auto state, make_state(runtime, tls, limits, std::move(handler)));
  return std::make_unique<Server>(std::move(state));
}

}  // namespace aipg::net
