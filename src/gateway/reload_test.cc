// SPDX-License-Identifier: Apache-2.0
// SIGHUP's work over a server that runs: what is new for who comes next, and what stays.
#include "gateway/reload.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "api/names.h"
#include "gateway/held_store_for_tests.h"
#include "net/loopback_test.h"
#include "net/test_certificate.h"

namespace aipg::gateway {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class GatewayReload : public net::Loopback {
 public:
  GatewayReload() {
    for (const auto& [authority, name] : {std::pair(&first, "first.pem"), std::pair(&second, "second.pem")}) {
      authority->write_certificate(folder.file(name));
    }
    const net::TlsFiles files = first.issue(folder.file("server"), "IP:127.0.0.1");
    config.tls_certificate = files.certificate_chain;
    config.tls_private_key = files.private_key;
    config.worker_token = "old";
    fresh = config;
    routes.emplace(
        RelayContext{runtime, roster, *store, late_receipts, settler, limits, metrics, clock, rng, log, config});
    routes->use_limits();
    server = serve([this](net::Exchange& exchange) { return routes->handle(exchange); }, {}, files);
    reload.emplace(config, [this] { return fresh; }, *server, *routes, metrics, log);
  }
  ~GatewayReload() override { close(log_file); }

  // The status that a new connection of a client with this authority gets; 0 without one.
  net::Task<unsigned> ask(std::string authority, std::string target = "/healthz", net::Headers headers = {}) {
    net::HttpClient client(runtime, at(*server, true), {.ca_file = folder.file(authority)});
    const auto answer = co_await client.fetch({.target = std::move(target), .headers = std::move(headers)}, 1 << 20);
    co_return answer ? answer->head.status : 0;
  }
  // The status of a worker's link with this token, that does not go on to a WebSocket.
  net::Task<unsigned> link_with(const std::string& token) {
    net::Headers headers;
    headers.add("Authorization", "Bearer " + token);
    return ask("first.pem", std::string(api::kWorkerLinkPath), std::move(headers));
  }
  [[nodiscard]] std::string logged() const {
    std::ostringstream out;
    out << std::ifstream(folder.file("log")).rdbuf();
    return out.str();
  }

  net::TemporaryFolder folder;
  const int log_file = open(folder.file("log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  program::Log log{program::LogLevel::info, program::LogFormat::json, log_file};
  net::TestAuthority first, second;
  SystemClock clock;
  crypto::SystemRng rng;
  std::unique_ptr<store::JobStore> store = store::open_sqlite_store(folder.file("gateway.db"), rng).value();
  Roster roster{clock};
  LateReceipts late_receipts{*store, log};
  Settler settler{runtime, store::open_sqlite_store(folder.file("gateway.db"), rng).value(), late_receipts, log};
  Limits limits{clock};
  Metrics metrics;
  Config config;
  std::expected<Config, program::Complaint> fresh;
  std::optional<Routes> routes;
  std::unique_ptr<net::HttpServer> server;
  std::optional<Reload> reload;
};

TEST_F(GatewayReload, ShowsANewCertificateToWhoConnectsNextAndKeepsWhatIsOpen) {
  run([](GatewayReload& t) -> net::Task<void> {
    net::HttpClient open_one(t.runtime, t.at(*t.server, true), {.ca_file = t.folder.file("first.pem")});
    EXPECT_TRUE((co_await open_one.fetch({.target = "/healthz"}, 100)).has_value());
    EXPECT_EQ(co_await t.ask("second.pem"), 0U);
    (void)t.second.issue(t.folder.file("server"), "IP:127.0.0.1");
    t.reload->run();
    EXPECT_EQ(co_await t.ask("second.pem"), 200U);
    EXPECT_EQ(co_await t.ask("first.pem"), 0U);
    EXPECT_TRUE((co_await open_one.fetch({.target = "/healthz"}, 100)).has_value()) << "on its open connection";
    co_await t.server->drain(milliseconds(0));
  }(*this));
  EXPECT_THAT(logged(), HasSubstr("\"event\":\"reloaded\""));
  EXPECT_THAT(metrics.text({}), HasSubstr("\naipg_gateway_reloads_total{result=\"done\"} 1\n"));
}

TEST_F(GatewayReload, AsksWorkersForTheNewToken) {
  run([](GatewayReload& t) -> net::Task<void> {
    EXPECT_EQ(co_await t.link_with("old"), 400U) << "which is not a WebSocket";
    t.fresh->worker_token = "new";
    t.reload->run();
    EXPECT_EQ(co_await t.link_with("old"), 401U);
    EXPECT_EQ(co_await t.link_with("new"), 400U);
    co_await t.server->drain(milliseconds(0));
  }(*this));
}

TEST_F(GatewayReload, UsesNewLimits) {
  fresh->drain_grace = milliseconds(7);
  fresh->limit_key.jobs = 1;
  const auto first_job = limits.begin_job("key", "192.0.2.1"), second = limits.begin_job("key", "192.0.2.1");
  EXPECT_TRUE(first_job.has_value() && second.has_value());
  reload->run();
  EXPECT_EQ(config.drain_grace, milliseconds(7));
  EXPECT_FALSE(limits.begin_job("key", "192.0.2.1").has_value()) << "what runs counts, too";
}

TEST_F(GatewayReload, ChangesNothingWhenSettingsAreWrong) {
  fresh = std::unexpected(program::Complaint{"invalid_duration", "drain.grace is \"30\"", "write it like 30s"});
  reload->run();
  EXPECT_EQ(config.worker_token, "old");
  EXPECT_THAT(logged(), AllOf(HasSubstr("\"event\":\"reload_refused\",\"reason\":\"invalid_duration\""),
                              HasSubstr("\"next\":\"write it like 30s\""), Not(HasSubstr("\"reloaded\""))));
  EXPECT_THAT(metrics.text({}), HasSubstr("\naipg_gateway_reloads_total{result=\"refused\"} 1\n"));
}

TEST_F(GatewayReload, ChangesNothingWhenACertificateCannotBeUsed) {
  run([](GatewayReload& t) -> net::Task<void> {
    const std::string other_key = t.second.issue(t.folder.file("other"), "IP:127.0.0.1").private_key;
    t.fresh->worker_token = "new";
    t.fresh->tls_private_key = other_key;
    t.reload->run();
    EXPECT_EQ(co_await t.ask("first.pem"), 200U);
    EXPECT_EQ(co_await t.link_with("old"), 400U) << "all of it or nothing";
    co_await t.server->drain(milliseconds(0));
  }(*this));
  EXPECT_THAT(logged(), AllOf(HasSubstr("\"reason\":\"tls_files\""), HasSubstr("send SIGHUP again")));
}

TEST_F(GatewayReload, NamesWhatNeedsARestartAndUsesTheRest) {
  const Config before = config;
  fresh->listen = "127.0.0.1:1";
  fresh->state = "elsewhere";
  fresh->log_level = "debug";
  fresh->tls_certificate = fresh->tls_private_key = std::nullopt;
  fresh->worker_token = "new";
  reload->run();
  for (const char* setting : {"listen", "state", "log.level", "tls.certificate", "tls.private_key"}) {
    EXPECT_THAT(logged(), HasSubstr("\"event\":\"reload_needs_restart\",\"setting\":\"" + std::string(setting) + "\""));
  }
  EXPECT_EQ(config.listen, before.listen);
  EXPECT_EQ(config.state, before.state);
  EXPECT_EQ(config.tls_certificate, before.tls_certificate);
  EXPECT_EQ(config.worker_token, "new");
}

}  // namespace
}  // namespace aipg::gateway
