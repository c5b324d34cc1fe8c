// SPDX-License-Identifier: Apache-2.0
#include "against_gateway.h"

namespace aipg::hostile {
namespace {

std::uint16_t logged_port(const Program& gateway) {
  constexpr std::string_view kPort = R"("port":)";
  if (!wait_until([&] { return gateway.logged(kPort); })) return 0;
  const std::string log = gateway.log();
  return static_cast<std::uint16_t>(std::stoul(log.substr(log.find(kPort) + kPort.size())));
}

std::string make_key(const std::string& state) {
  std::string out = output_of({"aipg-gateway", "keys", "create", "--name", "client", "--state", state});
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

Recipient wait_for_honest(Client& client) {
  std::optional<Recipient> found;
  (void)wait_until([&] { return (found = client.find(kHonestModel)).has_value(); });
  return found.value();
}

std::string question() { return "say something, " + std::string(kQuestionCanary); }

// What the row's words come to, on the link.
void expect_fate(const WorkerRow& row, LinkPeer& peer, const Held& gateway) {
  if (row.fate == Fate::stays) {
    const std::size_t before = peer.pongs;
    peer.websocket(0x89, as_bytes("there"));
    EXPECT_TRUE(peer.hear([&] { return peer.pongs > before; })) << "the link was to stay";
    return;
  }
  EXPECT_TRUE(peer.hear_end()) << "the link was to end";
  const std::string ended = R"("event":"worker_link_ended","reason":")";
  EXPECT_TRUE(wait_until([&] { return gateway.log().contains(ended); })) << gateway.log();
  if (row.fate == Fate::dropped) {
    EXPECT_TRUE(gateway.log().contains(ended + row.why)) << gateway.log();
  } else if (row.fate == Fate::closed) {
    EXPECT_EQ(std::to_string(peer.close_code.value_or(0)), row.why);
  } else {
    const auto refused = peer.take<link::Refused>();
    EXPECT_EQ(refused ? refused->code : "nothing", row.why);
    EXPECT_TRUE(gateway.log().contains(R"("event":"worker_)")) << gateway.log();
  }
}

}  // namespace

GatewayNetwork::GatewayNetwork()
    : engine(folder.file("engine.sock")),
      key(make_key(folder.file("state"))),
      gateway({"aipg-gateway", "serve", "--listen", "127.0.0.1:0", "--state", folder.file("state"),
               "--workers-register-within", "2s", "--upload-stall", "1s"},
              folder.file("gateway.log")),
      port(logged_port(gateway)),
      worker(worker_command(write_workload(folder, folder.file("engine.sock")), port), folder.file("worker.log")),
      client(port, key),
      honest(wait_for_honest(client)) {}

Client GatewayNetwork::another_client() const { return {port, make_key(folder.file("state"))}; }

std::unique_ptr<GatewayNetwork> AgainstGateway::network_;

void AgainstGateway::SetUpTestSuite() {
  if (!network_) network_ = std::make_unique<GatewayNetwork>();
  // What everybody needs is there before anything is measured.
  EXPECT_TRUE(network_->client.ask_and_wait(network_->honest, kHonestModel, question()).whole());
}

void AgainstGateway::TearDownTestSuite() {
  EXPECT_EQ(network_->worker.stop(), 0);
  EXPECT_EQ(network_->gateway.stop(), 0);
  network_.reset();
}

void AgainstGateway::play(const WorkerRow& row) {
  GatewayNetwork& n = network();
  const Held gateway(n.gateway);
  // Somebody else's answer runs all the while.
  Client::Asked others = n.client.ask(n.honest, kHonestModel, question() + std::string(kHold), true);
  ASSERT_TRUE(wait_until([&] { return n.engine.holding() == 1; }));
  {
    FakeWorker worker(n.port);
    ASSERT_FALSE(worker.peer.ended) << worker.peer.broke;
    Attack attack{.network = n, .worker = worker, .peer = worker.peer};
    std::optional<Client::Asked> asked;
    if (row.start != Start::connected) {
      worker.register_as(worker.self);
      ASSERT_TRUE(worker.peer.take<link::Registered>());
    }
    if (row.start >= Start::admitted) {
      ASSERT_TRUE(worker.prove(worker.self));
      ASSERT_TRUE(wait_until([&] { return gateway.log().contains("worker_admitted"); }));
    }
    if (row.start == Start::with_job) {
      asked = n.client.ask(worker.self.recipient(), kHostileModel, question());
      const auto opened = [&] {
        return !worker.peer.heard.empty() && worker.peer.heard.back().type == link::FrameType::end;
      };
      ASSERT_TRUE(worker.peer.hear(opened));
      attack.stream = worker.peer.heard.front().stream;
      attack.job_id = to_array<16>(ByteView(worker.peer.heard.front().payload).subspan(1));
    }
    row.attack(attack);
    expect_fate(row, worker.peer, gateway);
    EXPECT_EQ(worker.peer.broke, "") << "what the gateway said broke a rule";
    if (row.fate == Fate::stays) worker.peer.wire_.close();
    if (asked) {
      const Answer answer = Client::answer_to(*std::move(asked));
      EXPECT_EQ(answer.code, row.client);
    }
  }
  n.engine.release();
  const Answer answer = Client::answer_to(std::move(others));
  EXPECT_TRUE(answer.whole()) << answer.status << answer.code << answer.opened.failure;
  EXPECT_TRUE(n.client.ask_and_wait(n.honest, kHonestModel, question()).whole()) << "the next one is served too";
  EXPECT_TRUE(wait_until([&] {
    return n.client.metric("aipg_gateway_worker_links") <= 1 && n.client.metric("aipg_gateway_jobs_running") == 0 &&
           n.client.metric("aipg_gateway_jobs_unsettled") == 0;
  })) << n.client.get("/metrics");
  EXPECT_EQ(n.client.metric("aipg_gateway_keysets"), 1);
  gateway.expect_let_go();
}

}  // namespace aipg::hostile
