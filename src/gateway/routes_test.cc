// SPDX-License-Identifier: Apache-2.0
// What the gateway says to everybody while its disk takes no records.
#include "gateway/routes.h"

#include <gmock/gmock.h>

#include "api/names.h"
#include "gateway/held_store_for_tests.h"
#include "net/loopback_test.h"

namespace aipg::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kPath = "/v1/chat/completions";

class RoutesTest : public net::Loopback {
 protected:
  // A gateway whose disk stands still, with one record waiting for it; then the test; then the disk works again.
  void with_a_waiting_record(std::function<net::Task<void>()> test) {
    run([](RoutesTest& t, std::function<net::Task<void>()> body) -> net::Task<void> {
      t.server = t.serve([&t](net::Exchange& exchange) { return t.routes.handle(exchange); });
      t.disk->hold(true);
      store::JobRecord job;
      job.id = {1};
      t.late_receipts.job_begins(job.id);
      t.settler.settle({.record = std::move(job)});
      co_await body();
      t.disk->hold(false);
      EXPECT_TRUE(co_await t.settler.unsettled().wait_idle(milliseconds(10'000)));
      co_await t.server->drain(milliseconds(0));
    }(*this, std::move(test)));
  }
  net::Task<net::HttpClient::Whole> fetch(net::ClientRequest request) {
    net::HttpClient client(runtime, at(*server));
    auto answer = co_await client.fetch(std::move(request), 1 << 20);
    co_return answer ? *std::move(answer) : net::HttpClient::Whole{};
  }
  net::Task<net::HttpClient::Whole> ask() {
    net::Headers headers;
    headers.add("Authorization", "Bearer " + api_key);
    headers.add(api::kConfidentialHeader, api::kConfidentialRequired);
    headers.add("Content-Type", seal::kRequestContentType);
    co_return co_await fetch({"POST", std::string(kPath), headers, as_bytes("not looked at")});
  }

  net::TemporaryFolder folder;
  SystemClock clock;
  crypto::SystemRng rng;
  program::Log log{program::LogLevel::error};
  HeldStore store{store::open_sqlite_store(folder.file("gateway.db"), rng).value()};
  std::string api_key = store.create_key("test", clock.now()).value();
  Roster roster{clock};
  LateReceipts late_receipts{store, log};
  HeldStore* disk = new HeldStore(store::open_sqlite_store(folder.file("gateway.db"), rng).value());
  Settler settler{runtime, std::unique_ptr<store::JobStore>(disk), late_receipts, log, {.most_unsettled = 1}};
  Limits limits{clock};
  Metrics metrics;
  Config config;
  Routes routes{{runtime, roster, store, late_receipts, settler, limits, metrics, clock, rng, log, config}};
  std::unique_ptr<net::HttpServer> server;
};

TEST_F(RoutesTest, TakesNoJobWhileTooManyRecordsWaitForTheDisk) {
  with_a_waiting_record([this]() -> net::Task<void> {
    const auto refused = co_await ask();
    EXPECT_EQ(refused.head.status, 503U);
    EXPECT_EQ(api::parse_error_body(as_text(refused.body)), api::ErrorCode::worker_busy);
    EXPECT_EQ(refused.head.headers.find(api::kShouldRetryHeader), "true");
    disk->hold(false);
    EXPECT_TRUE(co_await settler.unsettled().wait_idle(milliseconds(10'000)));
    EXPECT_EQ(api::parse_error_body(as_text((co_await ask()).body)), api::ErrorCode::malformed_seal) << "it is read";
  });
}

TEST_F(RoutesTest, SaysThatRecordsWaitForTheDisk) {
  with_a_waiting_record([this]() -> net::Task<void> {
    const auto ready = co_await fetch({.target = "/readyz"});
    EXPECT_EQ(ready.head.status, 503U);
    EXPECT_THAT(as_text(ready.body), HasSubstr("\nrecords_not_written: "));
    EXPECT_TRUE(as_text((co_await fetch({.target = "/metrics"})).body).contains("\naipg_gateway_jobs_unsettled 1\n"));
  });
}

TEST_F(RoutesTest, SaysThatKeysCannotBeRead) {
  with_a_waiting_record([this]() -> net::Task<void> {
    EXPECT_THAT(as_text((co_await fetch({.target = "/readyz"})).body), Not(HasSubstr("keys_unreadable")));
    store.unreadable = true;
    EXPECT_THAT(as_text((co_await fetch({.target = "/readyz"})).body), HasSubstr("\nkeys_unreadable: "));
    EXPECT_EQ(api::parse_error_body(as_text((co_await ask()).body)), api::ErrorCode::no_confidential_worker);
  });
}

}  // namespace
}  // namespace aipg::gateway
