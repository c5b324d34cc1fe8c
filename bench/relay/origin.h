// SPDX-License-Identifier: Apache-2.0
// The upstream of peers: an HTTP/1.1 server that reads a request's body to its
// end and answers by the script, with connections kept. Used on the loop's
// thread.
#pragma once

#include <memory>
#include <unordered_map>

#include "base/bytes.h"
#include "loop.h"
#include "script.h"

namespace aipg::bench::relay {

class Origin final : private Loop::Handler {
 public:
  explicit Origin(Loop& loop);
  ~Origin() override;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  // From now on. The streams of the script before have ended.
  void play(const Script& script);
  [[nodiscard]] std::size_t streams() const { return streams_; }

 private:
  class Connection;
  void ready() override;
  void step();

  Loop& loop_;
  int listener_;
  std::uint16_t port_ = 0;
  Script script_;
  Bytes answer_, event_;
  std::unordered_map<int, std::shared_ptr<Connection>> connections_;
  std::size_t streams_ = 0;
  std::uint64_t begun_ = 0;
  bool stepping_ = false;
};

}  // namespace aipg::bench::relay
