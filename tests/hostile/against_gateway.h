// SPDX-License-Identifier: Apache-2.0
// A gateway, an honest worker with its engine, and a client; and a hostile
// worker beside them, whose every act is a row of a table.
#pragma once

#include <map>
#include <memory>

#include "fake_worker.h"
#include "network.h"

namespace aipg::hostile {

// How far a hostile worker behaves before it does what its row is about.
enum class Start : std::uint8_t {
  connected,   // and has heard the hello
  registered,  // and its keyset is challenged
  admitted,
  with_job,  // a client's request has come whole
};

// What becomes of its link.
enum class Fate : std::uint8_t {
  refused,  // is told why, then closed
  dropped,  // the log says why
  closed,   // by a close frame with that code
  stays,    // it has hurt nobody; a ping is answered
};

struct GatewayNetwork {
  GatewayNetwork();
  // With an API key of its own.
  [[nodiscard]] Client another_client() const;

  net::TemporaryFolder folder;
  Engine engine;
  std::string key;
  Program gateway;
  std::uint16_t port;
  Program worker;
  Client client;
  Recipient honest;
};

// What a row does with.
struct Attack {
  GatewayNetwork& network;
  FakeWorker& worker;
  LinkPeer& peer;
  std::uint32_t stream = 0;  // of the job, where there is one
  ByteArray<16> job_id{};
};

struct WorkerRow {
  std::string name;  // a sentence
  std::string rule;  // of docs/protocol.md, section 8, or what stands for one
  Start start = Start::connected;
  std::function<void(Attack&)> attack;
  Fate fate = Fate::dropped;
  std::string why = {};     // refused: the code. Dropped: what the log says. Closed: the code as a number
  std::string client = {};  // with a job: what its client is told; "sealed" where an answer came, whatever it is
};
inline void PrintTo(const WorkerRow& row, std::ostream* out) { *out << row.rule; }

class AgainstGateway : public testing::TestWithParam<WorkerRow> {
 public:
  static void SetUpTestSuite();
  static void TearDownTestSuite();

 protected:
  void play(const WorkerRow& row);
  static GatewayNetwork& network() { return *network_; }

 private:
  static std::unique_ptr<GatewayNetwork> network_;
};

[[nodiscard]] std::vector<WorkerRow> registration_rows();
[[nodiscard]] std::vector<WorkerRow> control_rows();
[[nodiscard]] std::vector<WorkerRow> frame_rows();
[[nodiscard]] std::vector<WorkerRow> stream_rows();
[[nodiscard]] std::vector<WorkerRow> websocket_rows();
[[nodiscard]] std::vector<WorkerRow> evidence_rows();
[[nodiscard]] std::vector<WorkerRow> receipt_rows();

}  // namespace aipg::hostile
