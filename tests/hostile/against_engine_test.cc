// SPDX-License-Identifier: Apache-2.0
// A worker and an honest gateway, and an engine that obeys no rule of HTTP, of
// its own API, or of any: whoever asked is told so under the seal, and the next
// question is answered.
#include "against_engine.h"

namespace aipg::hostile {
namespace {

class AgainstEngine : public testing::TestWithParam<EngineRow> {
 public:
  static void SetUpTestSuite() {
    if (network_) return;
    network_ = std::make_unique<WorkerNetwork>();
    gateway_ = std::make_unique<FakeGateway>(network_->gateway);
    ASSERT_TRUE(gateway_->welcome());
    expect_every_place_is_free(*gateway_, network_->engine);
  }
  static void TearDownTestSuite() {
    EXPECT_EQ(network_->worker.stop(), 0);
    gateway_.reset();
    network_.reset();
  }

 protected:
  static std::unique_ptr<WorkerNetwork> network_;
  static std::unique_ptr<FakeGateway> gateway_;
};

std::unique_ptr<WorkerNetwork> AgainstEngine::network_;
std::unique_ptr<FakeGateway> AgainstEngine::gateway_;

TEST_P(AgainstEngine, IsSaidToHaveFailedAndNothingElseHappens) {
  const EngineRow& row = GetParam();
  SCOPED_TRACE(row.rule);
  const Held worker(network_->worker);
  std::string question(kQuestionCanary);
  question.resize(std::max(question.size(), row.question_bytes), 'q');
  network_->engine.next(row.script, row.reads_requests);
  const auto outcome = gateway_->carry(question, row.stream);
  EXPECT_EQ(outcome.refused, "");
  EXPECT_EQ(outcome.opened.failure, "") << "the answer is whole and proven, whatever it says";
  EXPECT_EQ(outcome.opened.status, row.status) << outcome.opened.body;
  EXPECT_TRUE(outcome.opened.body.contains(row.says)) << outcome.opened.body;
  if (!row.says_not.empty()) {
    EXPECT_FALSE(outcome.opened.body.contains(row.says_not)) << outcome.opened.body;
  }
  EXPECT_EQ(outcome.opened.tokens_in, row.tokens);
  const auto next = gateway_->carry(kQuestionCanary);
  EXPECT_TRUE(next.opened.status == 200 && next.opened.failure.empty()) << next.opened.body;
  expect_every_place_is_free(*gateway_, network_->engine);
  gateway_->peer.heard.clear();
  worker.expect_let_go(row.most_kib);
}

std::string name_of(const testing::TestParamInfo<EngineRow>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Http, AgainstEngine, testing::ValuesIn(engine_http_rows()), name_of);
INSTANTIATE_TEST_SUITE_P(Answer, AgainstEngine, testing::ValuesIn(engine_answer_rows()), name_of);

}  // namespace
}  // namespace aipg::hostile
