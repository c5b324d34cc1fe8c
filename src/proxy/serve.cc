// SPDX-License-Identifier: Apache-2.0
#include "proxy/serve.h"

#include <unistd.h>

#include <csignal>

#include "program/process.h"
#include "proxy/confinement.h"
#include "proxy/routes.h"

namespace aipg::proxy {
namespace {

using program::Complaint;
using program::ExitCode;

constexpr std::string_view kCommand = "aipg proxy";

net::ServerLimits limits() {
  net::ServerLimits out;
  out.max_body_bytes = kMaxBodyBytes;
  out.body_progress = milliseconds(120'000);  // a client's user may be looking elsewhere
  return out;
}

// Everything that lives as long as the proxy runs, in the order in which it is needed.
class Proxy {
 public:
  Proxy(Config config, CheckedConfig checked, client::SessionGround ground, Source source)
      : config_(std::move(config)),
        checked_(std::move(checked)),
        source_(std::move(source)),
        log_(checked_.log_level),
        simulated_(attest::is_simulated(ground.options.policy.roots)),
        http_(runtime_, std::move(ground.gateway), {.ca_file = config_.connection.ca}),
        warm_options_({.candidates = std::max<std::size_t>(3, config_.recipients + 1),
                       .models = config_.models,
                       .require_pq = ground.options.policy.require_pq}),
        session_(for_a_proxy(std::move(ground.options)), clock_, rng_) {}

  // `kept` is where attestations go, if anywhere.
  [[nodiscard]] ExitCode run(std::optional<AttestationFolder> kept,
                             const std::function<void(const std::vector<std::string>&)>& on_ready);

 private:
  static client::SessionOptions for_a_proxy(client::SessionOptions options) {
    options.known_first = true;
    options.prefer_pq = true;
    return options;
  }
  [[nodiscard]] std::optional<Complaint> listen();
  [[nodiscard]] std::optional<Complaint> confine_all();
  void keep(AttestationFolder folder);
  [[nodiscard]] net::Task<void> drain();
  [[nodiscard]] std::vector<std::string> addresses() const;

  Config config_;
  CheckedConfig checked_;
  Source source_;
  program::Log log_;
  bool simulated_;
  SystemClock clock_;
  crypto::SystemRng rng_;
  Secret32 cache_secret_{rng_.array<32>()};
  net::Runtime runtime_;
  net::HttpClient http_;
  WarmOptions warm_options_;
  client::Session session_;
  Activity activity_;
  WarmSet warm_{{runtime_, http_, session_, clock_, log_,
                 [this](const std::vector<client::Candidate>& tried) { activity_.verdicts(tried); }},
                warm_options_};
  ProxyContext context_{.runtime = runtime_,
                        .http = http_,
                        .session = session_,
                        .warm = warm_,
                        .activity = activity_,
                        .clock = clock_,
                        .log = log_,
                        .padding = checked_.padding,
                        .gateway = config_.connection.gateway,
                        .policy = config_.connection.policy,
                        .simulated = simulated_,
                        .cache_secret = config_.prefix_cache == "off" ? nullptr : &cache_secret_,
                        .kept = nullptr};
  std::optional<AttestationWriter> kept_;
  Reload reload_{config_, checked_.door, source_.read_again, session_, log_};
  std::optional<Routes> routes_;
  std::vector<std::unique_ptr<net::HttpServer>> servers_;
};

std::optional<Complaint> Proxy::listen() {
  for (std::size_t i = 0; i < checked_.listen.size(); ++i) {
    auto server = net::HttpServer::listen(runtime_, checked_.listen[i], std::nullopt, limits(),
                                          [this](net::Exchange& exchange) { return routes_->handle(exchange); });
    if (!server) {
      return Complaint{server.error().code, "cannot listen on " + config_.listen[i],
                       "another proxy may be running there already; --listen names another address",
                       ExitCode::cannot_read};
    }
    servers_.push_back(*std::move(server));
  }
  return std::nullopt;
}

std::optional<Complaint> Proxy::confine_all() {
  return program::confine(confinement(config_, http_.address(), checked_.listen, source_.file), log_);
}

// On a thread of its own, which is confined as the one that makes it.
void Proxy::keep(AttestationFolder folder) {
  kept_.emplace(runtime_, std::move(folder));
  context_.kept = &*kept_;
}

std::vector<std::string> Proxy::addresses() const {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    net::Address address = checked_.listen[i];
    if (address.kind == net::Address::Kind::unix_socket) {
      out.push_back("unix:" + address.path);
      continue;
    }
    address.port = servers_[i]->port();
    out.push_back(address.authority());
  }
  return out;
}

net::Task<void> Proxy::drain() {
  log_.info("draining", {{"requests", activity_.running}, {"grace", config_.grace}});
  warm_.stop();
  net::WorkCount draining(runtime_);
  for (const auto& server : servers_) {
    runtime_.spawn([](net::HttpServer& each, milliseconds grace, net::WorkCount::Guard) -> net::Task<void> {
      co_await each.drain(grace);
    }(*server, config_.grace, draining.enter()));
  }
  constexpr milliseconds kGoodbye{5000};
  (void)co_await draining.wait_idle(config_.grace + kGoodbye);
  log_.info("stopped");
  runtime_.stop();
}

ExitCode Proxy::run(std::optional<AttestationFolder> kept,
                    const std::function<void(const std::vector<std::string>&)>& on_ready) {
  if (auto trouble = listen()) return program::say(kCommand, *trouble);
  if (auto refused = confine_all()) return program::say(kCommand, *refused);
  if (kept) keep(*std::move(kept));
  const std::vector<std::string> where = addresses();
  routes_.emplace(context_, checked_.door,
                  StatusSettings{where, kept_ ? kept_->path() : "", !checked_.door.token.empty(), clock_.now()});
  runtime_.on_signal(SIGHUP, [this] { reload_.run(); });
  runtime_.on_terminate([this](int count) {
    if (count > 1) _exit(static_cast<int>(ExitCode::refused));
    runtime_.spawn(drain());
  });
  runtime_.spawn(warm_.keep());
  for (const std::string& address : where) log_.info("listening", {{"address", program::Name(address)}});
  if (on_ready) on_ready(where);
  runtime_.run();
  // Handlers that outlasted the grace still use what is above.
  runtime_.destroy_tasks();
  return ExitCode::done;
}

Complaint folder_trouble(const std::string& path, const Error& error) {
  const bool open = error.code == Literal("folder_open_to_others");
  return {error.code, "attestations cannot be kept in " + path,
          open ? "others may write to it, and could take proofs away: chmod go-w it, or name another folder"
               : "--keep-attestations names a folder of your own; a missing one is made",
          ExitCode::cannot_read};
}

}  // namespace

ExitCode serve(Config config, CheckedConfig checked, client::SessionGround ground, Source source,
               const std::function<void(const std::vector<std::string>&)>& on_ready) {
  program::raise_file_limit();
  program::give_back_large_blocks();
  std::optional<AttestationFolder> kept;
  if (!config.keep_attestations.empty()) {
    auto folder = AttestationFolder::open(config.keep_attestations, ground.options.policy);
    if (!folder) return program::say(kCommand, folder_trouble(config.keep_attestations, folder.error()));
    kept.emplace(*std::move(folder));
  }
  Proxy proxy(std::move(config), std::move(checked), std::move(ground), std::move(source));
  return proxy.run(std::move(kept), on_ready);
}

}  // namespace aipg::proxy
