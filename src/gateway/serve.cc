// SPDX-License-Identifier: Apache-2.0
#include "gateway/serve.h"

#include <unistd.h>

#include <filesystem>

#include "gateway/routes.h"
#include "program/process.h"

namespace aipg::gateway {
namespace {

net::Task<void> drain(net::Runtime& runtime, Routes& routes, Settler& settler, net::HttpServer& server,
                      milliseconds grace, const program::Log& log) {
  log.info("draining", {{"jobs", routes.jobs().running()}, {"grace", grace}});
  routes.drain();
  (void)co_await routes.jobs().wait_idle(grace);
  constexpr milliseconds kGoodbye{2000};
  (void)co_await settler.unsettled().wait_idle(kGoodbye);
  routes.close_links();
  co_await server.drain(kGoodbye);
  log.info("stopped");
  runtime.stop();
}

Result<std::unique_ptr<store::JobStore>> open_store(const std::string& state, crypto::Rng& rng) {
  std::error_code ignored;
  std::filesystem::create_directories(state, ignored);
  return store::open_sqlite_store(database_path(state), rng);
}

}  // namespace

program::ExitCode serve(const Config& config, const std::function<void(std::uint16_t)>& on_ready) {
  const Result<CheckedConfig> checked = check_config(config);
  if (!checked) return program::ExitCode::usage;
  const program::Log log(checked->log_level);
  program::raise_file_limit();
  program::give_back_large_blocks();

  SystemClock clock;
  crypto::SystemRng rng;
  auto store = open_store(config.state, rng);
  auto settlers_store = open_store(config.state, rng);
  if (!store || !settlers_store) {
    const Error reason = store ? settlers_store.error() : store.error();
    log.error("state_not_usable", {{"folder", program::Name(config.state)}, {"reason", reason}});
    return program::ExitCode::cannot_read;
  }
  net::Runtime runtime;
  Roster roster(clock);
  LateReceipts late_receipts(**store, log);
  Settler settler(runtime, *std::move(settlers_store), late_receipts, log);
  Limits limits(clock);
  Metrics metrics;
  Routes routes({runtime, roster, **store, late_receipts, settler, limits, metrics, clock, rng, log, config});
  auto server = net::HttpServer::listen(runtime, checked->listen, checked->tls, {},
                                        [&](net::Exchange& exchange) { return routes.handle(exchange); });
  settler.on_batch(
      [&metrics](const Settler::Batch& b) { metrics.records(b.took, b.written, b.refused, b.disk_failed); });
  routes.use_limits();
  if (!server) {
    log.error("cannot_listen", {{"address", program::Name(config.listen)}, {"reason", server.error()}});
    return program::ExitCode::cannot_read;
  }
  routes.count_connections_of(**server);
  runtime.on_terminate([&](int count) {
    if (count > 1) _exit(static_cast<int>(program::ExitCode::refused));
    runtime.spawn(drain(runtime, routes, settler, **server, config.drain_grace, log));
  });
  log.info("listening", {{"address", program::Name(config.listen)}, {"port", (*server)->port()}});
  if (on_ready) on_ready((*server)->port());
  runtime.run();
  // Handlers that outlasted the grace still use what is above.
  runtime.destroy_tasks();
  return program::ExitCode::done;
}

}  // namespace aipg::gateway
