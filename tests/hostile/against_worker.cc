// SPDX-License-Identifier: Apache-2.0
#include "against_worker.h"

namespace aipg::hostile {
namespace {

std::string held_question() { return std::string(kQuestionCanary) + std::string(kHold); }

void expect_ending(const GatewayRow& row, LinkPeer& peer, const Held& worker) {
  if (row.ending == Ending::stays) {
    const std::size_t before = peer.pongs;
    peer.websocket(0x89, as_bytes("there"));
    EXPECT_TRUE(peer.hear([&] { return peer.pongs > before; })) << "the link was to stay";
    return;
  }
  EXPECT_TRUE(row.ending == Ending::unreachable || peer.hear_end()) << "the link was to end";
  if (row.ending == Ending::closed) {
    EXPECT_EQ(std::to_string(peer.close_code.value_or(0)), row.why);
    return;
  }
  const std::string reason = R"("reason":")" + row.why;
  EXPECT_TRUE(wait_until([&] { return worker.log().contains(reason); })) << worker.log();
}

}  // namespace

WorkerNetwork::WorkerNetwork()
    : engine(folder.file("engine.sock")),
      worker(worker_command(write_workload(folder, folder.file("engine.sock")), gateway.port()),
             folder.file("worker.log")) {}

std::unique_ptr<WorkerNetwork> AgainstWorker::network_;
std::unique_ptr<FakeGateway> AgainstWorker::honest_;

void AgainstWorker::SetUpTestSuite() {
  if (network_) return;
  network_ = std::make_unique<WorkerNetwork>();
  honest_ = std::make_unique<FakeGateway>(network_->gateway);
  ASSERT_TRUE(honest_->welcome());
  // What everybody needs is there before anything is measured.
  expect_every_place_is_free(*honest_, network_->engine);
}

void AgainstWorker::TearDownTestSuite() {
  EXPECT_EQ(network_->worker.stop(), 0);
  honest_.reset();
  network_.reset();
}

void expect_every_place_is_free(FakeGateway& gateway, Engine& engine) {
  std::vector<std::pair<std::uint32_t, std::unique_ptr<seal::PendingAnswer>>> jobs;
  for (std::size_t i = 0; i < kWorkerPlaces; ++i) {
    seal::SealedRequest sealed = gateway.seal(held_question(), true);
    jobs.emplace_back(gateway.next_stream(), std::move(sealed.pending));
    gateway.peer.frames(FakeGateway::job(jobs.back().first, sealed.wire));
  }
  EXPECT_TRUE(wait_until([&] { return engine.holding() == kWorkerPlaces; })) << engine.holding();
  engine.release();
  for (auto& [stream, pending] : jobs) {
    const auto outcome = gateway.finish(stream, std::move(pending));
    EXPECT_EQ(outcome.refused, "");
    EXPECT_TRUE(outcome.opened.status == 200 && outcome.opened.failure.empty()) << outcome.opened.failure;
    EXPECT_TRUE(outcome.opened.body.contains(kAnswerCanary));
  }
}

// The link that is up between two rows is a row's own where that begins with a welcome.
std::unique_ptr<FakeGateway> AgainstWorker::begin(const GatewayRow& row) {
  if (row.start >= Behaves::welcomed) return std::move(honest_);
  honest_->peer.websocket(0x88, {});
  EXPECT_TRUE(honest_->peer.hear_end());
  if (row.start == Behaves::answered) return std::make_unique<FakeGateway>(network_->gateway);
  return std::make_unique<FakeGateway>(network_->gateway.accept());
}

void AgainstWorker::play(const GatewayRow& row) {
  WorkerNetwork& n = *network_;
  const Held worker(n.worker);
  {
    const std::unique_ptr<FakeGateway> gateway = begin(row);
    GatewayAttack attack{.network = n, .gateway = *gateway, .peer = gateway->peer};
    if (row.start == Behaves::with_job) {
      attack.stream = gateway->next_stream();
      gateway->peer.frames(FakeGateway::job(attack.stream, gateway->seal(held_question(), true).wire));
      ASSERT_TRUE(gateway->peer.hear(attack.stream, link::FrameType::data));
    }
    row.attack(attack);
    expect_ending(row, gateway->peer, worker);
    EXPECT_EQ(gateway->peer.broke, "") << "what the worker said broke a rule";
    gateway->peer.wire_.close();
  }
  EXPECT_TRUE(wait_until([&] { return n.engine.holding() == 0; })) << "the engine was not told";
  honest_ = std::make_unique<FakeGateway>(n.gateway);
  ASSERT_TRUE(honest_->welcome());
  expect_every_place_is_free(*honest_, n.engine);
  worker.expect_let_go(row.most_kib);
}

}  // namespace aipg::hostile
