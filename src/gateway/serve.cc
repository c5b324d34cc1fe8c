// SPDX-License-Identifier: Apache-2.0
#include "gateway/serve.h"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>

#include "gateway/confinement.h"
#include "gateway/reload.h"
#include "gateway/routes.h"
#include "program/process.h"

namespace aipg::gateway {
namespace {

using program::ExitCode;

constexpr const char* kCommand = "aipg-gateway serve";

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

// What every part needs.
struct Ground {
  const program::Log log;
  SystemClock clock = {};
  crypto::SystemRng rng = {};
  net::Runtime runtime = {};
};

// What is opened before the gateway confines itself, and could not be after.
struct Opened {
  std::unique_ptr<store::JobStore> store, settlers_store;
  std::unique_ptr<net::HttpServer> server;
};

std::expected<Opened, ExitCode> open_all(const Config& config, const CheckedConfig& checked, Ground& ground,
                                         net::HttpServer::Handler handler) {
  auto store = open_store(config.state, ground.rng);
  auto settlers_store = open_store(config.state, ground.rng);
  if (!store || !settlers_store) {
    const Error reason = store ? settlers_store.error() : store.error();
    ground.log.error("state_not_usable", {{"folder", program::Name(config.state)}, {"reason", reason}});
    return std::unexpected(ExitCode::cannot_read);
  }
  auto server = net::HttpServer::listen(ground.runtime, checked.listen, checked.tls, {}, std::move(handler));
  if (!server) {
    ground.log.error("cannot_listen", {{"address", program::Name(config.listen)}, {"reason", server.error()}});
    return std::unexpected(ExitCode::cannot_read);
  }
  return Opened{*std::move(store), *std::move(settlers_store), *std::move(server)};
}

// Until it is told to stop. `routes` are what the server's handler asks.
void relay_jobs(Config& config, ReadAgain read_again, Ground& ground, Opened opened, std::optional<Routes>& routes) {
  auto& [log, clock, rng, runtime] = ground;
  net::HttpServer& server = *opened.server;
  Roster roster(clock);
  LateReceipts late_receipts(*opened.store, log);
  Settler settler(runtime, std::move(opened.settlers_store), late_receipts, log);
  Limits limits(clock);
  Metrics metrics;
  routes.emplace(
      RelayContext{runtime, roster, *opened.store, late_receipts, settler, limits, metrics, clock, rng, log, config});
  routes->use_limits();
  routes->count_connections_of(server);
  settler.on_batch(
      [&metrics](const Settler::Batch& b) { metrics.records(b.took, b.written, b.refused, b.disk_failed); });
  Reload reload(config, std::move(read_again), server, *routes, metrics, log);
  runtime.on_signal(SIGHUP, [&reload] { reload.run(); });
  runtime.on_terminate([&](int count) {
    if (count > 1) _exit(static_cast<int>(ExitCode::refused));
    runtime.spawn(drain(runtime, *routes, settler, server, config.drain_grace, log));
  });
  log.info("listening", {{"address", program::Name(config.listen)}, {"port", server.port()}});
  runtime.run();
  // Handlers that outlasted the grace still use what is here.
  runtime.destroy_tasks();
  routes.reset();
}

ExitCode serve(Config config, const std::optional<std::string>& config_file, ReadAgain read_again) {
  const Result<CheckedConfig> checked = check_config(config);
  if (!checked) return ExitCode::usage;
  program::raise_file_limit();
  program::give_back_large_blocks();
  Ground ground{.log = program::Log(checked->log_level)};
  std::optional<Routes> routes;  // there before the loop runs, and so before anybody is served
  auto opened =
      open_all(config, *checked, ground, [&routes](net::Exchange& exchange) { return routes->handle(exchange); });
  if (!opened) return opened.error();
  if (const auto refused = program::confine(confinement(config, config_file), ground.log)) {
    return program::say(kCommand, *refused);
  }
  relay_jobs(config, std::move(read_again), ground, *std::move(opened), routes);
  return ExitCode::done;
}

void declare_all(program::Options& options, Config& config, bool& print_sandbox) {
  declare_options(options, config);
  options.flag("print_sandbox", &print_sandbox, "print what it confines itself to, and end").flag_only();
}

}  // namespace

ExitCode serve_command(const std::vector<std::string>& args) {
  Config config;
  bool print_sandbox = false;
  program::Options options(kCommand, "Relays sealed requests to workers; it cannot open them.");
  options.example("aipg-gateway serve", "on loopback port 8443, without TLS");
  options.example("aipg-gateway serve --listen 0.0.0.0:443 --tls-certificate chain.pem --tls-private-key key.pem",
                  "for others; plain HTTP is for loopback only");
  options.example("aipg-gateway serve --config gateway.toml --check-config", "check a configuration file");
  declare_all(options, config, print_sandbox);
  if (auto end = options.parse(args, program::process_environment())) return *end;
  if (print_sandbox) {
    std::fputs(program::sandbox_text(confinement(config, options.file())).c_str(), stdout);
    return ExitCode::done;
  }
  return serve(config, options.file(), [&args]() -> std::expected<Config, program::Complaint> {
    Config fresh;
    bool ignored = false;
    program::Options again(kCommand, "");
    declare_all(again, fresh, ignored);
    AIPG_CHECK(again.read(args, program::process_environment()));
    return fresh;
  });
}

}  // namespace aipg::gateway
