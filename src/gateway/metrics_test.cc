// SPDX-License-Identifier: Apache-2.0
#include "gateway/metrics.h"

#include <gmock/gmock.h>

#include "program/metrics_document_for_tests.h"

namespace aipg::gateway {
namespace {

using testing::HasSubstr;

TEST(GatewayMetrics, AreThoseOfTheDocument) {
  EXPECT_EQ(program::served_metrics(Metrics().text({}), {"version"}), program::documented_metrics({"Gateway", "Both"}));
}

TEST(GatewayMetrics, HaveNoLabelValueThatCameFromOutside) {
  Metrics metrics;
  const auto before = program::served_metrics(metrics.text({}), {});
  metrics.request("no such outcome", milliseconds(1));
  EXPECT_EQ(program::served_metrics(metrics.text({}), {}), before);
  EXPECT_THAT(metrics.text({}), HasSubstr("\naipg_gateway_requests_total{outcome=\"unknown\"} 1\n"));
}

TEST(GatewayMetrics, CountRequestsWithTheTimeThatTheyTook) {
  Metrics metrics;
  metrics.request("answered", milliseconds(1500));
  metrics.request("worker_busy", milliseconds(2));
  metrics.request("model_not_found", milliseconds(2));
  const std::string text = metrics.text({});
  EXPECT_THAT(text, HasSubstr("\naipg_gateway_requests_total{outcome=\"answered\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\naipg_gateway_requests_total{outcome=\"worker_busy\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\naipg_gateway_request_seconds_sum{outcome=\"answered\"} 1.5\n"));
  EXPECT_THAT(text, HasSubstr("\naipg_gateway_request_seconds_count{outcome=\"refused\"} 2\n"));
}

TEST(GatewayMetrics, TellATransactionThatTheDiskDidNotTakeFromRecordsThatItNeverWill) {
  Metrics metrics;
  metrics.records(std::chrono::microseconds(500), 0, 0, true);
  metrics.records(std::chrono::microseconds(500), 3, 1, false);
  const std::string text = metrics.text({});
  EXPECT_THAT(text, HasSubstr("\naipg_gateway_records_total{result=\"written\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("\naipg_gateway_records_total{result=\"refused\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\naipg_gateway_record_write_seconds_count{result=\"failed\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\naipg_gateway_record_write_seconds_bucket{result=\"done\",le=\"0.0005\"} 1\n"));
}

TEST(GatewayMetrics, SayWhatIsSoNow) {
  Metrics metrics;
  metrics.link_bytes(LinkDirection::from_worker, 10);
  metrics.reloaded(false);
  const std::string text =
      metrics.text({.connections = 7, .keysets_available = 2, .jobs_unsettled = 5, .ready = true, .started = {1500}});
  EXPECT_THAT(text, HasSubstr("\naipg_gateway_connections 7\n"));
  EXPECT_THAT(text, HasSubstr("\naipg_gateway_keysets_available 2\n"));
  EXPECT_THAT(text, HasSubstr("\naipg_gateway_jobs_unsettled 5\n"));
  EXPECT_THAT(text, HasSubstr("\naipg_gateway_ready 1\n"));
  EXPECT_THAT(text, HasSubstr("\nprocess_start_time_seconds 1.5\n"));
  EXPECT_THAT(text, HasSubstr("\nprocess_open_fds Nan\n")) << "it is not known";
  EXPECT_THAT(text, HasSubstr("\naipg_gateway_link_bytes_total{direction=\"from_worker\"} 10\n"));
  EXPECT_THAT(text, HasSubstr("\naipg_gateway_reloads_total{result=\"refused\"} 1\n"));
}

TEST(GatewayMetrics, CountProcessorTimeUpwardsOnly) {
  Metrics metrics;
  EXPECT_THAT(metrics.text({.process = {.cpu_seconds = 2}}), HasSubstr("\nprocess_cpu_seconds_total 2\n"));
  EXPECT_THAT(metrics.text({.process = {.cpu_seconds = 1}}), HasSubstr("\nprocess_cpu_seconds_total 2\n"));
  EXPECT_THAT(metrics.text({.process = {.cpu_seconds = 3}}), HasSubstr("\nprocess_cpu_seconds_total 3\n"));
}

}  // namespace
}  // namespace aipg::gateway
