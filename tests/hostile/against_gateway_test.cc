// SPDX-License-Identifier: Apache-2.0
#include "against_gateway.h"

namespace aipg::hostile {
namespace {

std::string name_of(const testing::TestParamInfo<WorkerRow>& info) { return info.param.name; }

TEST_P(AgainstGateway, HurtsNobodyElse) {
  SCOPED_TRACE(GetParam().rule);
  play(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Registration, AgainstGateway, testing::ValuesIn(registration_rows()), name_of);
INSTANTIATE_TEST_SUITE_P(Control, AgainstGateway, testing::ValuesIn(control_rows()), name_of);
INSTANTIATE_TEST_SUITE_P(Frame, AgainstGateway, testing::ValuesIn(frame_rows()), name_of);
INSTANTIATE_TEST_SUITE_P(Evidence, AgainstGateway, testing::ValuesIn(evidence_rows()), name_of);
INSTANTIATE_TEST_SUITE_P(Receipt, AgainstGateway, testing::ValuesIn(receipt_rows()), name_of);
INSTANTIATE_TEST_SUITE_P(WebSocket, AgainstGateway, testing::ValuesIn(websocket_rows()), name_of);
INSTANTIATE_TEST_SUITE_P(Stream, AgainstGateway, testing::ValuesIn(stream_rows()), name_of);

}  // namespace
}  // namespace aipg::hostile
