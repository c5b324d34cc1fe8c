// SPDX-License-Identifier: Apache-2.0
#include "against_worker.h"

namespace aipg::hostile {
namespace {

std::string name_of(const testing::TestParamInfo<GatewayRow>& info) { return info.param.name; }

TEST_P(AgainstWorker, HurtsNoGatewayAfterIt) {
  SCOPED_TRACE(GetParam().rule);
  play(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Frame, AgainstWorker, testing::ValuesIn(gateway_frame_rows()), name_of);
INSTANTIATE_TEST_SUITE_P(Job, AgainstWorker, testing::ValuesIn(gateway_job_rows()), name_of);
INSTANTIATE_TEST_SUITE_P(Link, AgainstWorker, testing::ValuesIn(gateway_link_rows()), name_of);

}  // namespace
}  // namespace aipg::hostile
