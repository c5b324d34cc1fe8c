// SPDX-License-Identifier: Apache-2.0
#include "proxy/metrics.h"

#include <gmock/gmock.h>

#include "program/metrics_document_for_tests.h"
#include "proxy/proxy_network_test.h"

namespace aipg::proxy {
namespace {

using testing::HasSubstr;
using ProxyMetrics = ProxyNetwork;

TEST(ProxyMetricsText, IsWhatTheDocumentSays) {
  EXPECT_EQ(program::served_metrics(metrics_text({}, {}), {"version"}), program::documented_metrics({"Proxy", "Both"}));
}

TEST(ProxyMetricsText, SaysWhatIsSoNow) {
  Status status;
  status.version = "1.2";
  status.answered = 3;
  status.refused = 2;
  status.cut = 1;
  status.left = 4;
  status.running = 5;
  status.settings.started = {1500};
  status.workers.resize(2);
  status.kept_ready = {"m"};
  const std::string text = metrics_text(status, {.open_files = 9});
  EXPECT_THAT(text, HasSubstr("\naipg_proxy_build_info{version=\"1.2\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\naipg_proxy_requests_total{outcome=\"answered\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("\naipg_proxy_requests_total{outcome=\"refused\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("\naipg_proxy_requests_total{outcome=\"cut\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\naipg_proxy_requests_total{outcome=\"left\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("\naipg_proxy_requests_running 5\n"));
  EXPECT_THAT(text, HasSubstr("\naipg_proxy_workers_verified 2\n"));
  EXPECT_THAT(text, HasSubstr("\naipg_proxy_models_kept 1\n"));
  EXPECT_THAT(text, HasSubstr("\nprocess_open_fds 9\n"));
  EXPECT_THAT(text, HasSubstr("\nprocess_resident_memory_bytes NaN\n")) << "it is not known";
}

TEST_F(ProxyMetrics, CountAnAnswer) {
  add(1);
  start();
  EXPECT_EQ(ask_proxy(kChat, kQuestion).status, 200U);
  const Seen seen = get("/metrics");
  EXPECT_EQ(seen.status, 200U);
  EXPECT_EQ(seen.header("content-type"), "text/plain; version=0.0.4");
  EXPECT_THAT(seen.body, HasSubstr("\naipg_proxy_requests_total{outcome=\"answered\"} 1\n"));
  EXPECT_THAT(seen.body, HasSubstr("\naipg_proxy_workers_verified 1\n"));
}

TEST_F(ProxyMetrics, AreForWhoHasTheToken) {
  door.token = SecretBytes(as_bytes("a-token-of-some-length"));
  start();
  EXPECT_EQ(get("/metrics").status, 401U);
}

}  // namespace
}  // namespace aipg::proxy
