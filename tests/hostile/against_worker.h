// SPDX-License-Identifier: Apache-2.0
// A worker with its engine, which dials whoever listens: a hostile gateway,
// whose every act is a row of a table, and after it an honest one.
#pragma once

#include <memory>

#include "fake_gateway.h"
#include "network.h"

namespace aipg::hostile {

struct WorkerNetwork {
  WorkerNetwork();

  net::TemporaryFolder folder;
  Engine engine;
  Listener gateway;
  Program worker;
};

// How far a hostile gateway behaves before it does what its row is about.
enum class Behaves : std::uint8_t {
  not_at_all,  // it has accepted a connection
  answered,    // and upgraded it
  welcomed,    // its hello and its word for the registration were said
  with_job,    // a job's answer is under way, and does not end by itself
};

// What becomes of its link.
enum class Ending : std::uint8_t {
  unreachable,  // no link came about; the log says why
  dropped,      // the log says why
  closed,       // by a close frame with that code
  stays,        // a ping is answered
};

struct GatewayAttack {
  WorkerNetwork& network;
  FakeGateway& gateway;
  LinkPeer& peer;
  std::uint32_t stream = 0;  // of the job, where there is one
};

struct GatewayRow {
  std::string name;
  std::string rule;
  Behaves start = Behaves::welcomed;
  std::function<void(GatewayAttack&)> attack;
  Ending ending = Ending::dropped;
  std::string why = {};
  std::size_t most_kib = std::size_t{8} * 1024;  // by which the worker may have grown
};
inline void PrintTo(const GatewayRow& row, std::ostream* out) { *out << row.rule; }

class AgainstWorker : public testing::TestWithParam<GatewayRow> {
 public:
  static void SetUpTestSuite();
  static void TearDownTestSuite();

 protected:
  void play(const GatewayRow& row);

 private:
  [[nodiscard]] static std::unique_ptr<FakeGateway> begin(const GatewayRow& row);

  static std::unique_ptr<WorkerNetwork> network_;
  static std::unique_ptr<FakeGateway> honest_;  // whose link is up between two rows
};

// As many jobs as the worker has places for, all at once, and each to its end.
void expect_every_place_is_free(FakeGateway& gateway, Engine& engine);

[[nodiscard]] std::vector<GatewayRow> gateway_link_rows();
[[nodiscard]] std::vector<GatewayRow> gateway_frame_rows();
[[nodiscard]] std::vector<GatewayRow> gateway_job_rows();

}  // namespace aipg::hostile
