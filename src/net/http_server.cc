// SPDX-License-Identifier: Apache-2.0
#include "net/http_server.h"

#include "net/http_connection.h"

namespace aipg::net {
namespace {

// How long connections that were closed by force may take to notice.
constexpr milliseconds kAfterForce{1000};

Task<void> accept_all(std::shared_ptr<ServerState> state) {
  while (auto stream = co_await state->listener->accept()) {
    std::make_shared<Connection>(state, std::move(stream))->start();
  }
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

  [[nodiscard]] std::uint16_t port() const override { return state_->listener->port(); }
  [[nodiscard]] std::size_t connections() const override { return state_->connections.size(); }

  [[nodiscard]] Result<void> use_tls(const TlsFiles& files) override {
    if (!state_->tls) __builtin_trap();
    AIPG_TRY(state_->tls, TlsContext::server(files.certificate_chain, files.private_key));
    return {};
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
    state_->listener->close();
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
  auto state = std::make_shared<ServerState>(runtime);
  state->limits = limits;
  state->handler = std::move(handler);
  if (tls) {
    AIPG_TRY(state->tls, TlsContext::server(tls->certificate_chain, tls->private_key));
  }
  AIPG_TRY(state->listener, listen_on(runtime, address));
  runtime.spawn(accept_all(state));
  return std::make_unique<Server>(std::move(state));
}

}  // namespace aipg::net
