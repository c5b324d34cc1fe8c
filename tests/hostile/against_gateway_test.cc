// SPDX-License-Identifier: Apache-2.0
#include "against_gateway.h"
#include "seal/preamble.h"

namespace aipg::hostile {
namespace {

std::string name_of(const testing::TestParamInfo<WorkerRow>& info) { return info.param.name; }

TEST_P(AgainstGateway, HurtsNobodyElse) {
  SCOPED_TRACE(GetParam().rule);
  play(GetParam());
}

class AgainstGatewayAsClient : public AgainstGateway {};

// A client's garbage costs the worker thirty key exchanges a minute, whatever it sends.
TEST_F(AgainstGatewayAsClient, SealsThatNobodyCanOpenAreRationed) {
  GatewayNetwork& n = network();
  const Held worker(n.worker);
  Client hostile = n.another_client();
  Sealing sealing;
  const auto garbage = [&] {
    Bytes wire = sealing.seal(n.honest, kHonestModel, kQuestionCanary).wire;
    const auto preamble = seal::parse_preamble(wire).value().value();
    wire[static_cast<std::size_t>(preamble.recipients[0].enc.data() - wire.data())] ^= 1;
    return Client::answer_to({hostile.post(kChatPath, wire), nullptr}).code;
  };
  std::map<std::string, int> answers;
  for (int i = 0; i < 90; ++i) ++answers[garbage()];
  // One comes back every two seconds.
  EXPECT_GE(answers["malformed_seal"], 30);
  EXPECT_LE(answers["malformed_seal"], 45);
  EXPECT_EQ(answers["malformed_seal"] + answers["quota_exceeded"], 90) << testing::PrintToString(answers);
  EXPECT_TRUE(n.client.ask_and_wait(n.honest, kHonestModel, kQuestionCanary).whole()) << "others are served";
  EXPECT_TRUE(wait_until([&] { return garbage() == "quota_exceeded"; }));
  EXPECT_EQ(hostile.ask_and_wait(n.honest, kHonestModel, kQuestionCanary).code, "quota_exceeded")
      << "its good ones too";
  worker.expect_let_go();
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
