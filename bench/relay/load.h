// SPDX-License-Identifier: Apache-2.0
// The clients: connections that each ask, read the answer and ask again, or that
// each hold one stream, or ask when told to. They count what comes. A refusal
// that nobody reckons with ends the program, for a number made of errors would
// look good. Used on the loop's thread.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <vector>

#include "base/bytes.h"
#include "loop.h"

namespace aipg::bench::relay {

struct LoadOptions {
  std::uint16_t port = 0;
  unsigned connections = 1;
  std::vector<Bytes> requests = {};  // heads and bodies; connection i sends the (i modulo their number)th
  microseconds pause{0};             // between an answer and the next request
  std::size_t event_bytes = 0;       // streams: what is counted as one event
  SSL_CTX* tls = nullptr;
  bool asks_again = false;  // when the server is busy, a little later: asked_again() is to be reported
  bool on_demand = false;   // connections ask when ask_one() says so, and may be refused
};

class Load {
 public:
  Load(Loop& loop, LoadOptions options);
  ~Load();  // closes all connections
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  void start();
  // By a connection that waits for nothing; false when all do.
  [[nodiscard]] bool ask_one();
  // No further request from any connection.
  void stop() { stopped_ = true; }
  [[nodiscard]] bool idle() const { return waiting_ == 0; }  // nobody waits for an answer

  [[nodiscard]] std::uint64_t answers() const { return answers_; }  // whole ones
  [[nodiscard]] std::uint64_t body_bytes() const { return body_bytes_; }
  [[nodiscard]] std::uint64_t events() const { return events_; }
  [[nodiscard]] std::uint64_t asked_again() const { return asked_again_; }
  [[nodiscard]] std::size_t begun() const { return begun_; }  // connections with some of a body
  // From now on: seconds from request to answer, and between a stream's events.
  void record(bool yes) { recording_ = yes; }
  [[nodiscard]] std::vector<double>& latencies() { return latencies_; }
  [[nodiscard]] std::vector<double>& gaps() { return gaps_; }
  [[nodiscard]] std::vector<double>& refusals() { return refusals_; }  // seconds until each, while recording
  // Closes one connection, as a client does that has lost interest.
  void leave(std::size_t connection);

 private:
  class Connection;
  Loop& loop_;
  LoadOptions options_;
  std::vector<std::shared_ptr<Connection>> connections_;  // timers of the loop know them too
  std::uint64_t answers_ = 0, body_bytes_ = 0, events_ = 0, asked_again_ = 0;
  std::size_t begun_ = 0, waiting_ = 0;
  bool stopped_ = false, recording_ = false;
  std::vector<double> latencies_, gaps_, refusals_;
  std::vector<Connection*> free_;  // on demand
};

}  // namespace aipg::bench::relay
